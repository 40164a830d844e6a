--- dimension(dim, input[, nInputDims]): the dimension a layer means, counted from 1.
-- Negative dimensions count from the end. With nInputDims, `dim` counts within one sample, and a tensor with one more
-- dimension is a batch of samples.
return function(dim, input, nInputDims)
  local ndim = input:dim()
  if dim < 0 then return ndim + dim + 1 end
  if nInputDims and ndim == nInputDims + 1 then return dim + 1 end
  return dim
end
