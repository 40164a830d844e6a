--- Image files: JPEG, PNG, PPM and PGM, read and written by the Python service `images`.
local ffi = require 'ffi'
local host = require 'bridge.host'
local forms = require 'image.forms'

local service
local function images()
  service = service or host.python('images')
  return service
end

local function address(tensor) return tonumber(ffi.cast('intptr_t', ffi.cast('void *', tensor:data()))) end

local classes = { byte = 'torch.ByteTensor', float = 'torch.FloatTensor', double = 'torch.DoubleTensor' }

-- Bytes of a file, channels innermost, and the bits a channel had.
local function decoded(kind, path, bytes)
  local packed = bytes and bytes:contiguous()
  local token, height, width, channels, bits = images().decode(kind, path, packed and address(packed) or 0,
    packed and packed:nElement() or 0)
  local words = bits == 16 and torch.ShortTensor(height, width, channels) or torch.ByteTensor(height, width, channels)
  images().take(token, address(words))
  return words:permute(3, 1, 2), bits
end

-- Pixels in the class asked for: bytes as they are, other classes from 0 to 1.
local function converted(words, bits, kind)
  local class = kind and classes[kind] or torch.getdefaulttensortype()
  if kind and not classes[kind] then forms.raise('load', 'type must be one of: byte | float | double, got %s', tostring(kind)) end
  if bits == 8 then
    local pixels = words:type(class)
    if class == 'torch.ByteTensor' then return pixels:contiguous() end
    return pixels:contiguous():mul(1 / 255)
  end
  local values = words:int():contiguous()
  values[values:lt(0)] = values[values:lt(0)] + 65536 -- a ShortTensor holds the unsigned words
  if class == 'torch.ByteTensor' then return values:div(256):type(class) end
  return values:type(class):mul(1 / 65535)
end

-- Channels as asked for: 1 makes colour images a plane of grey of two dimensions, 3 repeats grey.
local function with_depth(pixels, depth)
  local channels = pixels:size(1)
  if depth == 1 and channels >= 3 then return image.rgb2y(pixels:narrow(1, 1, 3))[1] end
  if depth == 1 and channels == 2 then return pixels:narrow(1, 1, 1) end
  if depth == 3 and channels == 4 then return pixels:narrow(1, 1, 3) end
  if depth == 3 and channels <= 2 then
    return pixels:narrow(1, 1, 1):expand(3, pixels:size(2), pixels:size(3)):clone()
  end
  return pixels
end

local function raised_by(name, ...)
  local results = { pcall(...) }
  if results[1] then return unpack(results, 2) end
  forms.raise(name, '%s', (tostring(results[2]):gsub('^.-Error: ', '')))
end

local function read(name, kind, path, bytes, depth, class)
  local words, bits = raised_by(name, decoded, kind, path, bytes)
  return with_depth(converted(words, bits, class), depth)
end

-- The bytes to write: values from 0 to 1 become 0 to 255, without rounding.
local function bytes_of(pixels)
  if pixels:type() == 'torch.ByteTensor' then return pixels end
  return torch.Tensor(pixels:size()):copy(pixels):clamp(0, 1):mul(255):byte()
end

local function write(name, kind, path, pixels, quality, depths)
  local channels = pixels:dim() == 2 and 1 or pixels:size(1)
  if pixels:dim() ~= 2 and pixels:dim() ~= 3 or not depths[channels] then
    forms.raise(name, 'an image of %s channels expected, got %s', depths.text, torch.describe(pixels))
  end
  local bytes = bytes_of(pixels)
  if bytes:dim() == 2 then bytes = bytes:view(1, bytes:size(1), bytes:size(2)) end
  local packed = bytes:permute(2, 3, 1):contiguous()
  local token, count = raised_by(name, images().encode, kind, path, address(packed), packed:size(1), packed:size(2), channels,
    quality or 75)
  if path then return end
  local stream = torch.ByteTensor(count)
  images().take(token, address(stream))
  return stream
end

local function check_bytes(name, bytes)
  if torch.typename(bytes) ~= 'torch.ByteTensor' then
    forms.raise(name, 'Input tensor must be a byte tensor, got %s', torch.type(bytes))
  end
end

local function check_path(name, path)
  if type(path) ~= 'string' then forms.raise(name, 'missing file name') end
end

local formats = {
  jpg = { suffix = 'JPG', depths = { [1] = true, [3] = true, text = '1 or 3' } },
  png = { suffix = 'PNG', depths = { [1] = true, [3] = true, [4] = true, text = '1, 3 or 4' } },
  ppm = { suffix = 'PPM', depths = { [3] = true, text = '3' } },
  pgm = { suffix = 'PGM', depths = { [1] = true, text = '1' } },
}

--- image.loadJPG(path[, depth[, class]]), image.saveJPG(path, image), image.getJPGsize(path), and the same for PNG, PPM
-- and (saving only) PGM.
for kind, format in pairs(formats) do
  local suffix = format.suffix
  local function load(path, depth, class)
    check_path('load' .. suffix, path)
    return read('load' .. suffix, kind, path, nil, depth, class)
  end
  local function save(path, pixels)
    check_path('save' .. suffix, path)
    write('save' .. suffix, kind, path, pixels, nil, format.depths)
  end
  local function size(path)
    check_path('get' .. suffix .. 'size', path)
    return raised_by('get' .. suffix .. 'size', images().size, kind, path)
  end
  image['save' .. suffix] = save
  if kind ~= 'pgm' then image['load' .. suffix], image['get' .. suffix .. 'size'] = load, size end
  format.loader, format.saver, format.sizer = load, save, size
end

--- image.compressJPG(image[, quality = 75]): the bytes of the file, as a ByteTensor.
function image.compressJPG(pixels, quality) return write('compressJPG', 'jpg', nil, pixels, quality, formats.jpg.depths) end

--- image.compressPNG(image): the bytes of the file, as a ByteTensor.
function image.compressPNG(pixels) return write('compressPNG', 'png', nil, pixels, nil, formats.png.depths) end

local function decompressor(kind)
  local name = 'decompress' .. formats[kind].suffix
  return function(bytes, depth, class)
    check_bytes(name, bytes)
    return read(name, kind, nil, bytes, depth, class)
  end
end

--- image.decompressJPG(bytes[, depth[, class]]), image.decompressPNG(…): the image in the bytes of a file.
image.decompressJPG = decompressor('jpg')
image.decompressPNG = decompressor('png')

local function kind_of(head)
  if head:sub(1, 3) == '\255\216\255' then return 'jpg' end
  if head == '\137PNG' then return 'png' end
  if head:find('^P[25]') then return 'pgm' end
  if head:find('^P[36]') then return 'ppm' end
end

--- image.decompress(bytes[, depth[, class]]): of a JPEG or PNG, whichever it is.
function image.decompress(bytes, depth, class)
  check_bytes('decompress', bytes)
  local kind = bytes:nElement() >= 4 and kind_of(ffi.string(bytes:contiguous():data(), 4))
  if kind ~= 'jpg' and kind ~= 'png' then forms.raise('decompress', 'Input must be either jpg or png format') end
  return formats[kind].suffix == 'JPG' and image.decompressJPG(bytes, depth, class) or image.decompressPNG(bytes, depth, class)
end

--- Formats by the suffix of a file's name: tables of loader, saver and sizer.
image.supported_filetypes = {}
for kind, suffixes in pairs { jpg = 'jpg jpeg JPG JPEG', png = 'png PNG', ppm = 'ppm PPM', pgm = 'pgm PGM' } do
  for suffix in suffixes:gmatch('%a+') do image.supported_filetypes[suffix] = formats[kind] end
end

--- Whether files with a suffix can be read and written.
function image.is_supported(suffix) return image.supported_filetypes[suffix] ~= nil end

local function format_of(name, path, suffix)
  local format = image.supported_filetypes[suffix]
  if format then return format end
  if not suffix then forms.raise(name, 'unable to determine image type for file: %s', path) end
  forms.raise(name, 'unknown image type: %s', suffix)
end

-- The content decides; the suffix where the content is not known.
local function format_of_content(name, path)
  check_path(name, path)
  local file, message = io.open(path, 'rb')
  if not file then forms.raise(name, '%s', message) end
  local head = file:read(4) or ''
  file:close()
  return format_of(name, path, kind_of(head) or path:match('%.(%a+)$'))
end

--- image.load(path[, depth[, class]]): channels x height x width, values from 0 to 1 ('byte': 0 to 255). depth 1 or 3
-- converts between grey and colour; class is 'byte', 'float' or 'double', by default the default tensor's.
function image.load(path, depth, class) return format_of_content('load', path).loader(path, depth, class) end

--- image.getSize(path): LongTensor of channels, height, width, without reading the pixels.
function image.getSize(path) return torch.LongTensor { format_of_content('getSize', path).sizer(path) } end

--- image.save(path, image): the suffix names the format. Values are cut off below 0 and above 1.
function image.save(path, pixels)
  check_path('save', path)
  if not torch.isTensor(pixels) then forms.raise('save', 'missing tensor to save, got %s', torch.type(pixels)) end
  format_of('save', path, path:match('%.(%a+)$')).saver(path, pixels)
end

--- What old scripts call through tensors: tensor.libjpeg.load(from_file, path or bytes), save, size; libpng, libppm alike.
-- Pixels are not scaled to 1 here.
function image._file_functions(class)
  local function raw(kind, path, bytes)
    local words, bits = raised_by('load', decoded, kind, path, bytes)
    if bits == 16 then return converted(words, bits, 'double'):mul(65535):type(class), bits end
    return words:type(class):contiguous(), bits
  end
  local function functions(kind)
    return {
      load = function(from_file, source)
        if kind == 'ppm' then return (raw(kind, from_file)) end
        if from_file == 1 then return raw(kind, source) end
        return raw(kind, nil, source)
      end,
      save = function(path, pixels, to_file, quality, bytes)
        if kind == 'png' then quality, bytes = nil, quality end
        local depths = formats[kind == 'ppm' and pixels:dim() == 2 and 'pgm' or kind].depths
        local stream = write('save', kind, to_file ~= 0 and path or nil, pixels:byte(), quality, depths)
        if stream then bytes:resize(stream:size()):copy(stream) end
      end,
      size = formats[kind].sizer,
    }
  end
  return { libjpeg = functions('jpg'), libpng = functions('png'), libppm = functions('ppm') }
end
