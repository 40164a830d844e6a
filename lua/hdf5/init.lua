--- HDF5 files: `hdf5.open(path, mode)`, `file:read('/data'):all()`, `file:write('/data', tensor or table)`.
--
-- The files are read and written by h5py, which is an optional part of the installation.
require 'torch'

local hdf5 = {
  HDF5File = require 'hdf5.File',
  HDF5Group = require 'hdf5.Group',
  HDF5DataSet = require 'hdf5.DataSet',
  DataSetOptions = require 'hdf5.DataSetOptions',
}

--- Opens a file. Modes: `r`, `r+` (there has to be one), `w` (an old one is lost), `w-` (there must be none); without a
-- mode a file is opened for reading and writing, and made if there is none.
function hdf5.open(path, mode)
  if type(path) ~= 'string' then error(('hdf5.open: a path is expected, got a %s'):format(type(path)), 2) end
  local modes = { r = true, ['r+'] = true, w = true, ['w-'] = true, a = true }
  if mode ~= nil and not modes[mode] then
    error(("hdf5.open: mode 'r', 'r+', 'w', 'w-' or 'a' is expected, got '%s'"):format(tostring(mode)), 2)
  end
  return hdf5.HDF5File(path, mode)
end

rawset(_G, 'hdf5', hdf5)

return hdf5
