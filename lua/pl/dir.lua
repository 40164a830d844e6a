--- Folders: listing, walking, making and removing them; copying and moving files.
local path = require 'pl.path'
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'
local system = require('bridge.host').python 'filesystem'

local assert_string, raise = utils.assert_string, utils.raise

local dir = {}

local list_class
local function as_list(t)
  list_class = list_class or require 'pl.List'
  return setmetatable(t, list_class)
end

local function need_folder(n, name)
  return utils.assert_arg(n, name, 'string', path.isdir, 'not a directory', 3)
end

-- The Lua pattern for a shell pattern with * and ?.
local function as_pattern(mask)
  local pattern = utils.escape(path.normcase(mask)):gsub('%%%*', '.*'):gsub('%%%?', '.')
  return '^' .. pattern .. '$'
end

--- Whether a name matches a shell pattern.
function dir.fnmatch(name, mask)
  assert_string(1, name)
  assert_string(2, mask)
  return path.normcase(name):find(as_pattern(mask)) ~= nil
end

--- The names in a list that match a shell pattern.
function dir.filter(names, mask)
  utils.assert_arg(1, names, 'table')
  assert_string(2, mask)
  local pattern = as_pattern(mask)
  return as_list(tablex.filter(names, function(name) return path.normcase(name):find(pattern) ~= nil end))
end

-- Names in a folder with their kinds: d folder, l link to a folder, f the rest.
local function scan(folder)
  local names, kinds = system.entry_kinds(folder)
  if names == nil then return nil, ('cannot open %s: %s'):format(folder, kinds) end
  local list = {}
  for name in names:gmatch '(%Z*)%z' do list[#list + 1] = name end
  return list, kinds
end

local function paths_in(folder, wanted, mask)
  local names, kinds = scan(folder)
  if names == nil then error(kinds, 3) end
  local pattern, found = mask and as_pattern(mask), {}
  for i, name in ipairs(names) do
    if kinds:sub(i, i):find(wanted) and (not pattern or path.normcase(name):find(pattern)) then
      found[#found + 1] = path.join(folder, name)
    end
  end
  return as_list(found)
end

--- Paths of the files in a folder (default: the working directory) that match a shell pattern.
function dir.getfiles(folder, mask)
  folder = need_folder(1, folder or '.')
  if mask ~= nil then assert_string(2, mask) end
  return paths_in(folder, 'f', mask)
end

--- Paths of the folders in a folder.
function dir.getdirectories(folder)
  return paths_in(need_folder(1, folder or '.'), '[dl]')
end

--------------------------------------------------------------------------------------------------
-- Files

local BLOCK = 2 ^ 20

local function copy_content(source, target)
  local input, message = io.open(source, 'rb')
  if not input then return false, message end
  local output, failure = io.open(target, 'wb')
  if not output then
    input:close()
    return false, failure
  end
  local ok = true
  while ok do
    local block, read_failure = input:read(BLOCK)
    if not block then
      failure = read_failure
      break
    end
    ok, failure = output:write(block)
  end
  input:close()
  local closed, close_failure = output:close()
  failure = failure or not closed and close_failure
  if failure then return false, failure end
  return true
end

local function destination(source, target)
  if path.isdir(target) then return path.join(target, path.basename(source)) end
  return target
end

--- Copies a file to a file or into a folder: true, or false and a message.
-- @param force whether a file that is there is replaced (default: yes)
function dir.copyfile(source, target, force)
  assert_string(1, source)
  assert_string(2, target)
  target = destination(source, target)
  if force == false and path.exists(target) then return false, target .. ': file exists' end
  return copy_content(source, target)
end

--- Moves a file to a file or into a folder: true, or false and a message.
function dir.movefile(source, target)
  assert_string(1, source)
  assert_string(2, target)
  target = destination(source, target)
  if os.rename(source, target) then return true end
  -- Between file systems a file can only be copied.
  local ok, message = copy_content(source, target)
  if not ok then return false, message end
  local removed, failure = os.remove(source)
  return removed == true, failure
end

--------------------------------------------------------------------------------------------------
-- Trees

local function walk(folder, bottom_up, follow_links)
  local names, kinds = scan(folder)
  if names == nil then error(kinds, 0) end
  local folders, files = as_list {}, as_list {}
  for i, name in ipairs(names) do
    local kind = kinds:sub(i, i)
    if kind == 'f' then files:append(name)
    elseif kind == 'd' or follow_links then folders:append(name)
    end
  end
  if not bottom_up then coroutine.yield(folder, folders, files) end
  for _, name in ipairs(folders) do walk(path.join(folder, name), bottom_up, follow_links) end
  if bottom_up then coroutine.yield(folder, folders, files) end
end

--- Iterator over a tree: each folder, the names of the folders in it and of the files in it. From top to bottom a script
-- may remove folders from the list to skip them.
function dir.walk(root, bottom_up, follow_links)
  root = need_folder(1, root)
  if #root > 1 then root = root:gsub('/$', '') end
  return coroutine.wrap(function() walk(root, bottom_up, follow_links) end)
end

--- Iterator over all paths in a tree, with whether each is a folder.
function dir.dirtree(root)
  utils.assert_arg(1, root, 'string', function(name) return name ~= '' end, 'directory parameter is missing or empty')
  if #root > 1 then root = root:gsub('/$', '') end
  local function descend(folder)
    local names, kinds = scan(folder)
    for i, name in ipairs(names or {}) do
      local full = path.join(folder, name)
      local kind = kinds:sub(i, i)
      coroutine.yield(full, kind ~= 'f')
      if kind == 'd' then descend(full) end
    end
  end
  return coroutine.wrap(function() descend(root) end)
end

--- Paths of all files in a tree whose names match a shell pattern, upper and lower case being the same.
function dir.getallfiles(root, mask)
  root = need_folder(1, root or '.')
  local pattern = mask and as_pattern(assert_string(2, mask):lower())
  local files = {}
  for file, is_folder in dir.dirtree(root) do
    if not is_folder and (not pattern or path.basename(file):lower():find(pattern)) then files[#files + 1] = file end
  end
  return as_list(files)
end

--- Removes a folder and everything in it; links are removed, not followed. True, or nil and a message.
function dir.rmtree(folder)
  need_folder(1, folder)
  if path.islink(folder) then return false, 'will not follow symlink' end
  local names, kinds = scan(folder)
  if names == nil then return raise(kinds) end
  for i, name in ipairs(names) do
    local full = path.join(folder, name)
    local ok, message
    if kinds:sub(i, i) == 'd' then ok, message = dir.rmtree(full) else ok, message = os.remove(full) end
    if not ok then return raise(message) end
  end
  local ok, message = path.rmdir(folder)
  if not ok then return raise(('%s: %s'):format(folder, message)) end
  return true
end

--- Makes a folder and those above it: true, or nil and a message.
function dir.makepath(folder)
  assert_string(1, folder)
  if path.is_windows then folder = folder:gsub('/', '\\') end
  folder = path.abspath(folder)
  if path.isdir(folder) then return true end
  local above = path.dirname(folder)
  if above ~= '' and above ~= folder then
    local ok, message = dir.makepath(above)
    if not ok then return raise(message) end
  end
  local ok, message, number = path.mkdir(folder)
  -- Another process may have made it meanwhile.
  if not ok and not path.isdir(folder) then return raise(('%s: %s'):format(folder, message), number) end
  return true
end

local function clone(source, target, each, report, bad_folders, bad_files)
  for folder, _, files in dir.walk(source) do
    local relative = path.relpath(path.abspath(folder), path.abspath(source))
    local made = relative == '.' and target or path.join(target, relative)
    report('creating:', made)
    if not dir.makepath(made) then
      bad_folders:append(made)
    else
      for _, name in ipairs(files) do
        local from, to = path.join(folder, name), path.join(made, name)
        if each and each(from, to) == false then bad_files:append(to) end
        if each then report('copied', from, to) end
      end
    end
  end
end

--- Makes the folders of a tree in another place, and applies a function such as `dir.copyfile` to each file and its new
-- path. True and what failed: lists of folders and of files.
-- @param verbose true to print what is done, or a function to use instead of print
function dir.clonetree(source, target, each, verbose)
  need_folder(1, source)
  assert_string(2, target)
  if source == target then return raise 'paths are the same' end
  local report = verbose and (type(verbose) == 'function' and verbose or print) or function() end
  local inside = path.relpath(path.abspath(target), path.abspath(source))
  if not inside:find '^%.%.' then return raise 'cannot clone a tree into itself' end
  local bad_folders, bad_files = as_list {}, as_list {}
  clone(source, target, each and utils.function_arg(3, each), report, bad_folders, bad_files)
  return true, bad_folders, bad_files
end

return dir
