--- A group of an HDF5 file.
local objects = require 'hdf5.objects'

local Group = torch.class('hdf5.HDF5Group', {})

function Group:__init(file, path) self._file, self._path = file, path end

--- The names of what is in the group.
function Group:children() return objects.system.children(self._file._number, self._path) end

--- The group or dataset at a path inside the group.
function Group:read(path) return objects.at(self._file, objects.join(self._path, path)) end

--- Writes a tensor or a table into the group.
function Group:write(path, data, options)
  objects.write(self._file, objects.join(self._path, path), data, options)
end

--- Calls a function with the name and the object of everything in the group.
function Group:forEachChild(fn)
  for _, name in ipairs(self:children()) do fn(name, self:read(name)) end
end

--- Everything in the group as a table.
function Group:all()
  local result = {}
  self:forEachChild(function(name, child) result[name] = child:all() end)
  return result
end

--- A group needs no closing; its file does.
function Group:close() end

function Group:__tostring() return ('[HDF5Group: %s %s]'):format(self._file._path, self._path) end

return torch.getconstructortable 'hdf5.HDF5Group'
