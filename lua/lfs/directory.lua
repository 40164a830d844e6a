--- Objects of lfs: the state of a listing, and the lock of a folder.
local ffi = require 'ffi'

ffi.cdef [[ int getpid(void); ]]

local directory = {}

local Listing = {}
Listing.__index = Listing

function Listing:next()
  if self.closed then error('closed directory', 2) end
  local position = self.position + 1
  self.position = position
  if position == 1 then return '.' end
  if position == 2 then return '..' end
  local name = self.names()
  if name == nil then self.closed = true end
  return name
end

--- Ends the listing; further calls of `next` are errors.
function Listing:close() self.closed = true end

function Listing:__tostring() return self.closed and 'closed directory' or 'directory' end

--- Iterator function and state for names that each end in a zero byte.
function directory.open(names)
  local listing = setmetatable({ names = names:gmatch '(%Z*)%z', position = 0 }, Listing)
  return Listing.next, listing
end

local Lock = {}
Lock.__index = Lock

--- Gives the folder back.
function Lock:free() os.remove(self.name) end

-- A symbolic link is made in one step even on network file systems; where it points says who made it.
function directory.lock(lfs, path, stale)
  local name = path .. '/lockfile.lfs'
  local function make() return lfs.link('lock/' .. ffi.C.getpid(), name, true) end
  local ok, message, number = make()
  if not ok and stale then
    local made = lfs.symlinkattributes(name, 'modification')
    if made and os.time() - made > stale then
      os.remove(name)
      ok, message, number = make()
    elseif made then
      return nil, 'File exists', number
    end
  end
  if not ok then return nil, message, number end
  return setmetatable({ name = name }, Lock)
end

return directory
