--- Paragraphs, templates and the formatting operator, for pl.stringx and pl.text.
local utils = require 'pl.utils'

return function(stringx, as_list)
  --- Every line indented by `n` characters.
  function stringx.indent(s, n, character)
    utils.assert_arg(1, s, 'string')
    utils.assert_arg(2, n, 'number')
    local margin, lines = (character or ' '):rep(n), {}
    for line in stringx.lines(s) do lines[#lines + 1] = margin .. line end
    return table.concat(lines, '\n') .. '\n'
  end

  --- The text without the white space that all its lines begin with.
  function stringx.dedent(s)
    utils.assert_arg(1, s, 'string')
    local least = math.huge
    for line in stringx.lines(s) do
      local from = line:find '%S'
      if from then least = math.min(least, from) end
    end
    if least == math.huge then least = 1 end
    local lines = {}
    for line in stringx.lines(s) do lines[#lines + 1] = line:sub(least) end
    return table.concat(lines, '\n') .. '\n'
  end

  local function hard_split(word, width, add)
    while #word > width do
      add(word:sub(1, width))
      word = word:sub(width + 1)
    end
    return word
  end

  --- Lines of a paragraph that fit into a width.
  -- @param break_long whether longer words are cut
  function stringx.wrap(s, width, break_long)
    utils.assert_arg(1, s, 'string')
    width = width or 70
    if width < 1 then error('the width must be at least 1', 2) end
    local lines, line = {}, nil
    local function add(text) lines[#lines + 1] = text end
    for word in s:gmatch '%S+' do
      if line and #line + 1 + #word <= width then
        line = line .. ' ' .. word
      else
        if line then add(line) end
        line = break_long and hard_split(word, width, add) or word
      end
    end
    add(line or '')
    return as_list(lines)
  end

  --- A paragraph broken into lines that fit into a width.
  function stringx.fill(s, width, break_long)
    return table.concat(stringx.wrap(s, width, break_long), '\n') .. '\n'
  end

  -- Replaces $name and ${name} by what `find(name)` answers; $$ is a dollar sign.
  local function expand(template, find)
    local text = template:gsub('%$(%$?)({?)([%w_]*)(}?)', function(escaped, opening, name, closing)
      if escaped ~= '' then return '$' .. opening .. name .. closing end
      if name == '' or (opening ~= '' and closing == '') then return nil end
      local value = find(name)
      if value == nil then return nil end
      return tostring(value) .. (opening == '' and closing or '')
    end)
    return text
  end

  local Template = {}
  Template.__index = Template

  --- A text with $variables.
  function Template.new(text)
    utils.assert_arg(1, text, 'string')
    return setmetatable({ tmpl = text }, Template)
  end

  local function finder(values, strict)
    return function(name)
      local value
      if type(values) == 'function' then value = values(name) else value = values[name] end
      if value == nil and strict then error('not present in table ' .. name, 0) end
      return value
    end
  end

  --- The text with all variables replaced; an unknown one is an error.
  function Template:substitute(values)
    if values == nil then error("argument 1 expected a 'table', got a 'nil'", 2) end
    return expand(self.tmpl, finder(values, true))
  end

  --- The text with the known variables replaced.
  function Template:safe_substitute(values)
    if values == nil then error("argument 1 expected a 'table', got a 'nil'", 2) end
    return expand(self.tmpl, finder(values, false))
  end

  --- As `substitute`; values of several lines, and templates, keep the indentation of their variable.
  function Template:indent_substitute(values)
    utils.assert_arg(1, values, 'table')
    local text = self.tmpl:gsub('([ \t]*)%$([%w_]+)', function(margin, name)
      local value = values[name]
      if value == nil then return nil end
      if type(value) == 'table' and getmetatable(value) == Template then value = value:substitute(values) end
      value = tostring(value)
      if not value:find '\n' then return margin .. value end
      return (stringx.indent(value, #margin, margin:sub(1, 1)):gsub('\n$', value:find '\n$' and '%0' or ''))
    end)
    return text
  end

  stringx.Template = setmetatable(Template, { __call = function(_, text) return Template.new(text) end })

  --- Makes `%` format: a text `%` a value or a list formats, a text `%` a map or function replaces $variables.
  function stringx.format_operator()
    local format = string.format

    local function fill_directives(text, values)
      -- A list fills the format's directives; %s takes anything that has a text.
      local position, arguments = 0, {}
      for i = 1, values.n or #values do arguments[i] = values[i] end
      for directive in text:gsub('%%%%', ''):gmatch '%%[%-+ #0]*%d*%.?%d*(%a)' do
        position = position + 1
        if directive == 's' then arguments[position] = tostring(arguments[position]) end
      end
      return format(text, unpack(arguments, 1, math.max(position, values.n or #values)))
    end

    getmetatable('').__mod = function(text, value)
      if type(value) == 'function' then return expand(text, finder(value)) end
      if type(value) ~= 'table' then return fill_directives(text, { value, n = 1 }) end
      local metatable = getmetatable(value)
      if metatable and metatable.__tostring then
        return fill_directives(text, { value, n = 1 })
      end
      if value[1] ~= nil then return fill_directives(text, value) end
      return expand(text, finder(value))
    end
  end
end
