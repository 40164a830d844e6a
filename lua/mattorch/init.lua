--- MATLAB files under an older name: `mattorch.load(path)`, `mattorch.save(path, tensor or table of tensors)`.
--
-- As in the original, MATLAB's column-major matrices are seen with their dimensions reversed: an m×n matrix in MATLAB is an
-- n×m tensor, and the other way round. `matio` keeps the order of the dimensions.
local torch = require 'torch'
local system = require('bridge.host').python 'matlab'

local mattorch = {}

local function reversed(tensor)
  local dimensions = tensor:dim()
  for i = 1, math.floor(dimensions / 2) do tensor = tensor:transpose(i, dimensions - i + 1) end
  return tensor:contiguous()
end

--- The matrices of a file, by name.
function mattorch.load(path)
  local tensors = {}
  for name, value in pairs(system.load(path, nil, true)) do
    if torch.isTensor(value) then tensors[name] = reversed(value) end
  end
  return tensors
end

--- Saves a tensor as variable x, or a table of tensors by name.
function mattorch.save(path, data)
  if torch.isTensor(data) then data = { x = data } end
  if type(data) ~= 'table' then
    error(('mattorch.save: a tensor or a table of tensors is expected, got a %s'):format(torch.type(data)), 2)
  end
  local variables = {}
  for name, tensor in pairs(data) do
    if not torch.isTensor(tensor) then
      error(("mattorch.save: '%s' is a %s; only tensors can be saved"):format(tostring(name), torch.type(tensor)), 2)
    end
    variables[tostring(name)] = reversed(tensor)
  end
  system.save(path, variables, false)
end

rawset(_G, 'mattorch', mattorch)

return mattorch
