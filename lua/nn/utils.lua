--- nn.utils: operations on tensors and on nested tables of tensors.
local utils = {}

local isTensor = torch.isTensor

local function unexpected(a, b)
  error(('expecting nested tensors or tables. Got %s and %s instead'):format(torch.type(a), torch.type(b)), 3)
end

local function class_of(type)
  local class = torch.getmetatable(type)
  if class then return class end
  local gpu = tostring(type):find('^torch%.Cuda') and ': tensors on the GPU come with cutorch, which is not loaded; run the '
    .. "script's CPU branch (often an option such as -gpu -1), without :cuda()" or ''
  error(('there is no tensor type %s%s'):format(tostring(type), gpu), 0)
end

--- A tensor of another type over a storage that is converted once for all tensors that share it.
local function converted_tensor(tensor, type, cache)
  local target = class_of(type).new()
  local storage = tensor:storage()
  if not storage then return target end
  local key = torch.pointer(storage)
  local entry = cache[key]
  if not entry then
    -- new(storage) would take a LongStorage for sizes
    local whole = tensor.new():set(storage, 1, torch.LongStorage { #storage })
    -- the source storage is kept so that its address cannot be reused while the cache lives
    entry = { converted = whole:type(type):storage(), source = storage }
    cache[key] = entry
  end
  if tensor:dim() == 0 then return target:set(entry.converted, 1, torch.LongStorage { 0 }) end
  return target:set(entry.converted, tensor:storageOffset(), tensor:size(), tensor:stride())
end

--- recursiveType(value, type[, cache]): converts every tensor in a value, a table, a module or a criterion.
function utils.recursiveType(value, type, cache)
  cache = cache or {}
  if isTensor(value) then
    if torch.typename(value) == type then return value end
    local key = torch.pointer(value)
    local entry = cache[key]
    if not entry then
      entry = { converted = converted_tensor(value, type, cache), source = value }
      cache[key] = entry
    end
    return entry.converted
  elseif torch.isTypeOf(value, 'nn.Module') or torch.isTypeOf(value, 'nn.Criterion') then
    value:type(type, cache)
  elseif torch.type(value) == 'table' then
    for key, element in pairs(value) do value[key] = utils.recursiveType(element, type, cache) end
  end
  return value
end

--- Walks `source` and a destination of the same nesting in step, creating and dropping parts of the destination.
local function mirror(destination, source, leaf)
  if torch.type(source) == 'table' then
    if torch.type(destination) ~= 'table' then destination = { destination } end
    for key, part in pairs(source) do destination[key] = mirror(destination[key], part, leaf) end
    for key in pairs(destination) do
      if source[key] == nil then destination[key] = nil end
    end
    return destination
  elseif isTensor(source) then
    if not isTensor(destination) then destination = source.new() end
    leaf(destination, source)
    return destination
  end
  return unexpected(destination, source)
end

--- recursiveResizeAs(t1, t2): gives t1 the nesting and sizes of t2; returns both.
function utils.recursiveResizeAs(t1, t2)
  return mirror(t1, t2, function(destination, source) destination:resizeAs(source) end), t2
end

--- recursiveCopy(t1, t2): a copy of t2 in t1; returns both. `async` is passed on to CUDA tensors.
function utils.recursiveCopy(t1, t2, async)
  return mirror(t1, t2, function(destination, source)
    destination:resize(source:size())
    if async then destination:copyAsync(source) else destination:copy(source) end
  end), t2
end

function utils.recursiveFill(t2, val)
  if torch.type(t2) == 'table' then
    for key, part in pairs(t2) do t2[key] = utils.recursiveFill(part, val) end
  elseif isTensor(t2) then
    t2:fill(val)
  else
    unexpected(t2)
  end
  return t2
end

--- recursiveAdd(t1[, val = 1], t2): t1 = t1 + val t2; returns both.
function utils.recursiveAdd(t1, val, t2)
  if not t2 then val, t2 = 1, val end
  if torch.type(t2) == 'table' then
    if torch.type(t1) ~= 'table' then t1 = { t1 } end
    for key, part in pairs(t2) do t1[key] = utils.recursiveAdd(t1[key], val, part) end
  elseif isTensor(t1) and isTensor(t2) then
    t1:add(val, t2)
  else
    unexpected(t1, t2)
  end
  return t1, t2
end

--- addSingletonDimension([view,] tensor, dim): a view of `tensor` with a dimension of size 1 at `dim`.
function utils.addSingletonDimension(...)
  local view, tensor, dim
  if select('#', ...) < 3 then tensor, dim = ... else view, tensor, dim = ... end
  if not isTensor(tensor) then error('addSingletonDimension: tensor expected, got ' .. torch.type(tensor), 2) end
  view = view or tensor.new()
  local ndim = tensor:dim()
  dim = dim or 1
  if dim < 1 or dim > ndim + 1 then
    error(('invalid dimension: %d. Tensor is of %d dimensions.'):format(dim, ndim), 2)
  end
  local size, stride = torch.LongStorage(ndim + 1), torch.LongStorage(ndim + 1)
  for d = 1, ndim do
    local place = d < dim and d or d + 1
    size[place], stride[place] = tensor:size(d), tensor:stride(d)
  end
  size[dim] = 1
  stride[dim] = dim <= ndim and tensor:size(dim) * tensor:stride(dim) or 1
  return view:set(tensor:storage(), tensor:storageOffset(), size, stride)
end

--- contiguousView(output, input, sizes…): `output` becomes input:view(sizes…), over a copy where input is not contiguous.
function utils.contiguousView(output, input, ...)
  output = output or input.new()
  if input:isContiguous() then return output:view(input, ...) end
  output:resize(input:size()):copy(input)
  return output:view(output, ...)
end

--- clear(self, names… | {names}): empties the named fields, keeping tensor objects and dropping anything else.
function utils.clear(self, ...)
  local names = { ... }
  if #names == 1 and type(names[1]) == 'table' then names = names[1] end
  for _, name in ipairs(names) do
    local field = self[name]
    if isTensor(field) then
      field:set()
    elseif type(field) == 'table' then
      self[name] = {}
    elseif field then
      self[name] = nil
    end
  end
  return self
end

return utils
