--- class_target(criterion, target): class numbers as the integer tensor that class losses take; a number becomes one element.
return function(criterion, target)
  if type(target) == 'number' then
    criterion.target = (criterion.target or torch.LongTensor()):resize(1):fill(target)
    return criterion.target
  end
  local name = torch.typename(target)
  if name == 'torch.LongTensor' or name == 'torch.CudaLongTensor' then return target end
  local buffer = criterion.target
  if name:find('torch%.Cuda') then
    if torch.CudaLongTensor and torch.typename(buffer) ~= 'torch.CudaLongTensor' then buffer = torch.CudaLongTensor() end
  elseif torch.typename(buffer) ~= 'torch.LongTensor' then
    buffer = torch.LongTensor()
  end
  criterion.target = buffer:resize(target:size()):copy(target)
  return criterion.target
end
