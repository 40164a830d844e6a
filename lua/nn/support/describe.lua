--- Text of convolution and pooling layers, as print shows them.
local describe = {}

local function joined(module, names, separator)
  local values = {}
  for i, name in ipairs(names) do values[i] = ('%d'):format(module[name] or 0) end
  return table.concat(values, separator)
end

local function any_differs(module, names, neutral)
  for _, name in ipairs(names) do
    if module[name] and module[name] ~= neutral then return true end
  end
  return false
end

local axes = { [2] = { 'W', 'H' }, [3] = { 'T', 'W', 'H' } }

local function fields(prefix, rank)
  local names = {}
  for i, axis in ipairs(axes[rank]) do names[i] = prefix .. axis end
  return names
end

--- `nn.SpatialConvolution(3 -> 16, 5x5, 2,2, 1,1) without bias`; strides and paddings show where they are not all neutral.
-- options.extra: text that follows the padding; options.size: text that follows the planes.
function describe.convolution(module, rank, options)
  options = options or {}
  local stride, padding = fields('d', rank), fields('pad', rank)
  local text = ('%s(%d -> %d, %s%s'):format(torch.type(module), module.nInputPlane, module.nOutputPlane,
    options.size or '', joined(module, fields('k', rank), 'x'))
  local padded = any_differs(module, padding, 0)
  if padded or any_differs(module, stride, 1) then text = text .. ', ' .. joined(module, stride, ',') end
  if padded then text = text .. ', ' .. joined(module, padding, ',') end
  text = text .. (options.extra or '') .. ')'
  if not module.bias and not options.silent then text = text .. ' without bias' end
  return text
end

--- `, 1,1` where any of the fields `prefix`W, `prefix`H … is not zero, or always.
function describe.group(module, prefix, rank, always)
  local names = fields(prefix, rank)
  if always or any_differs(module, names, 0) then return ', ' .. joined(module, names, ',') end
  return ''
end

--- `nn.SpatialMaxPooling(2x2, 2,2, 1,1)`; the padding shows where there is some.
function describe.pooling(module, rank, extra)
  return ('%s(%s, %s%s%s)'):format(torch.type(module), joined(module, fields('k', rank), 'x'),
    joined(module, fields('d', rank), ','), describe.group(module, 'pad', rank), extra or '')
end

return describe
