--- copy(object): a deep copy by a round trip through memory, as torch.save and torch.load would make it.
return function(object)
  local file = torch.MemoryFile('rw'):binary()
  file:writeObject(object)
  file:seek(1)
  local copied = file:readObject()
  file:close()
  return copied
end
