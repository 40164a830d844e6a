--- image.drawText, image.drawRect: text and frames on images in colour. Colours are {red, green, blue} from 0 to 255.
local font = require 'image.font'
local forms = require 'image.forms'

local function check(name, source)
  if not torch.isTensor(source) or source:dim() ~= 3 or source:size(1) ~= 3 then
    forms.raise(name, 'input image has to be a 3D tensor of shape 3 x H x W, got %s',
      torch.isTensor(source) and torch.describe(source) or torch.type(source))
  end
end

-- Fills columns x1 to x2 - 1 and rows y1 to y2 - 1, from 0, as far as they lie inside.
local function paint(canvas, x1, y1, x2, y2, colour)
  x1, y1 = math.max(x1, 0), math.max(y1, 0)
  x2, y2 = math.min(x2, canvas:size(3)), math.min(y2, canvas:size(2))
  if x2 <= x1 or y2 <= y1 then return end
  local part = canvas:narrow(2, y1 + 1, y2 - y1):narrow(3, x1 + 1, x2 - x1)
  local unit = canvas:type() == 'torch.ByteTensor' and 1 or 255
  for k = 1, 3 do part[k]:fill(colour[k] / unit) end
end

-- A letter stands in a cell one dot wider and higher than itself.
local function draw_letter(canvas, code, x, y, size, colour, background)
  for row = 0, font.height do
    for column = 0, font.width do
      local paint_with = font.dot(code, column, row) and colour or background
      if paint_with then
        paint(canvas, x + column * size, y + row * size, x + (column + 1) * size, y + (row + 1) * size, paint_with)
      end
    end
  end
end

local function draw_text(canvas, text, x, y, size, colour, background, wrap)
  local advance, line = (font.width + 1) * size, (font.height + 1) * size
  local left, top = x, y
  for character in text:gmatch('.') do
    if character == '\n' then
      left, top = x, top + line
    elseif character ~= '\r' then
      if wrap and left + advance >= canvas:size(3) then left, top = 0, top + line end
      draw_letter(canvas, character:byte(), left, top, size, colour, background)
      left = left + advance
    end
  end
end

local function opaque(colour)
  for k = 1, 3 do
    if colour[k] == -1 then return nil end
  end
  return colour
end

--- image.drawText(image, text, x, y[, {color = {255, 0, 0}, bg = {-1, -1, -1}, size = 1, wrap = true, inplace}]): a copy
-- (the image itself where inplace) with text; -1 in bg leaves the background as it is.
function image.drawText(source, text, x, y, options)
  check('drawText', source)
  options = options or {}
  local canvas = options.inplace and source or source:clone()
  if not text or not text:find('%S') then return canvas end
  draw_text(canvas, text, x or 1, y or 1, options.size or 1, options.color or { 255, 0, 0 }, options.bg and opaque(options.bg),
    options.wrap ~= false)
  return canvas
end

--- tensor.image.text(image, text, x, y, size, red, green, blue, bg red, bg green, bg blue, wrap)
function image._methods.text(canvas, text, x, y, size, red, green, blue, back_red, back_green, back_blue, wrap)
  draw_text(canvas, text, x, y, size, { red, green, blue }, opaque { back_red, back_green, back_blue }, wrap ~= 0)
end

--- tensor.image.drawRect(image, x1, y1, x2, y2, lineWidth, red, green, blue)
function image._methods.drawRect(canvas, x1, y1, x2, y2, width, red, green, blue)
  local colour = { red, green, blue }
  local before = math.floor(width / 2) + 1
  local left, top, right, bottom = x1 - before, y1 - before, x2 - before, y2 - before
  paint(canvas, left, top, left + width, bottom + width, colour)
  paint(canvas, right, top, right + width, bottom + width, colour)
  paint(canvas, left, top, right + width, top + width, colour)
  paint(canvas, left, bottom, right + width, bottom + width, colour)
end

--- image.drawRect(image, x1, y1, x2, y2[, {color = {255, 0, 0}, lineWidth = 1, inplace}]): a copy (the image itself where
-- inplace) with a frame whose corners are these pixels, counted from 1.
function image.drawRect(source, x1, y1, x2, y2, options)
  check('drawRect', source)
  options = options or {}
  local canvas = options.inplace and source or source:clone()
  if not (x1 and y1 and x2 and y2) then return canvas end
  local colour = options.color or { 255, 0, 0 }
  image._methods.drawRect(canvas, x1, y1, x2, y2, options.lineWidth or 1, colour[1], colour[2], colour[3])
  return canvas
end
