--- A dataset of an HDF5 file: data of one type and size that has not been read yet.
local objects = require 'hdf5.objects'
local system = objects.system

local DataSet = torch.class('hdf5.HDF5DataSet', {})

local CLASSES = {
  uint8 = 'torch.ByteTensor', int8 = 'torch.CharTensor', int16 = 'torch.ShortTensor', int32 = 'torch.IntTensor',
  int64 = 'torch.LongTensor', float32 = 'torch.FloatTensor', float64 = 'torch.DoubleTensor',
}

function DataSet:__init(file, path) self._file, self._path = file, path end

--- All data, as a tensor of the type that holds it.
function DataSet:all() return system.read(self._file._number, self._path) end

--- The sizes, as a table.
function DataSet:dataspaceSize()
  local _, size = system.describe(self._file._number, self._path)
  return size
end

--- The constructor of the tensors that `all` answers.
function DataSet:getTensorFactory()
  local _, _, kind = system.describe(self._file._number, self._path)
  if not kind then error(('hdf5: there is no Torch tensor for the data at %s'):format(self._path), 2) end
  return torch.getconstructortable(CLASSES[kind])
end

local function range(given, size, dimension)
  local first, last = given, given
  if type(given) == 'table' then
    first, last = given[1], given[2]
  end
  if type(first) ~= 'number' or type(last) ~= 'number' or first < 1 or last > size or first > last then
    error(('hdf5: a range within 1 to %d is expected for dimension %d'):format(size, dimension), 3)
  end
  return { first - 1, last }
end

--- Part of the data: an index or a {first, last} range for each dimension. All dimensions stay.
function DataSet:partial(...)
  local size, count = self:dataspaceSize(), select('#', ...)
  if count ~= #size then
    error(('hdf5: %d ranges are given for data of %d dimensions'):format(count, #size), 2)
  end
  local ranges = {}
  for dimension = 1, count do ranges[dimension] = range((select(dimension, ...)), size[dimension], dimension) end
  return system.read(self._file._number, self._path, ranges)
end

--- A dataset needs no closing; its file does.
function DataSet:close() end

function DataSet:__tostring() return ('[HDF5DataSet: %s %s]'):format(self._file._path, self._path) end

return torch.getconstructortable 'hdf5.HDF5DataSet'
