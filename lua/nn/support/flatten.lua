--- flatten(tensors): gathers tensors into one vector and re-points each of them into it.
-- Storages follow one another in the order in which they first appear; inside a storage the order of elements is kept and
-- elements that no tensor uses are left out. Tensors that overlapped still overlap. The vector has the first tensor's type;
-- `nn.Module._flattenTensorBuffer[type]`, where set, builds it instead (used to keep the vector in host memory).

--- Number of storage elements between the first and the last element of a tensor, both included.
local function extent(tensor)
  local last = 1
  for d = 1, tensor:dim() do last = last + (tensor:size(d) - 1) * tensor:stride(d) end
  return last
end

--- Distinct elements of a tensor: dimensions of stride 0 repeat the same ones.
local function distinct(tensor)
  local count = 1
  for d = 1, tensor:dim() do
    if tensor:stride(d) ~= 0 then count = count * tensor:size(d) end
  end
  return count
end

--- Groups the tensors' ranges by storage, in order of first appearance.
local function ranges_by_storage(tensors)
  local order, by_pointer = {}, {}
  for i, tensor in ipairs(tensors) do
    local length = extent(tensor)
    if length ~= distinct(tensor) then
      error(('cannot flatten parameter %d: its %d elements are spread over %d places of its storage; ' ..
             'make it contiguous first'):format(i, tensor:nElement(), length), 3)
    end
    local storage = tensor:storage()
    local key = torch.pointer(storage)
    local group = by_pointer[key]
    if not group then
      group = { storage = storage }
      by_pointer[key] = group
      order[#order + 1] = group
    end
    local first = tensor:storageOffset()
    group[#group + 1] = { first = first, last = first + length - 1 }
  end
  return order, by_pointer
end

--- Merges overlapping and adjacent ranges and gives each its place in the vector; returns the next free place.
local function assign_places(group, place)
  local sorted = {}
  for i, range in ipairs(group) do sorted[i] = range end
  table.sort(sorted, function(a, b) return a.first < b.first end)
  local runs = {}
  for _, range in ipairs(sorted) do
    local run = runs[#runs]
    if run and range.first <= run.last + 1 then
      run.last = math.max(run.last, range.last)
    else
      runs[#runs + 1] = { first = range.first, last = range.last }
    end
  end
  for _, run in ipairs(runs) do
    run.place = place
    place = place + run.last - run.first + 1
  end
  group.runs = runs
  return place
end

local function place_of(group, offset)
  for _, run in ipairs(group.runs) do
    if offset >= run.first and offset <= run.last then return run.place + offset - run.first end
  end
end

return function(tensors)
  if not tensors or #tensors == 0 then return torch.Tensor() end
  local kept, first = {}, tensors[1]
  for _, tensor in ipairs(tensors) do
    if tensor:dim() > 0 then kept[#kept + 1] = tensor end
  end
  local order, by_pointer = ranges_by_storage(kept)
  local place = 1
  for _, group in ipairs(order) do place = assign_places(group, place) end

  local build = nn.Module._flattenTensorBuffer and nn.Module._flattenTensorBuffer[torch.type(first)]
  local flat = build and build(place - 1) or first.new(place - 1)
  if place == 1 then return flat end
  for _, group in ipairs(order) do
    local source = first.new():set(group.storage, 1, torch.LongStorage { #group.storage })
    for _, run in ipairs(group.runs) do
      local length = run.last - run.first + 1
      flat:narrow(1, run.place, length):copy(source:narrow(1, run.first, length))
    end
  end
  local target = flat:storage()
  local moved = {}
  for _, tensor in ipairs(kept) do
    -- the same tensor object may stand in the list twice; it must be moved once
    local id = torch.pointer(tensor)
    if not moved[id] then
      moved[id] = true
      local group = by_pointer[torch.pointer(tensor:storage())]
      tensor:set(target, place_of(group, tensor:storageOffset()), tensor:size(), tensor:stride())
    end
  end
  return flat
end
