--- What the element-wise functions of the table share.
local pointwise = {}

--- Makes `declare(name, forward, backward, inplace)`, which puts both directions of one function into `kernels`.
-- forward(input, output, …) and backward(input, gradOutput, gradInput, …) find their result already sized. Where `inplace`
-- gives the position of the in-place flag among the trailing arguments, the result becomes the source tensor itself.
function pointwise.declarer(kernels)
  return function(name, forward, backward, inplace)
    kernels[name .. '_updateOutput'] = function(input, output, ...)
      if inplace and select(inplace.forward, ...) then
        forward(input, input, ...)
        output:set(input)
      else
        output:resizeAs(input)
        forward(input, output, ...)
      end
    end
    kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, ...)
      if inplace and select(inplace.backward, ...) then
        backward(input, gradOutput, gradOutput, ...)
        gradInput:set(gradOutput)
      else
        gradInput:resizeAs(gradOutput)
        backward(input, gradOutput, gradInput, ...)
      end
    end
  end
end

--- `tensor` in the shape of `like`: gradients often arrive with another shape and the same number of elements.
function pointwise.as(tensor, like)
  if tensor:isSameSizeAs(like) then return tensor end
  return tensor:contiguous():viewAs(like)
end

return pointwise
