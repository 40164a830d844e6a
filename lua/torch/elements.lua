--- The element types that files read and write: one row each, used by File, its codecs and storages.
local ffi = require 'ffi'
local C = require('bridge').C

--- Rows have `name` (as in `readInt`, `torch.IntStorage`), `size` in bytes, `text` (how ascii files
-- hold it: 'raw' bytes, 'integer', 'real' or 'half'), `format` for text, `pointer` (C pointer type) and
-- `box` (room for one value).
local elements = {
  { name = 'Byte', ctype = 'uint8_t', text = 'raw' },
  { name = 'Char', ctype = 'int8_t', text = 'raw' },
  { name = 'Short', ctype = 'int16_t', text = 'integer', format = '%d' },
  { name = 'Int', ctype = 'int32_t', text = 'integer', format = '%d' },
  { name = 'Long', ctype = 'int64_t', text = 'integer', format = '%d' },
  { name = 'Float', ctype = 'float', text = 'real', format = '%.9g' },
  { name = 'Double', ctype = 'double', text = 'real', format = '%.17g' },
  { name = 'Half', ctype = 'uint16_t', text = 'half', format = '%.9g' },
}

for _, element in ipairs(elements) do
  element.size = ffi.sizeof(element.ctype)
  element.pointer = ffi.typeof(element.ctype .. ' *')
  element.box = ffi.new(element.ctype .. '[1]')
  element.array = ffi.typeof(element.ctype .. ' [?]')
  element.storage = 'torch.' .. element.name .. 'Storage'
  elements[element.name] = element
end

local codes = { Float = C.FBL_FLOAT, Double = C.FBL_DOUBLE }

--- Makes numbers in memory, such as came from a file, ready to be read by Lua.
function elements.replace_nans(element, data, count)
  local code = codes[element.name]
  if code then C.fbl_replace_nans(code, data, count) end
end

--- The number in an element's box.
function elements.boxed(element)
  elements.replace_nans(element, element.box, 1)
  return tonumber(element.box[0])
end

return elements
