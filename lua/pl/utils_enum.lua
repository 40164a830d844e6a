--- Tables of constants that refuse unknown names, for pl.utils.
return function(utils)
  local function duplicate(name)
    error(("duplicate entry in array and hash part: '%s'"):format(name), 3)
  end

  -- Values by name, and the names in order: those of the list part, then the others by the alphabet.
  local function read(given, is_list)
    local values, names, listed = {}, {}, 0
    for i = 1, is_list and given.n or #given do
      utils.assert_arg(i, given[i], 'string', nil, nil, 4)
      values[given[i]] = given[i]
      names[i], listed = given[i], i
    end
    local others = {}
    for name, value in pairs(is_list and {} or given) do
      if type(name) ~= 'number' or name < 1 or name > listed then
        if type(name) ~= 'string' then error(("expected key to be 'string' but got '%s'"):format(type(name)), 3) end
        if values[name] ~= nil then duplicate(name) end
        values[name] = value
        others[#others + 1] = name
      end
    end
    table.sort(others)
    for _, name in ipairs(others) do names[#names + 1] = name end
    if #names == 0 then error('expected at least 1 entry', 3) end
    return values, names
  end

  --- A read-only table of constants: from names (then value = name), a list of names, a map, or a list and map in one.
  -- Reading an unknown name is an error; calling the table with one answers nil and a message.
  function utils.enum(...)
    local first = ...
    local values, names
    if type(first) == 'table' then
      values, names = read(first, false)
    else
      values, names = read({ n = select('#', ...), ... }, true)
    end

    local function complaint(key)
      return ("'%s' is not a valid value (expected one of: %s)"):format(tostring(key), "'" .. table.concat(names, "', '") .. "'")
    end
    return setmetatable(values, {
      __index = function(_, key) error(complaint(key), 2) end,
      __newindex = function()
        error('the Enum object is read-only', 2)
      end,
      __call = function(_, key)
        if type(key) == 'string' then
          local value = rawget(values, key)
          if value ~= nil then return value end
        end
        return nil, complaint(key)
      end,
    })
  end
end
