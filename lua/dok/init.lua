--- Help and usage texts, and arguments by name or place, as scripts of Torch's early days use them.
--
-- The tools that turned Markdown into those texts are gone with the documents they read; they say so when called.
require 'torch'
local arguments = require 'xlua.arguments'
local colors = require 'trepl.colors'

local dok = {
  --- Terminal escape sequences by name; empty while colours are off.
  colors = {},
  --- usage(name, description, example, definitions…): the usage text of a function.
  usage = arguments.usage,
  --- unpack(arguments, name, description, definitions…): a table of the arguments, then each of them.
  unpack = arguments.unpack,
}

--- Switches the colours of `stylize` and `error` on.
function dok.usecolors()
  for name, sequence in pairs(colors) do dok.colors[name] = sequence end
end

--- Switches the colours off.
function dok.dontusecolors()
  for name in pairs(colors) do dok.colors[name] = '' end
end

dok.usecolors()

--- Raises an error with the name of the package or function that it comes from.
function dok.error(message, domain)
  local c = dok.colors
  error(('%s%s%s%s'):format(c.Red, domain and '<' .. domain .. '> ' or '', message, c.none), 2)
end

--- Markdown for the terminal: headings and bold text are bold, code is coloured.
function dok.stylize(text)
  local c = dok.colors
  text = ('\n' .. text):gsub('\n#+%s*([^\n]+)', function(title) return '\n' .. c.Magenta .. title .. c.none end)
  text = text:gsub('```%w*\n(.-)\n```', function(code) return c.cyan .. code .. c.none end)
  text = text:gsub('%*%*([^%*\n]+)%*%*', function(strong) return c.Black .. strong .. c.none end)
  text = text:gsub('`([^`\n]+)`', function(code) return c.cyan .. code .. c.none end)
  return text:sub(2)
end

local function find_name(value)
  for package_name, module in pairs(package.loaded) do
    if type(module) == 'table' and package_name ~= '_G' then
      for name, field in pairs(module) do
        if rawequal(field, value) and type(name) == 'string' then return package_name .. '.' .. name end
      end
    end
  end
end

--- Prints what is known about a value: the comment above a function, the fields of a table.
function dok.help(value)
  local help = require 'trepl.help'
  if value == nil then return help.show '' end
  local name = type(value) == 'string' and value or find_name(value)
  if not name then error('help: this value is not a field of a package; write ? and an expression in th', 2) end
  local module, field = name:match '^(.*)%.([^.]+)$'
  if not module or not package.loaded[module] then return help.show(name) end
  return help.show(('package.loaded[%q][%q]'):format(module, field))
end

local function gone(name, instead)
  return function()
    error(('dok.%s is not supported: the HTML documentation of Torch is not installed here; %s'):format(name, instead), 2)
  end
end

dok.browse = gone('browse', 'use dok.help(symbol), or ? symbol in th')
dok.refresh = gone('refresh', 'help texts are read from the sources when they are asked for')
dok.markdown2html = gone('markdown2html', 'use a Markdown processor')
dok.html2funcs = gone('html2funcs', 'help texts are read from the sources when they are asked for')
--- `require 'dok.inline'` is this table too.
dok.inline = dok

rawset(_G, 'dok', dok)

return dok
