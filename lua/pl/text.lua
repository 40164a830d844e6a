--- Texts of several lines: indenting, wrapping, templates, the formatting operator. All of it is in pl.stringx too.
local stringx = require 'pl.stringx'
local utils = require 'pl.utils'

local text = {}
for _, name in ipairs { 'indent', 'dedent', 'wrap', 'fill', 'Template', 'format_operator' } do text[name] = stringx[name] end

--- Puts the functions into the caller's environment.
function text.import() utils.import(text, getfenv(2)) end

return text
