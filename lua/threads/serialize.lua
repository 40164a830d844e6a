--- How values go from one thread to another by default: as torch.save would write them.
require 'torch'

local serialize = {}

--- A CharStorage with a copy of a value.
function serialize.save(value)
  local file = torch.MemoryFile():binary()
  file:writeObject(value)
  local storage = file:storage()
  file:close()
  return storage
end

--- The value in a CharStorage.
function serialize.load(storage)
  local file = torch.MemoryFile(storage, 'r'):binary()
  local value = file:readObject()
  file:close()
  return value
end

return serialize
