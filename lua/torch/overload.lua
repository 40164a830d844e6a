--- Torch7's argument resolution, from one table row a function.
--
-- A row is `{ form, … }` with forms `{ 'spec', implementation }`. A spec lists the arguments:
--
--   T       tensor of the class            T~2     the same, of 2 dimensions
--   T?      destination, new when absent   T=1     when absent, argument 1
--   E?      the same, left empty for the bridge to make (K? for a LongTensor, M? for a ByteTensor)
--   L, B, I, F, D  torch.LongTensor, …     L?      index result, new when absent
--   num     number of the element type     double, int, long, dim: other numbers
--   num=1   optional with that default     bool, bool=false
--   V|F     one of these letters           V|F=V   the same, optional
--   G       generator, optional            table   list of tensors
--   dims    trailing sizes: numbers or a LongStorage
--
-- `!` behind a kind (`T!`) marks an argument that the function also returns, for messages; those that end in `?` are.
--
-- Forms are tried in order; of a form, first without its optional arguments, then with the first one, and so on, as the
-- binding generator of the original counted them. For each class the row is compiled to one Lua function with the tests
-- spelled out, which compiled code folds to the one variant taken. The implementation gets every argument, resolved.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local shape = require 'torch.shape'
local tensors = require 'torch.tensor.metatype'

local C, raise, rawtype = bridge.C, bridge.raise, ctypes.rawtype

local overload = {}

local element_names = { [0] = 'unsigned char', 'char', 'short', 'int', 'long', 'float', 'double', 'half' }
local NUMBERS = { num = true, double = true, int = true, long = true, dim = true }
local CLASSES = { L = 'Long', K = 'Long', B = 'Byte', M = 'Byte', I = 'Int', F = 'Float', D = 'Double' }
-- Kinds whose absent result the bridge makes, and the C type of its handle.
local MADE_BY_BRIDGE = { E = 'T', K = 'L', M = 'B' }

local function parse(spec)
  local arguments = {}
  for word in spec:gmatch('[^,%s]+') do
    local kind, rest = word:match('^([%a|]+)(.*)$')
    local argument = { kind = kind, dims = tonumber(rest:match('~(%d)')), result = rest:find('[!?]') ~= nil }
    if kind:find('|') then argument.kind, argument.letters = 'letter', kind end
    rest = rest:gsub('~%d', ''):gsub('!', '')
    if rest == '?' then
      argument.optional, argument.default = true, 'new'
    elseif rest ~= '' then
      argument.optional, argument.default = true, rest:sub(2)
    elseif kind == 'G' then
      argument.optional, argument.default = true, 'G'
    end
    arguments[#arguments + 1] = argument
  end
  return arguments
end

local function test_of(argument, name)
  local kind = argument.kind
  local test
  if kind == 'T' or kind == 'E' then
    test = ('istype(T, %s)'):format(name)
  elseif CLASSES[kind] then
    test = ('istype(%s, %s)'):format(MADE_BY_BRIDGE[kind] or kind, name)
  elseif NUMBERS[kind] then
    test = ("rawtype(%s) == 'number'"):format(name)
  elseif kind == 'bool' then
    test = ("rawtype(%s) == 'boolean'"):format(name)
  elseif kind == 'letter' then
    -- Only the first letter counted.
    test = ("rawtype(%s) == 'string' and %s:find('^[%s]')"):format(name, name, argument.letters:gsub('|', ''))
  elseif kind == 'table' then
    test = ("rawtype(%s) == 'table'"):format(name)
  elseif kind == 'G' then
    test = ('is_generator(%s)'):format(name)
  else
    error('unknown argument kind ' .. tostring(kind))
  end
  if argument.dims then test = test .. (' and C.fbl_dim(%s) == %d'):format(name, argument.dims) end
  return test
end

local function default_of(argument, values)
  local default, kind = argument.default, argument.kind
  if kind == 'G' then return 'generator()' end
  if default == 'new' and MADE_BY_BRIDGE[kind] then return MADE_BY_BRIDGE[kind] .. '()' end
  if default == 'new' then return kind == 'L' and 'new_long()' or kind == 'B' and 'new_byte()' or 'new()' end
  if kind == 'T' then return values[tonumber(default)] end
  if kind == 'letter' then return ('%q'):format(default) end
  return default
end

-- One variant: which of the optional arguments are given.
local function variant(arguments, given, width, form)
  local tests, values, n, dims = {}, {}, 0, false
  for i, argument in ipairs(arguments) do
    if argument.kind == 'dims' then
      dims = true
    elseif not argument.optional or given[i] then
      n = n + 1
      tests[#tests + 1] = test_of(argument, 'a' .. n)
      values[i] = argument.kind == 'letter' and ('a%d:sub(1, 1)'):format(n) or 'a' .. n
    end
  end
  for i, argument in ipairs(arguments) do
    if argument.kind ~= 'dims' and not values[i] then values[i] = default_of(argument, values) end
  end
  if dims then
    local rest = {}
    for i = n + 1, width do rest[#rest + 1] = 'a' .. i end
    table.insert(tests, ('are_sizes(%s)'):format(table.concat(rest, ', ')))
    for i = 1, #rest do values[#arguments - 1 + i] = rest[i] end
    -- torch.zeros(3, 4), torch.randn(3, 4): the destination gets its size at once.
    if values[1] == 'new()' and (#arguments == 2 or arguments[2].kind == 'G') then
      values[1] = ('new_sized(%s)'):format(table.concat(rest, ', '))
    end
  else
    table.insert(tests, 1, ('a%d == nil'):format(n + 1))
  end
  return ('if %s then return f%d(%s) end'):format(table.concat(tests, ' and '), form, table.concat(values, ', '))
end

local function variants_of(arguments)
  local optional, list = {}, {}
  for i, argument in ipairs(arguments) do
    if argument.optional then optional[#optional + 1] = i end
  end
  for mask = 0, 2 ^ #optional - 1 do
    local given = {}
    for bit_index, i in ipairs(optional) do
      if math.floor(mask / 2 ^ (bit_index - 1)) % 2 == 1 then given[i] = true end
    end
    list[#list + 1] = given
  end
  return list
end

--------------------------------------------------------------------------------------------------
-- Messages

local function type_name(argument, code)
  local kind = argument.kind
  if kind == 'T' or kind == 'E' then return ctypes.names[code] .. 'Tensor' end
  if CLASSES[kind] then return CLASSES[kind] .. 'Tensor' end
  if kind == 'num' then return element_names[code] end
  if kind == 'table' then return ('{%sTensor+}'):format(ctypes.names[code]) end
  if kind == 'letter' then return ('(%s)'):format(argument.letters) end
  if kind == 'dims' then return '(LongStorage | dim1 [dim2...])' end
  return kind == 'G' and 'Generator' or kind == 'bool' and 'boolean' or kind == 'dim' and 'index' or kind
end

local function describe_argument(argument, code)
  local name = type_name(argument, code)
  if argument.dims then name = name .. '~' .. argument.dims .. 'D' end
  if argument.result then name = '*' .. name .. '*' end
  return argument.optional and '[' .. name .. ']' or name
end

local function describe_form(arguments, code)
  local words = {}
  for i, argument in ipairs(arguments) do words[i] = describe_argument(argument, code) end
  return table.concat(words, ' ')
end

local function describe_value(value)
  local name = torch.typename(value)
  return name and name:gsub('^torch%.', '') or rawtype(value)
end

local function refuse(forms, code, ...)
  local n, words = select('#', ...), {}
  while n > 0 and select(n, ...) == nil do n = n - 1 end
  for i = 1, n do words[i] = describe_value((select(i, ...))) end
  local expected = {}
  for i, form in ipairs(forms) do expected[i] = describe_form(form, code) end
  raise('invalid arguments: %s\nexpected arguments: %s', n == 0 and 'no arguments provided' or table.concat(words, ' ') .. ' ',
    table.concat(expected, ' | '))
end

--------------------------------------------------------------------------------------------------
-- Compilation

local function are_more_sizes(...)
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    if value == nil then
      for j = i + 1, select('#', ...) do
        if select(j, ...) ~= nil then return false end
      end
      return true
    end
    if rawtype(value) ~= 'number' then return false end
  end
  return true
end

-- Spelled out for the usual counts: LuaJIT gives up on loops of few rounds.
local function are_sizes(a, b, c, d, e, ...)
  if a == nil then return false end
  if b == nil and shape.is_sizes(a) then return true end
  if rawtype(a) ~= 'number' then return false end
  if b == nil and c == nil then return true end
  if rawtype(b) ~= 'number' then return false end
  if c == nil and d == nil then return true end
  if rawtype(c) ~= 'number' then return false end
  if d == nil and e == nil then return true end
  return are_more_sizes(d, e, ...)
end

-- Numbers were also accepted as numeric strings.
local function with_numbers(...)
  local values, changed = { ... }, false
  for i = 1, select('#', ...) do
    if rawtype(values[i]) == 'string' and tonumber(values[i]) then values[i], changed = tonumber(values[i]), true end
  end
  return changed, values
end

local MAX_SIZES = 12

--- Compiles forms for a class of tensors; returns the function.
function overload.compile(name, rows, code)
  local forms, implementations, width = {}, {}, 0
  for i, row in ipairs(rows) do
    forms[i], implementations[i] = parse(row[1]), row[2]
    local count = #forms[i]
    if count > 0 and forms[i][count].kind == 'dims' then count = count + MAX_SIZES end
    width = math.max(width, count)
  end
  local parameters = {}
  for i = 1, width + 1 do parameters[i] = 'a' .. i end
  local list = table.concat(parameters, ', ')
  local lines = {
    'local implementations, istype, rawtype, C, T, L, B, I, F, D, new, new_sized, new_long, new_byte, '
      .. 'generator, is_generator, are_sizes, fallback = ...' }
  for i = 1, #rows do lines[#lines + 1] = ('local f%d = implementations[%d]'):format(i, i) end
  lines[#lines + 1] = ('return function(%s)'):format(list)
  for i, arguments in ipairs(forms) do
    for _, given in ipairs(variants_of(arguments)) do lines[#lines + 1] = variant(arguments, given, width, i) end
  end
  lines[#lines + 1] = ('return fallback(%s)\nend'):format(list)

  local compiled
  local function fallback(...)
    local changed, values = with_numbers(...)
    if changed then return compiled(unpack(values, 1, width + 1)) end
    refuse(forms, code, ...)
  end
  local chunk = assert(loadstring(table.concat(lines, '\n'), '=torch.' .. name))
  local ctype = tensors.ctype
  compiled = chunk(implementations, ffi.istype, rawtype, C, ctype[code], ctype[ctypes.codes.Long], ctype[ctypes.codes.Byte],
    ctype[ctypes.codes.Int], ctype[ctypes.codes.Float], ctype[ctypes.codes.Double],
    function() return tensors.empty(code) end, function(...) return tensors.allocate(code, shape.read(...)) end,
    function() return tensors.empty(ctypes.codes.Long) end,
    function() return tensors.empty(ctypes.codes.Byte) end, function() return torch._gen end,
    function(value) return torch.is_generator(value) end, are_sizes, fallback)
  return compiled
end

-- Puts a function in place that compiles itself at its first call and gives way to the compiled one.
local function install(place, name, rows, code)
  local compiled, stand_in
  function stand_in(...)
    if not compiled then
      compiled = overload.compile(name, rows, code)
      if rawget(place, name) == stand_in then place[name] = compiled end
    end
    return compiled(...)
  end
  place[name] = stand_in
end

-- The table of a class's function forms.
local function functions_of(metatable)
  local functions = rawget(metatable, 'torch')
  if not functions then
    functions = {}
    metatable.torch = functions
  end
  return functions
end

--------------------------------------------------------------------------------------------------
-- torch.NAME(...)

local function class_of(value)
  if ctypes.is_tensor(value) then return ctypes.metatable_of(value) end
end

-- Where no tensor stands in front: a table of tensors, a trailing class name, or the default class.
local function dispatch_slowly(name, ...)
  local n = select('#', ...)
  while n > 0 and select(n, ...) == nil do n = n - 1 end
  local first, second = ...
  local class = class_of(first) or class_of(second)
  if not class and rawtype(first) == 'table' then class = class_of(first[1]) end
  local last = n > 0 and select(n, ...) or nil
  if not class and rawtype(last) == 'string' and last:find('^torch%.') then
    class = torch.getmetatable(last)
    if not class then raise('unknown tensor type %s', last) end
    n = n - 1
  end
  class = class or torch.getmetatable(torch.getdefaulttensortype())
  local f = class.torch and class.torch[name]
  if not f then raise('%s does not implement the torch.%s() function', class.__typename, name) end
  return f(unpack({ ... }, 1, n))
end

-- The functions of the default class, looked up again when torch.Tensor changes.
local default_constructor, default_functions

local function defaults()
  local constructor = torch.Tensor
  if constructor ~= default_constructor then
    default_constructor, default_functions = constructor, torch.getmetatable(torch.getdefaulttensortype()).torch or {}
  end
  return default_functions
end

local function dispatcher(name)
  return function(first, second, third, fourth, ...)
    if ctypes.is_tensor(first) then
      local f = ctypes.metatable_of(first).torch[name]
      if f then return f(first, second, third, fourth, ...) end
    elseif fourth == nil and (first == nil or rawtype(first) == 'number') and (second == nil or rawtype(second) == 'number')
      and (third == nil or rawtype(third) == 'number') then
      -- Numbers alone, the usual way to make a tensor or draw a number.
      local f = defaults()[name]
      if f then return f(first, second, third) end
    end
    return dispatch_slowly(name, first, second, third, fourth, ...)
  end
end

overload.all = { 'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double' }
overload.real = { 'Float', 'Double' }
overload.signed = { 'Int', 'Long', 'Float', 'Double' }
overload.byte = { 'Byte' }

--- Every name defined, with its rows: what the documentation and the coverage report are made from.
overload.table = {}

local function describe_rows(rows, code)
  local texts = {}
  for i, row in ipairs(rows or {}) do texts[i] = describe_form(parse(row[1]), code) end
  return texts
end

--- What the table says of a name: element types, forms of the function and of the method as messages print them.
function overload.describe(name)
  local row = overload.table[name]
  local code = ctypes.codes[row.types[#row.types]]
  return { types = row.types, func = describe_rows(row.func or row.both, code), method = describe_rows(row.method or row.both, code) }
end

--- Defines a function `torch.NAME` and a method `tensor:NAME` for element types.
-- @param row `{ types = …, func = rows or nil, method = rows or nil }`; `both` gives one list for the two
function overload.define(names, row)
  for name in names:gmatch('[^,%s]+') do
    overload.table[name] = row
    for _, element_type in ipairs(row.types) do
      local code = ctypes.codes[element_type]
      local metatable = tensors.metatable[code]
      local func, method = row.func or row.both, row.method or row.both
      if func then install(functions_of(metatable), name, func, code) end
      if method then install(metatable, name, method, code) end
    end
    if (row.func or row.both) and not rawget(torch, name) then torch[name] = dispatcher(name) end
  end
end

return overload
