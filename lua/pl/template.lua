--- Texts with Lua in them: lines that start with `#` are Lua, `$(expression)` is its value.
--
-- In the environment `_escape` and `_brackets` choose other characters, `_inline_escape` what starts an expression,
-- `_chunk_name` the name in messages, `_parent` a table where unknown names are looked up.
local utils = require 'pl.utils'

local template = {}

-- Lua for the text of one line: what is outside of $(…) quoted, what is inside as an expression.
local function line_code(line, inline, brackets)
  local pieces, position = {}, 1
  local opening = utils.escape(inline) .. '%b' .. brackets
  while true do
    local from, to = line:find(opening, position)
    if not from then break end
    if from > position then pieces[#pieces + 1] = ('_put(%q)'):format(line:sub(position, from - 1)) end
    local expression = line:sub(from + #inline + 1, to - 1)
    pieces[#pieces + 1] = ('_put_value(%s)'):format(expression)
    position = to + 1
  end
  if position <= #line then pieces[#pieces + 1] = ('_put(%q)'):format(line:sub(position)):gsub('\\\n', '\\n') end
  return table.concat(pieces, ' ')
end

local function generate(text, options)
  local escape = utils.escape(options.escape)
  local code = {}
  for line in text:gmatch '[^\n]*\n?' do
    if line == '' then break end
    local lua = line:match('^%s*' .. escape .. '(.*)$')
    if lua then
      code[#code + 1] = (lua:gsub('\n$', ''))
    else
      if options.newline then line = line:gsub('\n$', type(options.newline) == 'string' and options.newline or '') end
      code[#code + 1] = line_code(line, options.inline, options.brackets)
    end
  end
  return 'local _put, _put_value = ...\n' .. table.concat(code, '\n')
end

local Compiled = {}
Compiled.__index = Compiled

--- The text for an environment; nil, a message and the Lua code when something fails.
-- @param parent table in which names are looked up that the environment does not have
-- @param debug whether the code is always the third result
function Compiled:render(environment, parent, debug)
  environment = environment or {}
  if parent then setmetatable(environment, { __index = parent }) end
  local output = {}
  local function put(text) output[#output + 1] = text end
  local function put_value(value)
    if value == nil then return end
    output[#output + 1] = tostring(value)
  end
  setfenv(self.chunk, environment)
  local ok, message = xpcall(function() return self.chunk(put, put_value) end, _G.debug.traceback)
  if not ok then return nil, message, self.code end
  return table.concat(output), nil, (debug or self.debug) and self.code or nil
end

--- Compiles a template; nil, a message and the code when it is not Lua.
-- @param options chunk_name, escape, inline_escape, inline_brackets, newline, debug
function template.compile(text, options)
  utils.assert_string(1, text)
  options = options or {}
  local settings = {
    escape = options.escape or '#', inline = options.inline_escape or '$', brackets = options.inline_brackets or '()',
    newline = options.newline,
  }
  local code = generate(text, settings)
  local chunk, message = load(code, options.chunk_name or 'TMP')
  if not chunk then return nil, message, code end
  return setmetatable({ chunk = chunk, code = code, debug = options.debug }, Compiled)
end

--- The text of a template for an environment; nil, a message and the code when it fails.
function template.substitute(text, environment)
  environment = environment or {}
  local compiled, message, code = template.compile(text, {
    chunk_name = rawget(environment, '_chunk_name'), escape = rawget(environment, '_escape'),
    inline_escape = rawget(environment, '_inline_escape'), inline_brackets = rawget(environment, '_brackets'),
    debug = rawget(environment, '_debug'),
  })
  if not compiled then return nil, message, code end
  return compiled:render(environment, rawget(environment, '_parent'), rawget(environment, '_debug'))
end

return template
