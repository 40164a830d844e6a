--- nn.CMaxTable(): the largest of the input table's tensors at each place.
local CMaxTable, Module = torch.class('nn.CMaxTable', 'nn.Module')

require('nn.support.extreme_table')(CMaxTable, Module, 'gt', 'maxIdx', 'maxVals')
