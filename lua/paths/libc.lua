--- The C library functions that paths and sys stand on.
local ffi = require 'ffi'

-- each declaration on its own: another package may have made some of them already
local declarations = {
  'int access(const char *path, int mode);',
  'char *getcwd(char *buffer, size_t size);',
  'int mkdir(const char *path, unsigned int mode);',
  'int rmdir(const char *path);',
  'int mkstemp(char *name_template);',
  'int close(int descriptor);',
  'int uname(void *names);',
  'char *strerror(int number);',
  'void *opendir(const char *path);',
  'int closedir(void *directory);',
  'int usleep(unsigned int microseconds);',
  'typedef struct { long tv_sec; long tv_usec; } fbl_timeval;',
  'int gettimeofday(fbl_timeval *now, void *zone);',
}
if ffi.os == 'OSX' then
  table.insert(declarations, [[typedef struct { uint64_t d_ino; uint64_t d_seekoff; uint16_t d_reclen; uint16_t d_namlen;
    uint8_t d_type; char d_name[1024]; } fbl_dirent;]])
  table.insert(declarations, ('fbl_dirent *readdir(void *directory)%s;')
    :format(ffi.arch == 'x64' and ' __asm__("readdir$INODE64")' or ''))
else
  table.insert(declarations, [[typedef struct { uint64_t d_ino; int64_t d_off; uint16_t d_reclen; uint8_t d_type;
    char d_name[256]; } fbl_dirent;]])
  table.insert(declarations, 'fbl_dirent *readdir(void *directory);')
end
for _, declaration in ipairs(declarations) do
  local ok, message = pcall(ffi.cdef, declaration)
  if not ok and not tostring(message):find('redefin') then error(message) end
end

local libc = { C = ffi.C }

--- true for 0; otherwise nil, `name: reason` and the error number, as io functions do.
function libc.outcome(status, name)
  if status == 0 then return true end
  local number = ffi.errno()
  return nil, ('%s: %s'):format(name, ffi.string(ffi.C.strerror(number))), number
end

return libc
