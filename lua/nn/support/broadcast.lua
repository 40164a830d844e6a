--- How a parameter of fixed size meets an input: element by element when the counts agree, along the parameter's dimensions of
-- size 1 when the ranks agree, and otherwise as one sample of the batch that the input is.
local broadcast = {}

--- `parameter` repeated to as many elements as `input`, in the order of its elements.
function broadcast.expand(parameter, input)
  if parameter:nElement() == input:nElement() then return parameter end
  if parameter:dim() == input:dim() then return parameter:expandAs(input) end
  return parameter:contiguous():view(1, parameter:nElement()):expand(input:size(1), parameter:nElement())
end

--- The sum of `gradient` (of the input's size) over whatever `parameter` was repeated along.
function broadcast.reduce(gradient, parameter)
  if parameter:nElement() == gradient:nElement() then return gradient end
  if parameter:dim() == gradient:dim() then
    for d = 1, parameter:dim() do
      if parameter:size(d) ~= gradient:size(d) then gradient = gradient:sum(d) end
    end
    return gradient
  end
  return gradient:contiguous():view(gradient:size(1), parameter:nElement()):sum(1)
end

--- LongStorage from numbers or from a LongStorage.
function broadcast.size_argument(...)
  local first = ...
  if select('#', ...) == 1 and torch.typename(first) == 'torch.LongStorage' then
    return torch.LongStorage(#first):copy(first)
  end
  return torch.LongStorage { ... }
end

return broadcast
