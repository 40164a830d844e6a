--- nn.tables: connection tables (rows of {input plane, output plane}) for SpatialConvolutionMap.
local tables = {}

--- Every output plane sees every input plane.
function tables.full(nin, nout)
  local connections = torch.Tensor(nin * nout, 2)
  for row = 1, nin * nout do
    connections[row][1] = (row - 1) % nin + 1
    connections[row][2] = math.floor((row - 1) / nin) + 1
  end
  return connections
end

--- Plane i sees plane i.
function tables.oneToOne(nfeat)
  local plane = torch.range(1, nfeat)
  return torch.cat(plane:view(nfeat, 1), plane:view(nfeat, 1), 2)
end

--- Every output plane sees nto input planes, dealt from permutations of the input planes until one runs short.
function tables.random(nin, nout, nto)
  if nto > nin then error(('tables.random: %d inputs an output, but only %d input planes'):format(nto, nin), 2) end
  local connections = torch.Tensor(nout * nto, 2)
  local permutation, used = torch.randperm(nin), 0
  for output = 1, nout do
    for i = 1, nto do
      local row = connections[(output - 1) * nto + i]
      row[1], row[2] = permutation[used + i], output
    end
    used = used + nto
    -- drawn as soon as the last one is used up, which keeps the random stream that of the original
    if used + nto > nin then permutation, used = torch.randperm(nin), 0 end
  end
  return connections
end

return tables
