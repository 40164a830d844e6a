--- What lua-cjson has beside its codec: files as texts, values as Lua text, and comparison.
local util = {}

--- The text of a file; `-` or nothing: of the standard input.
function util.file_load(path)
  if path == nil or path == '-' then return io.read '*a' end
  local file, message = io.open(path, 'rb')
  if not file then error(('cjson.util: cannot read %s'):format(message), 2) end
  local text = file:read '*a'
  file:close()
  if text == nil then error(('cjson.util: cannot read %s'):format(path), 2) end
  return text
end

--- Writes a text into a file; `-` or nothing: to the standard output.
function util.file_save(path, text)
  if path == nil or path == '-' then
    io.write(text)
    return
  end
  local file, message = io.open(path, 'wb')
  if not file then error(('cjson.util: cannot write %s'):format(message), 2) end
  file:write(text)
  file:close()
end

local function is_list(value)
  local count = 0
  for key in pairs(value) do
    if type(key) ~= 'number' or key < 1 or key % 1 ~= 0 then return false end
    count = count + 1
  end
  return count == #value
end

local function write(value, indent, out)
  if type(value) ~= 'table' then
    out[#out + 1] = type(value) == 'string' and ('%q'):format(value) or tostring(value)
    return
  end
  local inner = indent and indent .. '  '
  local function begin() out[#out + 1] = inner and '\n' .. inner or ' ' end
  out[#out + 1] = '{'
  local first = true
  local function separate()
    if not first then out[#out + 1] = ',' end
    first = false
    begin()
  end
  if is_list(value) then
    for _, item in ipairs(value) do
      separate()
      write(item, inner, out)
    end
  else
    for key, item in pairs(value) do
      separate()
      out[#out + 1] = '['
      write(key, inner, out)
      out[#out + 1] = '] = '
      write(item, inner, out)
    end
  end
  out[#out + 1] = first and '}' or (indent and '\n' .. indent or ' ') .. '}'
end

--- A value as Lua text; with an indentation (such as '') over several lines.
function util.serialise_value(value, indent)
  local out = {}
  write(value, indent, out)
  return table.concat(out)
end

--- Whether two values are the same; tables by their contents, numbers to 14 digits, NaN as itself.
function util.compare_values(a, b)
  if type(a) ~= type(b) then return false end
  if type(a) == 'number' then
    if a ~= a or b ~= b then return a ~= a and b ~= b end
    return a == b or math.abs(a - b) <= 1e-14 * math.max(math.abs(a), math.abs(b))
  end
  if type(a) ~= 'table' then return a == b end
  for key, value in pairs(a) do
    if not util.compare_values(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

for _, name in ipairs { 'run_test', 'run_test_group', 'run_test_summary', 'run_script' } do
  util[name] = function() error(('cjson.util.%s is not supported; use torch.Tester'):format(name), 2) end
end

return util
