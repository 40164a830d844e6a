--- How datasets are written: in chunks, which can grow and be compressed.
local DataSetOptions = torch.class('hdf5.DataSetOptions', {})

local DEFAULT_LEVEL = 6

function DataSetOptions:__init() end

local function need_whole(value, least, what)
  if type(value) ~= 'number' or value % 1 ~= 0 or value < least then
    error(('%s: a whole number from %d on is expected, got %s'):format(what, least, tostring(value)), 3)
  end
end

--- The size of the chunks, one number for each dimension. Data in chunks can be appended to.
function DataSetOptions:setChunked(...)
  local size = { ... }
  if #size == 0 then error('setChunked: a size for each dimension is expected', 2) end
  for i = 1, #size do need_whole(size[i], 1, 'setChunked') end
  self._chunk = size
end

--- Compresses with deflate at a level from 0 to 9.
function DataSetOptions:setDeflate(level)
  level = level or DEFAULT_LEVEL
  need_whole(level, 0, 'setDeflate')
  if level > 9 then error('setDeflate: the level is at most 9', 2) end
  self._deflate = level
end

--- Lets the data grow without saying how large the chunks are.
function DataSetOptions:setExtensible() self._extensible = true end

function DataSetOptions:_plain()
  return { chunk = self._chunk, deflate = self._deflate, extensible = self._extensible }
end

return torch.getconstructortable 'hdf5.DataSetOptions'
