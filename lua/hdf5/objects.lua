--- What files, groups and datasets have in common: paths, and finding out what there is.
local system = require('bridge.host').python 'hdf5'

local objects = { system = system }

--- A path inside a file, from its root.
function objects.join(base, path)
  if path:sub(1, 1) == '/' then return path end
  return base == '/' and '/' .. path or base .. '/' .. path
end

--- The object at a path: a group or a dataset.
function objects.at(file, path)
  local kind = system.describe(file._number, path)
  if kind == nil then error(('hdf5: there is nothing at %s in %s'):format(path, file._path), 3) end
  if kind == 'group' then return require 'hdf5.Group'(file, path) end
  return require 'hdf5.DataSet'(file, path)
end

--- Writes a tensor, or a table of tensors and tables as a group.
function objects.write(file, path, data, options)
  if torch.isTensor(data) then
    return system.write(file._number, path, data, options and options:_plain())
  end
  if type(data) ~= 'table' or torch.typename(data) then
    error(('hdf5: a tensor or a table of tensors is expected at %s, got a %s'):format(path, torch.type(data)), 3)
  end
  if path ~= '/' then system.write(file._number, path) end
  for name, item in pairs(data) do
    if type(name) ~= 'string' then
      error(('hdf5: names in a group are strings; at %s there is a key of type %s'):format(path, type(name)), 3)
    end
    objects.write(file, objects.join(path, name), item, options)
  end
end

return objects
