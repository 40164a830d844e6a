--- Texts with the methods of files: `create()` collects what is written, `open(text)` is read from.
local Writer = {}
Writer.__index = Writer

--- Appends texts and numbers.
function Writer:write(...)
  for i = 1, select('#', ...) do self[#self + 1] = tostring((select(i, ...))) end
  return self
end

--- Appends a formatted text.
function Writer:writef(format, ...) return self:write(format:format(...)) end

--- What has been written.
function Writer:value() return table.concat(self) end

function Writer:close() end

function Writer:seek() end

Writer.__tostring = Writer.value

local Reader = {}
Reader.__index = Reader

local function read_line(self, keep_end)
  if self.position > #self.text then return nil end
  local at = self.text:find('\n', self.position, true)
  local line = self.text:sub(self.position, keep_end and at or (at or #self.text + 1) - 1)
  self.position = (at or #self.text) + 1
  return line
end

local function read_number(self)
  local from = self.text:find('%S', self.position) or self.position
  local word = self.text:match('^[+-]?%w*%.?%w*', from)
  -- An exponent may have a sign of its own.
  local exponent = self.text:match('^[+-]%d+', from + #word)
  if exponent and word:find '^[+-]?[%d%.]+[eE]$' then word = word .. exponent end
  local number = tonumber(word)
  if number then self.position = from + #word end
  return number
end

local function read_characters(self, count)
  if self.position > #self.text then return count == 0 and '' or nil end
  local part = self.text:sub(self.position, self.position + count - 1)
  self.position = self.position + #part
  return part
end

local function read_all(self)
  local rest = self.text:sub(self.position)
  self.position = #self.text + 1
  return rest
end

local formats = {
  l = read_line,
  L = function(self) return read_line(self, true) end,
  n = read_number,
  a = read_all,
}

local function read(self, what)
  if type(what) == 'number' then return read_characters(self, what) end
  local reader = formats[(what or 'l'):match '^%*?(%a)']
  if not reader then error(("bad argument to 'read' (invalid format '%s')"):format(tostring(what)), 3) end
  return reader(self)
end

--- Reads as files do: `*l`, `*L`, `*n`, `*a` or a number of characters.
function Reader:read(...)
  local count = select('#', ...)
  if count <= 1 then return (read(self, (...))) end
  local results = {}
  for i = 1, count do
    results[i] = read(self, (select(i, ...)))
    if results[i] == nil then break end
  end
  return unpack(results, 1, count)
end

--- Iterator over lines, or what else is to be read.
function Reader:lines(...)
  local what = { ... }
  return function() return self:read(unpack(what)) end
end

--- Moves to a place from the start (`set`), from here (`cur`) or from the end (`end`); answers where it is.
function Reader:seek(whence, offset)
  whence, offset = whence or 'cur', offset or 0
  local base = whence == 'set' and 1 or whence == 'end' and #self.text + 1 or self.position
  self.position = math.max(base + offset, 1)
  return self.position - 1
end

function Reader:close() end

return {
  create = function() return setmetatable({}, Writer) end,
  open = function(text)
    return setmetatable({ text = require('pl.utils').assert_string(1, text), position = 1 }, Reader)
  end,
}
