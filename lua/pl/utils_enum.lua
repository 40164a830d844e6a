--- Tables of constants that refuse unknown names, for pl.utils.
return function(utils)
  local function quoted_list(values)
    table.sort(values)
    return "'" .. table.concat(values, "', '") .. "'"
  end

  --- A read-only table of constants: from names (then value = name), a list of names, or a map.
  -- Reading an unknown name is an error; calling the table with one answers nil and a message.
  function utils.enum(...)
    local first = ...
    local given = type(first) == 'table' and first or { ... }
    local values, names = {}, {}
    if #given > 0 then
      for i, name in ipairs(given) do
        if type(name) ~= 'string' then error(('expected arg %d to be a string'):format(i), 2) end
        values[name] = name
      end
    else
      for name, value in pairs(given) do
        if type(name) ~= 'string' then error("expected key to be 'string' but got '" .. type(name) .. "'", 2) end
        values[name] = value
      end
    end
    for name in pairs(values) do names[#names + 1] = name end
    if #names == 0 then error('expected at least 1 entry', 2) end

    local function complaint(key)
      return ("'%s' is not a valid value (expected one of: %s)"):format(tostring(key), quoted_list(names))
    end
    return setmetatable(values, {
      __index = function(_, key) error(complaint(key), 2) end,
      __newindex = function(_, key, value)
        error(("the Enum object is read-only (attempt to set '%s' to '%s')"):format(tostring(key), tostring(value)), 2)
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
