--- optim.ConfusionMatrix(nclasses | classes[, classes]): counts predictions (columns) against targets (rows).
-- mat: nclasses x nclasses LongTensor; after updateValids() also valids and unionvalids (per class), totalValid, averageValid
-- and averageUnionValid. Targets below 1 are not counted.
local ffi = require 'ffi'

local ConfusionMatrix = torch.class('optim.ConfusionMatrix')

function ConfusionMatrix:__init(nclasses, classes)
  if type(nclasses) == 'table' then nclasses, classes = #nclasses, nclasses end
  self.nclasses = nclasses
  self.classes = classes or {}
  self.mat = torch.LongTensor(nclasses, nclasses):zero()
  self.valids = torch.FloatTensor(nclasses):zero()
  self.unionvalids = torch.FloatTensor(nclasses):zero()
  self.totalValid, self.averageValid = 0, 0
  self._mat_flat = self.mat:view(-1)
  self._target, self._prediction = torch.FloatTensor(), torch.FloatTensor()
  self._max = torch.FloatTensor()
  self._pred_idx, self._targ_idx = torch.LongTensor(), torch.LongTensor()
end

--- A class number from a number or from a vector of scores.
local function winner(value)
  if type(value) == 'number' then return value end
  if not torch.isTensor(value) or value:dim() ~= 1 then
    error('ConfusionMatrix: a class number or a vector of scores expected, got ' .. torch.type(value), 3)
  end
  local _, index = value:float():max(1)
  return index[1]
end

--- Counts one prediction; each argument is a class number or a vector of scores.
function ConfusionMatrix:add(prediction, target)
  local row, column = winner(target), winner(prediction)
  if row > 0 then self.mat[row][column] = self.mat[row][column] + 1 end
end

--- One class number a row from a vector of numbers, a column of numbers, or a matrix of scores.
local function winners(values, what)
  local ndim = values:dim()
  if ndim == 1 then return values:long() end
  if ndim ~= 2 then error(what .. ' has invalid number of dimensions', 3) end
  if values:size(2) == 1 then return values:select(2, 1):long() end
  local _, index = values:float():max(2)
  return index:select(2, 1)
end

--- Counts a batch: N class numbers, or N x nclasses scores, for each argument.
function ConfusionMatrix:batchAdd(predictions, targets)
  local columns, rows = winners(predictions, 'predictions'), winners(targets, 'targets')
  local counted = rows:ge(1)
  if counted:sum() == 0 then return end
  rows, columns = rows[counted], columns[counted]
  local place = rows:add(-1):mul(self.nclasses):add(columns)
  -- files written before the flat view was kept lack it
  self._mat_flat = self._mat_flat or self.mat:view(-1)
  self._mat_flat:indexAdd(1, place, torch.LongTensor(place:size(1)):fill(1))
end

function ConfusionMatrix:zero()
  self.mat:zero()
  self.valids:zero()
  self.unionvalids:zero()
  self.totalValid, self.averageValid = 0, 0
end

--- Mean of the numbers for which `usable` holds.
local function mean_where(values, usable)
  local sum, count = 0, 0
  for i = 1, values:size(1) do
    if usable(i) then
      sum = sum + values[i]
      count = count + 1
    end
  end
  return sum / count
end

--- Recomputes the rates from the counts. A class without targets has the rate NaN and is left out of the means.
function ConfusionMatrix:updateValids()
  local hits = 0
  for class = 1, self.nclasses do
    local hit = self.mat[class][class]
    local targets, predictions = self.mat:select(1, class):sum(), self.mat:select(2, class):sum()
    self.valids[class] = hit / targets
    self.unionvalids[class] = hit / (targets + predictions - hit)
    hits = hits + hit
  end
  self.totalValid = hits / self.mat:sum()
  local function known(i) return self.valids[i] == self.valids[i] end
  self.averageValid = mean_where(self.valids, known)
  self.averageUnionValid = mean_where(self.unionvalids, function(i)
    return known(i) and self.unionvalids[i] == self.unionvalids[i]
  end)
end

--- False rejection and false acceptance rates: by class (-1 for classes without targets), then those of the others alone.
function ConfusionMatrix:farFrr()
  local count, n = self.mat:sum(2), self.nclasses
  local class_frrs, class_fars = torch.zeros(n):add(-1), torch.zeros(n):add(-1)
  local frrs, fars = {}, {}
  for i = 1, n do
    if count[i][1] ~= 0 then
      local accepted, others = 0, 0
      for j = 1, n do
        if j ~= i and count[j][1] ~= 0 then
          accepted = accepted + self.mat[j][i] / count[j][1]
          others = others + 1
        end
      end
      class_frrs[i] = 1 - self.mat[i][i] / count[i][1]
      class_fars[i] = accepted / others
      frrs[#frrs + 1], fars[#fars + 1] = class_frrs[i], class_fars[i]
    end
  end
  return class_frrs, class_fars, torch.Tensor(frrs), torch.Tensor(fars)
end

--- A picture of the matrix (3 x height x width), drawn through matplotlib; with `display` also saved as a PNG.
-- sortmode: 'score' (default) or 'occurrence'; block: pixels a cell; legendwidth: pixels for the class names.
function ConfusionMatrix:render(sortmode, display, block, legendwidth)
  sortmode = sortmode or 'score'
  if sortmode ~= 'score' and sortmode ~= 'occurrence' then error('sort mode must be one of: score | occurrence', 2) end
  local file = os.tmpname()
  local rows, names = {}, {}
  for i = 1, self.nclasses do
    rows[i] = self.mat[i]:totable()
    names[i] = tostring(self.classes[i] or i)
  end
  local plots = require('bridge.host').python('plots')
  local png = display and 'confusion.png' or nil
  local width, height = plots.confusion(file, rows, names, sortmode, block or 25, legendwidth or 200, png)
  local stream = io.open(file, 'rb')
  local pixels = stream:read('*a')
  stream:close()
  os.remove(file)
  if png then print('<ConfusionMatrix> picture saved as ' .. png) end
  local bytes = torch.ByteTensor(height, width, 3)
  ffi.copy(bytes:data(), pixels, #pixels)
  return bytes:permute(3, 1, 2):double():div(255)
end

function ConfusionMatrix:__tostring__()
  self:updateValids()
  local width = math.max(8, 1 + math.ceil(math.log10(self.mat:max())))
  local cell = '%' .. width .. 'd'
  local named = self.classes and self.classes[1]
  local lines = {}
  for row = 1, self.nclasses do
    local cells = {}
    for column = 1, self.nclasses do cells[column] = cell:format(self.mat[row][column]) end
    lines[row] = ('%s[%s]%s  %2.3f%% \t%s\n'):format(row == 1 and '[' or ' ', table.concat(cells),
      row == self.nclasses and ']' or ' ', self.valids[row] * 100,
      named and ('[class: %s]'):format(self.classes[row] or '') or ''):gsub('\t\n$', '\n')
  end
  return 'ConfusionMatrix:\n' .. table.concat(lines)
    .. ' + average row correct: ' .. self.averageValid * 100 .. '% \n'
    .. ' + average rowUcol correct (VOC measure): ' .. self.averageUnionValid * 100 .. '% \n'
    .. ' + global correct: ' .. self.totalValid * 100 .. '%'
end

return optim.ConfusionMatrix
