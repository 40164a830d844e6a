--- Whether two alternatives of a function could both fit one list of arguments.

-- Only rules with the same type, and the same further check, are taken to accept the same value.
local function same(a, b) return a.type == b.type and a.check == b.check end

-- All rules that can take the next argument when those before `i` are done, and whether there need not be one.
local function next_rules(rules, i)
  local candidates = {}
  for k = i, #rules do
    candidates[#candidates + 1] = k
    if not rules[k].optional then return candidates, false end
  end
  return candidates, true
end

local function overlap(a, b, i, j, seen)
  local key = i * 1024 + j
  if seen[key] then return false end
  seen[key] = true
  local from_a, a_may_end = next_rules(a, i)
  local from_b, b_may_end = next_rules(b, j)
  if a_may_end and b_may_end then return true end
  for _, p in ipairs(from_a) do
    for _, q in ipairs(from_b) do
      if same(a[p], b[q]) and overlap(a, b, p + 1, q + 1, seen) then return true end
    end
  end
  return false
end

return function(a, b)
  if a.noordered or b.noordered then return false end
  return overlap(a.rules, b.rules, 1, 1, {})
end
