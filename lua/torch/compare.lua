--- Deep comparison of values, as `torch.Tester` needs it: the answer, and what to say about it.
--
-- Each function returns whether the values are equal, a text for when they ought to have been, and a
-- text for when they ought to have differed.
local torch = require 'torch.namespace'

local compare = {}

--- Compares tensors of one type and count; `what` names them in the texts.
local function elementwise(a, b, tolerance, what)
  -- Some element types have no abs.
  if not a.abs then a, b = a:double(), b:double() end
  local difference = a:clone():add(-1, b):abs():max()
  local text = '%s%s violation: max diff=%s, tolerance=%s'
  -- A difference of NaN is not within any tolerance.
  return difference <= tolerance,
    text:format(what, 'EQ(==)', tostring(difference), tostring(tolerance)),
    text:format(what, 'NE(==)', tostring(difference), tostring(tolerance))
end

--- Compares tensors.
-- @param ignore_shape whether only the number of elements must agree
function compare.tensors(a, b, tolerance, ignore_shape)
  if not ignore_shape and a:dim() ~= b:dim() then return false, 'The tensors have different dimensions' end
  if a:type() ~= b:type() then return false, 'The tensors have different types' end
  local empty = 'Both tensors are empty'
  if a:dim() == 0 and b:dim() == 0 then return true, empty, empty end
  local same_size
  if ignore_shape then same_size = a:nElement() == b:nElement() else same_size = a:isSameSizeAs(b) end
  if not same_size then return false, 'The tensors have different sizes' end
  return elementwise(a, b, tolerance, 'Tensor')
end

--- Compares storages.
function compare.storages(a, b, tolerance)
  local class = torch.type(a)
  if a:size() ~= b:size() then return false, 'The storages have different sizes' end
  if class ~= torch.type(b) then return false, 'The storages have different types' end
  if a:size() == 0 then return true, '', 'Both storages are empty' end
  local as_tensor = torch.getconstructortable((class:gsub('Storage$', 'Tensor')))
  return elementwise(as_tensor():set(a), as_tensor():set(b), tolerance, 'Storage')
end

function compare.numbers(a, b, tolerance)
  local suffix = tolerance > 0 and ' with tolerance=' .. tostring(tolerance) or ''
  return math.abs(a - b) <= tolerance,
    ('EQ failed: %s ~= %s%s'):format(tostring(a), tostring(b), suffix),
    ('NE failed: %s == %s%s'):format(tostring(a), tostring(b), suffix)
end

local function others(a, b)
  return a == b,
    ('EQ failed: %s (%s) ~= %s (%s)'):format(tostring(a), type(a), tostring(b), type(b)),
    ('NE failed: %s (%s) == %s (%s)'):format(tostring(a), type(a), tostring(b), type(b))
end

--- Compares tables level by level: of several differences the shallowest is reported.
function compare.tables(a, b, tolerance)
  local pending = { { a, b, nil } }
  -- Pairs that were queued before: tables may contain themselves.
  local seen = { [a] = { [b] = true } }
  local next_pair = 1
  while pending[next_pair] do
    local first, second, place = pending[next_pair][1], pending[next_pair][2], pending[next_pair][3]
    next_pair = next_pair + 1
    local function name(key) return place and place .. '.' .. tostring(key) or tostring(key) end
    for key, value in pairs(first) do
      local other = second[key]
      if other == nil then
        return false, ('Entry %s missing in second table (is %s in first)'):format(name(key), tostring(value))
      end
      if type(value) == 'table' and type(other) == 'table' then
        local partners = seen[value] or {}
        seen[value] = partners
        if not partners[other] then
          partners[other] = true
          pending[#pending + 1] = { value, other, name(key) }
        end
      else
        local equal, text = compare.values(value, other, tolerance)
        if not equal then return false, ('At table location %s: %s'):format(name(key), text) end
      end
    end
    for key, value in pairs(second) do
      if first[key] == nil then
        return false, ('Entry %s missing in first table (is %s in second)'):format(name(key), tostring(value))
      end
    end
  end
  return true, '', 'The tables are equal'
end

--- Compares any two values: tables, tensors and storages by content, numbers and elements within
-- `tolerance`, everything else by `==`.
function compare.values(a, b, tolerance)
  local kind = type(a)
  if kind ~= type(b) then
    return false, ('EQ failed: values have different types (first: %s, second: %s)'):format(kind, type(b))
  end
  if kind == 'number' then return compare.numbers(a, b, tolerance) end
  if kind == 'table' then return compare.tables(a, b, tolerance) end
  if torch.isTensor(a) and torch.isTensor(b) then return compare.tensors(a, b, tolerance) end
  if torch.isStorage(a) and torch.isStorage(b) then return compare.storages(a, b, tolerance) end
  return others(a, b)
end

return compare
