--- An open HDF5 file. Copies of it made by serialization, as for a thread, open the file again.
local objects = require 'hdf5.objects'
local system = objects.system

local File = torch.class('hdf5.HDF5File', {})

function File:__init(path, mode)
  self._path, self._mode = path, mode
  self._number = system.open_file(path, mode)
end

function File:filename() return self._path end

--- The group or dataset at a path (default: the root).
function File:read(path) return objects.at(self, objects.join('/', path or '/')) end

--- Everything in the file, groups as tables.
function File:all() return self:read('/'):all() end

--- Writes a tensor, or a table of tensors and tables as a group.
-- @param options hdf5.DataSetOptions for all tensors, or nil
function File:write(path, data, options) objects.write(self, objects.join('/', path), data, options) end

--- Adds the rows of a tensor to a dataset that was written in chunks, or makes one.
function File:append(path, tensor, options)
  if not torch.isTensor(tensor) then error(('hdf5: a tensor is expected, got a %s'):format(torch.type(tensor)), 2) end
  system.append(self._number, objects.join('/', path), tensor, options and options:_plain())
end

--- Writes what is buffered to the disk.
function File:flush() system.flush(self._number) end

function File:close() system.close(self._number) end

function File:__write(file)
  system.flush(self._number)
  -- Opening it again with 'w' would empty it.
  local mode = self._mode == 'r' and 'r' or 'r+'
  file:writeObject { path = self._path, mode = mode }
end

function File:__read(file)
  local saved = file:readObject()
  File.__init(self, saved.path, saved.mode)
end

function File:__tostring() return ('[HDF5File: %s]'):format(self._path) end

return torch.getconstructortable 'hdf5.HDF5File'
