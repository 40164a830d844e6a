--- Shape helpers shared by the kernel families.
local shapes = {}

--- A view of one sample (ndim - 1 dimensions) as a batch of one; a batch is returned as it is.
function shapes.as_batch(tensor, ndim)
  if tensor:dim() == ndim then return tensor end
  return nn.utils.addSingletonDimension(tensor, 1)
end

--- Points `destination` at a freshly computed batch, or at its only sample where the input was a single one.
function shapes.deliver(destination, batch, single)
  if single then
    local size = batch:size()
    local sample = torch.LongStorage(#size - 1)
    for d = 1, #sample do sample[d] = size[d + 1] end
    batch = batch:view(sample)
  end
  destination:set(batch)
end

--- Raises unless `tensor` is a sample or a batch of the given rank with `planes` planes.
function shapes.check_planes(tensor, ndim, planes, what)
  local dim = tensor:dim()
  if dim ~= ndim and dim ~= ndim - 1 then
    error(('%s: %dD or %dD (batch mode) tensor expected, got %dD tensor'):format(what, ndim - 1, ndim, dim), 4)
  end
  local got = tensor:size(dim == ndim and 2 or 1)
  if planes and got ~= planes then
    error(('%s: %d planes expected, got %d in a tensor of size %s')
      :format(what, planes, got, table.concat(tensor:size():totable(), 'x')), 4)
  end
end

return shapes
