--- JSON as the rock `json` of Torch's days offered it: texts and files.
local cjson = require 'cjson'

local json = {
  --- What JSON's null becomes, and what is written as null.
  null = cjson.null,
  --- encode(value) -> text
  encode = cjson.encode,
  --- decode(text) -> value
  decode = cjson.decode,
}
_G.json = json

local function open(path, mode)
  local file, message = io.open(path, mode)
  if not file then error(('json: %s'):format(message), 3) end
  return file
end

--- Writes a value into a file.
function json.save(path, value)
  local text = json.encode(value)
  local file = open(path, 'w')
  file:write(text)
  file:close()
end

--- Reads the value of a file.
function json.load(path)
  local file = open(path, 'r')
  local text = file:read '*a'
  file:close()
  return json.decode(text)
end

return json
