--- Histograms: counts in equal bins.
local torch = require 'torch'

local histogram = {}

local DEFAULT_BINS = 72 -- the columns of a terminal, less its margin
local HEIGHT = 10

local Counts = {}
Counts.__index = Counts

--- The centres of the bins, a vector.
function Counts:places()
  local centres = torch.Tensor(self.bins)
  for i = 1, self.bins do centres[i] = self[i].val end
  return centres
end

--- A picture in letters: a column a bin.
function Counts:__tostring()
  local top = math.max(self.raw:max(), 1)
  local lines = {
    ('%d samples in %d bins, centres %g to %g; fewest in bin %d (%d), most in bin %d (%d)'):format(
      self.raw:sum(), self.bins, self[1].val, self[self.bins].val, self.min, self[self.min].nb, self.max, self[self.max].nb),
  }
  for row = HEIGHT, 1, -1 do
    local level, cells = top * row / HEIGHT, {}
    for i = 1, self.bins do cells[i] = self[i].nb >= level - 1e-9 and '|' or ' ' end
    lines[#lines + 1] = ('%8.2e:%s'):format(level, table.concat(cells))
  end
  return table.concat(lines, '\n')
end

--- histc(tensor [, bins [, min [, max]]]): values outside of min to max are not counted.
function histogram.count(tensor, bins, lowest, highest)
  if not torch.isTensor(tensor) then
    error('gnuplot.hist: expecting tensor [,bins] [,min] [,max], got ' .. torch.type(tensor), 3)
  end
  bins = bins or DEFAULT_BINS
  lowest, highest = lowest or tensor:min(), highest or tensor:max()
  local values = tensor:double()
  local raw = torch.histc(values:contiguous():view(-1), bins, lowest, highest)
  local width = (highest - lowest) / bins
  local counts = setmetatable({ raw = raw, bins = bins, binwidth = width }, Counts)
  local _, least = raw:min(1)
  local _, most = raw:max(1)
  counts.min, counts.max = least[1], most[1]
  for i = 1, bins do counts[i] = { val = lowest + (i - 0.5) * width, nb = raw[i] } end
  return counts
end

return histogram
