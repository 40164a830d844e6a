--- Writing a file so that a reader never sees half of it.
local ffi = require 'ffi'
local stdio = require 'torch.stdio'

-- statx has the same layout on every Linux architecture; stat has not.
ffi.cdef [[
struct torch_statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare;
  uint64_t other[32];
};
int torch_statx(int directory, const char *path, int flags, unsigned int mask, struct torch_statx *out)
  __asm__("statx");
]]

local AT_FDCWD, BASIC_STATS = -100, 0x7ff
local TYPE_MASK, REGULAR, PERMISSIONS = 0xf000, 0x8000, 0x0fff
local WRITABLE = 2

--- What the file system knows of a path: nil when it does not exist.
local function status(path)
  if ffi.os ~= 'Linux' then
    -- Elsewhere only devices are told apart, by name.
    local file = io.open(path, 'rb')
    if not file then return nil end
    file:close()
    return { regular = path:sub(1, 5) ~= '/dev/' }
  end
  local out = ffi.new('struct torch_statx')
  if ffi.C.torch_statx(AT_FDCWD, path, 0, BASIC_STATS, out) ~= 0 then return nil end
  return {
    regular = bit.band(out.mode, TYPE_MASK) == REGULAR,
    permissions = bit.band(out.mode, PERMISSIONS),
    links = out.links,
  }
end

--- The file a path means, behind symbolic links.
local function resolve(path)
  local resolved = stdio.realpath(path, nil)
  if resolved == nil then return path end
  local text = ffi.string(resolved)
  stdio.free(resolved)
  return text
end

local serial, this_state = 0, {}

--- Calls `write(path_to_write_to)`. For a regular file that is a sibling, which then takes the place of
-- `path`; when `write` raises, the sibling is removed and `path` stays as it was. Devices and pipes are
-- written directly, as are files that only may be written in place (several names, a closed folder).
local function replace_file(path, write)
  local target = resolve(path)
  local existing = status(target)
  local folder = target:match('^(.*/)') or './'
  local in_place = existing and (not existing.regular or (existing.links or 1) > 1
    or (stdio.access(folder, WRITABLE) ~= 0 and stdio.access(target, WRITABLE) == 0))
  -- A file that may not be written must not be replaced either, though the folder would allow it.
  if in_place or (existing and stdio.access(target, WRITABLE) ~= 0) then return write(path) end

  -- The address of this Lua state's own table tells it from the others of the process.
  serial = serial + 1
  local sibling = ('%s.%d-%p-%d.tmp'):format(target, stdio.getpid(), this_state, serial)
  local written, message = pcall(write, sibling)
  if written then
    if existing and existing.permissions then stdio.chmod(sibling, existing.permissions) end
    if stdio.rename(sibling, target) == 0 then return end
    message = ('cannot rename <%s> to <%s> (%s)'):format(sibling, target, stdio.reason())
  end
  stdio.unlink(sibling)
  error((tostring(message):gsub(sibling:gsub('%p', '%%%0'), (path:gsub('%%', '%%%%')))), 0)
end

return replace_file
