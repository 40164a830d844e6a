--- The pictures that scripts try things on. They are drawn here: hills under a sun in colour, rings in grey.
local floor, sin, exp, sqrt = math.floor, math.sin, math.exp, math.sqrt

local function level(x) return x <= 0 and 0 or x >= 255 and 255 or floor(x + 0.5) end

local function sky(x, y)
  local glow = exp(-((x - 0.7) ^ 2 + (y - 0.25) ^ 2) * 14)
  return 96 + 120 * glow + 30 * y, 136 + 74 * glow + 26 * y, 196 - 26 * glow - 22 * y
end

local function hill(x, y, depth)
  local grain = 8 * sin(97 * x + 31 * y) * sin(53 * y - 29 * x)
  local light = 0.8 + 0.2 * sin(9 * x + 5 * depth)
  return (92 - 16 * depth) * light + grain, (124 + 12 * depth) * light + grain, (84 + 10 * depth) * light + grain
end

local function landscape(x, y)
  for depth = 2, 0, -1 do
    local ridge = 0.52 + 0.13 * depth + 0.06 * sin((7 - depth) * x + 2 * depth) + 0.02 * sin(23 * x + depth)
    if y > ridge then return hill(x, y, depth) end
  end
  return sky(x, y)
end

-- No grey value lies half-way between two levels, where rounding would depend on the precision of the sum.
local function clear_of_halves(r, g, b)
  if (299 * r + 587 * g + 114 * b) % 1000 == 500 then b = b < 255 and b + 1 or b - 1 end
  return b
end

--- image.lena(): a picture in colour, 3 x 512 x 512.
function image.lena()
  local size = 512
  local bytes = torch.ByteTensor(3, size, size)
  local data, area = bytes:data(), size * size
  for y = 0, size - 1 do
    for x = 0, size - 1 do
      local r, g, b = landscape(x / size, y / size)
      r, g, b = level(r), level(g), level(b)
      local place = y * size + x
      data[place], data[place + area], data[place + 2 * area] = r, g, clear_of_halves(r, g, b)
    end
  end
  return torch.Tensor(bytes:size()):copy(bytes):mul(1 / 255)
end

--- image.fabio(): a picture in grey, 257 x 271.
function image.fabio()
  local height, width = 257, 271
  local bytes = torch.ByteTensor(height, width)
  local data = bytes:data()
  for y = 0, height - 1 do
    for x = 0, width - 1 do
      local dx, dy = x - 0.4 * width, y - 0.55 * height
      data[y * width + x] = level(128 + 70 * sin(sqrt(dx * dx + dy * dy) / 6) + 50 * (x - y) / width)
    end
  end
  return torch.Tensor(bytes:size()):copy(bytes):mul(1 / 255)
end
