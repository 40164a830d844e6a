--- Paths: taking them apart, joining them, and questions about what they lead to.
local lfs = require 'lfs'
local utils = require 'pl.utils'

local assert_string = utils.assert_string

local path = {
  is_windows = utils.is_windows,
  sep = utils.dir_separator,
  dirsep = utils.is_windows and ';' or ':',
  dir = lfs.dir,
  mkdir = lfs.mkdir,
  rmdir = lfs.rmdir,
  chdir = lfs.chdir,
  attrib = lfs.attributes,
  currentdir = lfs.currentdir,
  link_attrib = lfs.symlinkattributes,
}

local SEPARATOR = path.sep
-- Windows takes both kinds.
local ANY_SEPARATOR = path.is_windows and '[/\\]' or '/'
local NOT_SEPARATOR = path.is_windows and '[^/\\]' or '[^/]'

local function attribute(P, name)
  assert_string(1, P)
  return (lfs.attributes(P, name))
end

function path.isdir(P) return attribute(P, 'mode') == 'directory' end

function path.isfile(P) return attribute(P, 'mode') == 'file' end

function path.islink(P)
  assert_string(1, P)
  return lfs.symlinkattributes(P, 'mode') == 'link'
end

--- Size in bytes, or nil.
function path.getsize(P) return attribute(P, 'size') end

--- The path if there is something, else false.
function path.exists(P) return attribute(P, 'mode') ~= nil and P end

function path.getatime(P) return attribute(P, 'access') end

function path.getmtime(P) return attribute(P, 'modification') end

function path.getctime(P) return attribute(P, 'change') end

--- The part before the last separator and the part after it.
function path.splitpath(P)
  assert_string(1, P)
  local folder, name = P:match('^(.*)' .. ANY_SEPARATOR .. '(' .. NOT_SEPARATOR .. '*)$')
  if not folder then return '', P end
  return folder, name
end

--- The path without its extension, and the extension with its dot.
function path.splitext(P)
  assert_string(1, P)
  local root, extension = P:match('^(.*)(%.' .. (path.is_windows and '[^./\\]' or '[^./]') .. '*)$')
  if not root then return P, '' end
  return root, extension
end

function path.dirname(P) return (path.splitpath(P)) end

function path.basename(P) return (select(2, path.splitpath(P))) end

function path.extension(P) return (select(2, path.splitext(P))) end

--- Whether a path starts at the root.
function path.isabs(P)
  assert_string(1, P)
  if path.is_windows then return P:find '^[/\\]' ~= nil or P:find '^%a:[/\\]' ~= nil end
  return P:sub(1, 1) == '/'
end

local function folder_or_current(folder)
  if folder then return folder end
  return lfs.currentdir()
end

--- The absolute path, seen from a folder (default: the working directory).
function path.abspath(P, pwd)
  assert_string(1, P)
  if pwd ~= nil then assert_string(2, pwd) end
  P = P:gsub(ANY_SEPARATOR .. '$', '')
  if not path.isabs(P) then
    local from, message = folder_or_current(pwd)
    if from == nil then return nil, message end
    P = path.join(from, P)
  elseif path.is_windows and P:find '^[/\\][^/\\]' then
    P = (pwd or lfs.currentdir()):sub(1, 2) .. P
  end
  return path.normpath(P)
end

--- Paths joined; an absolute one makes those before it vanish, an empty one counts only at the end.
function path.join(first, second, ...)
  assert_string(1, first)
  assert_string(2, second)
  local joined = first
  for position, part in ipairs { second, ... } do
    assert_string(position + 1, part)
    if path.isabs(part) then
      joined = part
    elseif joined == '' or joined:find(ANY_SEPARATOR .. '$') then
      joined = joined .. part
    elseif part ~= '' or position == 1 + select('#', ...) then
      joined = joined .. SEPARATOR .. part
    end
  end
  return joined
end

--- On Windows lower case with backslashes; elsewhere the path itself.
function path.normcase(P)
  assert_string(1, P)
  if path.is_windows then return (P:gsub('/', '\\'):lower()) end
  return P
end

--- The path without `.`, `..` after a name, and double separators; `.` for an empty one.
function path.normpath(P)
  assert_string(1, P)
  local anchor
  local rest = P
  if path.is_windows then
    rest = rest:gsub('/', '\\')
    anchor = rest:match '^\\\\' or rest:match '^%a:\\?' or rest:match '^\\?'
    rest = rest:sub(#anchor + 1)
  else
    -- Two slashes at the beginning may mean something of their own to POSIX, three are one.
    local slashes = #rest:match '^/*'
    anchor = slashes == 0 and '' or slashes == 2 and '//' or '/'
  end
  local parts = {}
  for part in rest:gmatch(NOT_SEPARATOR .. '+') do
    if part == '..' and #parts > 0 and parts[#parts] ~= '..' then
      parts[#parts] = nil
    elseif part == '..' and anchor ~= '' then
      parts[#parts + 1] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
  end
  local normal = anchor .. table.concat(parts, SEPARATOR)
  return normal == '' and '.' or normal
end

--- The path seen from a folder (default: the working directory).
function path.relpath(P, start)
  assert_string(1, P)
  if start ~= nil then assert_string(2, start) end
  local from, message = folder_or_current(start)
  if from == nil then return nil, message end
  local here, there = path.normcase(path.abspath(from)), path.abspath(P, from)
  local steps, goal = {}, {}
  for part in here:gmatch(NOT_SEPARATOR .. '+') do steps[#steps + 1] = part end
  for part in there:gmatch(NOT_SEPARATOR .. '+') do goal[#goal + 1] = part end
  local common = 0
  while common < #steps and common < #goal and steps[common + 1] == path.normcase(goal[common + 1]) do
    common = common + 1
  end
  local parts = {}
  for _ = common + 1, #steps do parts[#parts + 1] = '..' end
  for i = common + 1, #goal do parts[#parts + 1] = goal[i] end
  return #parts == 0 and '.' or table.concat(parts, SEPARATOR)
end

--- The path with the home folder for a `~` at its beginning.
function path.expanduser(P)
  assert_string(1, P)
  if P:sub(1, 1) ~= '~' then return P end
  local home = os.getenv 'HOME'
  if not home and path.is_windows then
    home = os.getenv 'USERPROFILE' or os.getenv 'HOMEDRIVE' and os.getenv 'HOMEDRIVE' .. (os.getenv 'HOMEPATH' or '')
  end
  if not home then return nil, "failed to expand '~' (HOME not set)" end
  return home .. P:sub(2)
end

--- Path of a new temporary file.
function path.tmpname()
  local name = os.tmpname()
  if path.is_windows and not name:find ':' then name = os.getenv 'TEMP' .. name end
  return name
end

--- The longest folder that two paths have in common.
function path.common_prefix(path1, path2)
  assert_string(1, path1)
  assert_string(2, path2)
  if path.is_windows then path1, path2 = path1:gsub('/', '\\'), path2:gsub('/', '\\') end
  if #path1 > #path2 then path1, path2 = path2, path1 end
  local a, b = path.normcase(path1), path.normcase(path2)
  local same = 0
  while same < #a and a:byte(same + 1) == b:byte(same + 1) do same = same + 1 end
  if same == #a then
    -- One contains the other: a whole name only counts when the other one's ends there too.
    if #b == same or b:sub(same + 1, same + 1):find(ANY_SEPARATOR) then
      return path.isdir(path1) and path1 or #b == same and (path.splitpath(path1)) or path1
    end
  end
  return (path.splitpath(path1:sub(1, same)))
end

--- The file in which `require` would find a module, or nil and the files it tried.
function path.package_path(name)
  assert_string(1, name)
  local found, tried = package.searchpath(name, package.path)
  if found then return found end
  local binary, tried_too = package.searchpath(name, package.cpath)
  if binary then return binary end
  return nil, tried .. tried_too
end

return path
