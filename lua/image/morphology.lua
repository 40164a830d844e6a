--- image.erode, image.dilate: morphology of images of 0 and 1, with kernels of odd sizes.
local forms = require 'image.forms'

local function padded(source, kernel, value)
  local rows, columns = (kernel:size(1) - 1) / 2, (kernel:size(2) - 1) / 2
  if rows % 1 ~= 0 or columns % 1 ~= 0 then
    forms.raise('erode', 'a kernel of odd sizes expected, got %s', torch.describe(kernel))
  end
  local frame = source.new(source:size(1) + 2 * rows, source:size(2) + 2 * columns):fill(value)
  frame:narrow(1, rows + 1, source:size(1)):narrow(2, columns + 1, source:size(2)):copy(source)
  return frame
end

-- For each pixel how many ones lie under the kernel's ones.
local function counts(name, source, kernel, value, turned)
  if not torch.isTensor(source) then forms.raise(name, 'missing image') end
  kernel = kernel or source.new(3, 3):fill(1)
  if turned then kernel = image.hflip(image.vflip(kernel)) end
  return torch.conv2(padded(source, kernel, value), kernel), kernel
end

--- image.erode(image[, kernel[, outside = 1]]): 1 where every one of the kernel lies on a one.
function image.erode(source, kernel, outside)
  local found, used = counts('erode', source, kernel, outside or 1)
  return found:eq(used:sum()):typeAs(source)
end

--- image.dilate(image[, kernel[, outside = 0]]): 1 where some one of the kernel lies on a one.
function image.dilate(source, kernel, outside)
  return counts('dilate', source, kernel, outside or 0, true):gt(0):typeAs(source)
end
