--- label(data): the data of a node in short, for pictures and messages: one `name = value` a line.
local expect = require 'nngraph.expect'

local hidden = { annotations = true, forwardNodeId = true, mapindex = true, reverseMap = true }

-- A word about elements that should not be there.
local function oddity(tensor)
  if tensor:nElement() == 0 then return '' end
  if tensor:ne(tensor):sum() > 0 then return 'NaN' end
  if tensor:max() == math.huge then return 'inf' end
  return tensor:min() == -math.huge and '-inf' or ''
end

local function describe_tensor(tensor)
  local class = tensor:type()
  local name = class == torch.getdefaulttensortype() and 'Tensor' or class
  return ('%s[%s]%s'):format(name, table.concat(tensor:size():totable(), 'x'), oddity(tensor))
end

local function describe(value)
  if torch.isTensor(value) then return describe_tensor(value) end
  if expect.is_list(value) then
    local words = {}
    for i, element in ipairs(value) do words[i] = describe(element) end
    return '{' .. table.concat(words, ',') .. '}'
  end
  return (tostring(value):gsub('\n', '\\l'))
end

local function describe_sources(sources)
  local words = {}
  for i, data in ipairs(sources) do words[i] = 'Node' .. (data.forwardNodeId or '') end
  return '{' .. table.concat(words, ',') .. '}'
end

return function(data)
  local lines = {}
  for name, value in pairs(data) do
    if not hidden[name] then lines[#lines + 1] = name .. ' = ' .. describe(value) end
  end
  if #data.mapindex > 1 then lines[#lines + 1] = 'mapindex = ' .. describe_sources(data.mapindex) end
  table.sort(lines)
  local description = data.annotations.description
  return (description and 'desc = ' .. description .. '\\n' or '') .. table.concat(lines, '\\l')
end
