--- Hashes and vectors as print shows them: the first entries, one a line.
local MOST = 20

-- Further lines of a value stand below its first one.
local function entry(head, value)
  return head .. tostring(value):gsub('\n+$', ''):gsub('\n+', '\n' .. (' '):rep(#head))
end

--- Text of a container. `entries` iterates over keys and values, `key` makes text of a key (or nil for numbers of five
-- digits).
return function(name, container, entries, key)
  local heads, values, widest, count = {}, {}, 0, 0
  for k, value in entries(container) do
    count = count + 1
    heads[count] = key and key(k) or ('%5d'):format(k)
    -- A nil in a vector must not shorten the list.
    values[count] = value == nil and 'nil' or value
    widest = math.max(widest, #heads[count])
    if count == MOST then break end
  end
  local lines = { ('%s[%d]{'):format(name, #container) }
  for i = 1, count do
    lines[#lines + 1] = entry(heads[i] .. (' '):rep(widest - #heads[i]) .. ' : ', values[i])
  end
  if count == MOST then lines[#lines + 1] = '...' end
  lines[#lines + 1] = '}'
  return table.concat(lines, '\n')
end
