--- LookupTable: gradients of selected rows, and renormalisation of rows. Row numbers are 1-based.
local bridge = require 'bridge'

local aten, C = bridge.aten, bridge.C
local kernels = {}
local real_on_cpu = { ['torch.FloatTensor'] = true, ['torch.DoubleTensor'] = true }

local function rows_of(input)
  if torch.typename(input):find('Long') then return input:contiguous():view(-1) end
  return input:contiguous():view(-1):long()
end

--- How often each row occurs, at the place of each occurrence.
local function frequencies(rows, like)
  local counts, places = {}, like.new(rows:nElement())
  for i = 1, rows:nElement() do counts[rows[i]] = (counts[rows[i]] or 0) + 1 end
  for i = 1, rows:nElement() do places[i] = counts[rows[i]] end
  return places
end

--- gradWeight[row] += scale gradOutput[occurrence] for every occurrence of a row other than paddingValue.
-- With scaleGradByFreq each occurrence counts 1 / (occurrences of its row).
function kernels.LookupTable_accGradParameters(input, gradOutput, gradWeight, _, _, _, scaleGradByFreq, paddingValue,
                                               scale)
  local rows = rows_of(input)
  local count = rows:nElement()
  local first, last = rows:min(), rows:max()
  if first < 1 or last > gradWeight:size(1) then
    error(('inputs need to be in the range %d <= input <= %d, but got input of value: %d')
      :format(1, gradWeight:size(1), first < 1 and first or last), 2)
  end
  local width = gradWeight:size(2)
  if gradOutput:nElement() < count * width then
    error(('gradients of %d rows of %d elements expected, got %d elements'):format(count, width, gradOutput:nElement()), 2)
  end
  local gradients = gradOutput:contiguous():view(-1, width):narrow(1, 1, count)
  if scaleGradByFreq then
    gradients = torch.cdiv(gradients, frequencies(rows, gradWeight):view(count, 1):expandAs(gradients))
  end
  if real_on_cpu[torch.typename(gradWeight)] then
    if C.fbl_lookup_weight(gradWeight, rows, gradients, scale, paddingValue or 0) ~= 0 then bridge.fail() end
    return
  end
  if paddingValue and paddingValue >= first and paddingValue <= last then
    local kept = rows:ne(paddingValue):nonzero()
    if kept:nElement() == 0 then return end
    kept = kept:view(-1)
    rows, gradients = rows:index(1, kept), gradients:index(1, kept)
  end
  aten['index_add.out'](gradWeight, 0, aten['sub.Scalar'](rows, 1, 1), gradients, scale, gradWeight)
end

--- Scales each named row whose norm exceeds maxNorm down to it. `idx` is a vector of row numbers.
function kernels.LookupTable_renorm(idx, weight, maxNorm, normType)
  if normType <= 0 then error('non-positive-norm not supported', 2) end
  local seen = {}
  for i = 1, idx:nElement() do
    local row = idx[i]
    if row < 1 or row > weight:size(1) then
      error(('input need to be in the range 1 <= input <= %d, got %d'):format(weight:size(1), row), 2)
    end
    if not seen[row] then
      seen[row] = true
      local values = weight:select(1, row)
      local norm = values:norm(normType)
      if norm > maxNorm then values:mul(maxNorm / (norm + 1e-7)) end
    end
  end
end

return kernels
