--- Functions that wrap a text in a color: `require('trepl.colorize').red('text')`; names as in trepl.colors.
local colors = require 'trepl.colors'

return setmetatable({}, {
  __index = function(self, name)
    if colors[name] == nil then return nil end
    local function paint(text) return colors[name] .. tostring(text) .. colors.none end
    rawset(self, name, paint)
    return paint
  end,
})
