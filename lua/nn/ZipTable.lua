--- nn.ZipTable(): from {{a1, a2}, {b1, b2}} the table {{a1, b1}, {a2, b2}}.
local ZipTable, Module = torch.class('nn.ZipTable', 'nn.Module')

function ZipTable:__init()
  Module.__init(self)
  self.output, self.gradInput = {}, {}
end

--- Exchanges rows and columns of a table of lists.
local function exchanged(rows)
  local columns = {}
  for i, row in ipairs(rows) do
    for j, value in ipairs(row) do
      columns[j] = columns[j] or {}
      columns[j][i] = value
    end
  end
  return columns
end

function ZipTable:updateOutput(input)
  for _, row in ipairs(input) do
    if #row ~= #input[1] then error('input tables should have the same number of elements', 2) end
  end
  self.output = exchanged(input)
  return self.output
end

function ZipTable:updateGradInput(_, gradOutput)
  self.gradInput = exchanged(gradOutput)
  return self.gradInput
end
