--- image.toDisplayTensor, image.display: images side by side, and shown as a file.
local forms = require 'image.forms'

local grid_arguments = {
  { 'input', required = true }, { 'padding', 0 }, { 'nrow', 6 }, { 'scaleeach', false }, { 'min' }, { 'max' },
  { 'symmetric', false }, { 'saturate', true },
}

local display_arguments = {
  { 'image', required = true }, { 'zoom', 1 }, { 'min' }, { 'max' }, { 'legend', 'image.display' }, { 'win' }, { 'x', 0 },
  { 'y', 0 }, { 'scaleeach', false }, { 'gui', true }, { 'offscreen', false }, { 'padding', 0 }, { 'symmetric', false },
  { 'nrow', 6 }, { 'saturate', true },
}

-- A copy of the input as one tensor.
local function packed(input)
  if torch.isTensor(input) then return torch.Tensor(input:size()):copy(input) end
  if type(input) ~= 'table' or not torch.isTensor(input[1]) then
    forms.raise('toDisplayTensor', 'Unknown or incompatible type of input: %s', torch.type(input))
  end
  local first = input[1]
  local dimensions = first:dim()
  local channels = dimensions == 2 and 1 or first:size(1)
  local pack = torch.Tensor(#input, channels, first:size(dimensions - 1), first:size(dimensions))
  for i, picture in ipairs(input) do pack[i]:copy(picture) end
  return pack
end

local function is_picture(pack)
  return pack:dim() == 2 or (pack:dim() == 3 and (pack:size(1) == 1 or pack:size(1) == 3))
end

local function is_list(pack)
  return pack:dim() == 3 or (pack:dim() == 4 and (pack:size(2) == 1 or pack:size(2) == 3))
end

-- Pictures in rows of `columns`; the gaps are as bright as the brightest pixel.
local function arranged(pack, columns, padding)
  local dimensions, count = pack:dim(), pack:size(1)
  columns = math.min(columns, count)
  local height, width = pack:size(dimensions - 1) + padding, pack:size(dimensions) + padding
  local sizes = { height * math.ceil(count / columns), width * columns }
  if dimensions == 4 then table.insert(sizes, 1, pack:size(2)) end
  local grid = torch.Tensor(torch.LongStorage(sizes)):fill(pack:max())
  for i = 1, count do
    local row, column = math.floor((i - 1) / columns), (i - 1) % columns
    grid:narrow(dimensions - 2, math.floor(row * height + 1 + padding / 2), height - padding)
      :narrow(dimensions - 1, math.floor(column * width + 1 + padding / 2), width - padding):copy(pack[i])
  end
  return grid
end

local function to_display(arguments)
  local function scale(tensor)
    return image.minmax {
      tensor = tensor, inplace = true, min = arguments.min, max = arguments.max, symm = arguments.symmetric,
      saturate = arguments.saturate,
    }
  end
  local pack = packed(arguments.input)
  if is_picture(pack) then return scale(pack) end
  if not is_list(pack) then
    forms.raise('toDisplayTensor', 'packed must be a HxW or KxHxW or Kx3xHxW tensor, or a list of tensors, got %s',
      torch.describe(pack))
  end
  if arguments.scaleeach then
    for i = 1, pack:size(1) do scale(pack[i]) end
  end
  local grid = arranged(pack, arguments.nrow, arguments.padding)
  return arguments.scaleeach and grid or scale(grid)
end

--- image.toDisplayTensor{input = …, padding = 0, nrow = 6, scaleeach = false, min, max, symmetric = false, saturate =
-- true}: one image, scaled to 0 to 1, from an image, a list of images or a tensor of images.
function image.toDisplayTensor(...) return to_display(forms.named('toDisplayTensor', grid_arguments, ...)) end

--- image.display{image = …, zoom = 1, win, legend, and the arguments of toDisplayTensor}: there is no window system, so the
-- image goes to a PNG file, whose path is written to the standard error. Answers a table with the path; given as `win` it
-- makes the next image replace this one.
function image.display(...)
  local arguments = forms.named('display', display_arguments, ...)
  arguments.input = arguments.image
  local picture = to_display(arguments)
  if arguments.zoom ~= 1 then
    local dimensions = picture:dim()
    local zoom = arguments.zoom
    picture = image.scale(picture, picture:size(dimensions) * zoom, picture:size(dimensions - 1) * zoom, 'simple')
  end
  local window = type(arguments.win) == 'table' and arguments.win or {}
  local new = not window.path
  if new then
    local name = os.tmpname()
    os.remove(name)
    window.path = name .. '.png'
  end
  window.image, window.legend = picture, arguments.legend
  image.savePNG(window.path, picture)
  if new then io.stderr:write(('%s: written to %s\n'):format(arguments.legend, window.path)) end
  return window
end

--- image.window(…): raises; there is no window system.
function image.window() forms.raise('window', 'there is no window system; image.display writes images to files') end
