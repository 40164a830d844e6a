--- csvigo.File(path, mode, separator): a CSV file read or written row by row.
local rows = require 'csvigo.rows'

local File = {}
File.__index = File

local function open(path, mode, separator)
  mode, separator = mode or 'r', separator or ','
  if #separator ~= 1 then error(("csvigo.File: the separator must be one character, not '%s'"):format(separator), 3) end
  local file, message = io.open(path, mode)
  if not file then error('csvigo.File: ' .. message, 3) end
  return setmetatable({ path = path, file = file, separator = separator }, File)
end

--- The fields of the next row; nil at the end.
function File:read()
  if not self.next_row then self.next_row = rows.each(self.file:read '*a', self.separator, self.path) end
  local _, fields = self.next_row()
  return fields
end

--- All rows that are left.
function File:readall()
  local all = {}
  for fields in function() return self:read() end do all[#all + 1] = fields end
  return all
end

--- Writes a row.
function File:write(values)
  self.file:write(rows.join(values, #values, self.separator))
end

function File:close() self.file:close() end

return setmetatable(File, { __call = function(_, path, mode, separator) return open(path, mode, separator) end })
