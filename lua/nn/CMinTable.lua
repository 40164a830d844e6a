--- nn.CMinTable(): the smallest of the input table's tensors at each place.
local CMinTable, Module = torch.class('nn.CMinTable', 'nn.Module')

require('nn.support.extreme_table')(CMinTable, Module, 'lt', 'minIdx', 'minVals')
