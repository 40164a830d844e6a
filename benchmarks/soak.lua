--- Random calls of everything in torch's table of functions, and of views, indexing, storages and files.
--
-- Arguments are made from the table's own specs: tensors of every type, of sizes that often fit one another, contiguous,
-- transposed, narrowed, strided, expanded, empty or shared with the result; and every tenth call gets a wrong one.
-- Errors are caught; a crash or memory that grows is what soak.py looks for.
require 'torch'
local ffi = require 'ffi'
local bridge = require 'bridge'
local overload = require 'torch.overload'

local aten = bridge.aten
local random = math.random
local soak = { calls = {}, errors = {}, messages = {}, n = 0, failed = 0 }

local function pick(list) return list[random(#list)] end

--------------------------------------------------------------------------------------------------
-- Arguments

local TYPES = { 'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double' }
local CLASSES = { L = 'Long', K = 'Long', B = 'Byte', M = 'Byte', I = 'Int', F = 'Float', D = 'Double' }
local NUMBERS = { 0, 1, 1, 2, 2, 3, 0.5, 0.25, -1, -2.75, 5, 7, 100, 0 / 0, 1 / 0, -1 / 0 }
local WHOLE = { 1, 1, 2, 2, 3, 4, 5, 0, -1, -3, 8 }

-- Tensors that live longer than a call; results come here too.
local kept = {}
for _, name in ipairs(TYPES) do kept[name] = {} end

local edge = 3 -- the usual size of a dimension at present

local function sizes(ndim)
  local list = torch.LongStorage(ndim)
  local large = random(200) == 1
  for i = 1, ndim do list[i] = large and random(40) or random(4) == 1 and random(6) or edge end
  return list
end

local function filled(tensor, name)
  local how = random(5)
  if how == 1 then return tensor:fill(random(0, 3)) end
  if how == 2 or name ~= 'Float' and name ~= 'Double' then return tensor:random(1, 5) end
  return how == 3 and tensor:uniform() or tensor:normal()
end

local VIEWS = {
  function(t) return t end,
  function(t) return t:dim() > 1 and t:transpose(1, t:dim()) or t end,
  function(t) return t:clone():transpose(1, t:dim()):contiguous():transpose(1, t:dim()) end,
  function(t)
    local wide = t.new(t:nElement() * 2)
    return t.new(wide:storage(), 1, torch.LongStorage{ t:nElement() }, torch.LongStorage{ 2 }):copy(t):viewAs(t)
  end,
  function(t)
    local long = t.new(t:nElement() + 3):zero()
    return long:narrow(1, 3, t:nElement()):copy(t):view(t:size())
  end,
  function(t)
    local one = t:narrow(1, 1, 1)
    return one:expandAs(t)
  end,
}

local function tensor(name, ndim)
  if random(30) == 1 then return torch[name .. 'Tensor']() end
  if random(4) == 1 and #kept[name] > 0 then
    local t = pick(kept[name])
    if not ndim or t:dim() == ndim then return t end
  end
  local t = filled(torch[name .. 'Tensor'](sizes(ndim or pick{ 1, 1, 2, 2, 2, 3, 4 })), name)
  local ok, view = pcall(pick(VIEWS), t)
  return ok and view or t
end

local make = {}

local function argument(word, name)
  local kind, rest = word:match('^([%a|]+)(.*)$')
  if rest:find('[?=]') and random(2) == 1 then return nil, true end
  if kind:find('|') then return pick{ kind:sub(1, 1), kind:match('[^|]+$'), 'Z' } end
  local dims = tonumber(rest:match('~(%d)'))
  if kind == 'T' or kind == 'E' then return tensor(name, dims) end
  if CLASSES[kind] then return tensor(CLASSES[kind], dims) end
  return make[kind](name)
end

function make.num() return pick(NUMBERS) end
make.double = make.num
function make.int() return pick(WHOLE) end
make.long, make.dim = make.int, make.int
function make.bool() return random(2) == 1 end
function make.G() return random(2) == 1 and torch.Generator() or torch._gen end
function make.table(name)
  local list = {}
  for i = 1, random(4) do list[i] = tensor(name) end
  return list
end
function make.dims() return random(2) == 1 and sizes(random(4)) or pick(WHOLE) end

-- Something that does not belong there.
local function wrong()
  return pick{ 'text', false, {}, 1.5, -7, torch.LongStorage(2), tensor(pick(TYPES)), tensor('Float', 4), print }
end

--------------------------------------------------------------------------------------------------
-- Calls

local operations = {}

-- One operation for each form of each name of the table, as a function and as a method.
for name, row in pairs(overload.table) do
  -- Called below, with the tables that it needs.
  if name == 'multinomialAlias_' then row = {} end
  for _, way in ipairs{ 'func', 'method' } do
    for _, form in ipairs(row[way] or row.both or {}) do
      local words = {}
      for word in form[1]:gmatch('[^,%s]+') do words[#words + 1] = word end
      operations[#operations + 1] = { name = name, words = words, method = way == 'method', types = row.types }
    end
  end
end

local function call_of_table(operation)
  local type_name = pick(operation.types)
  if type_name == 'Half' then type_name = 'Float' end
  local values, n = {}, 0
  for _, word in ipairs(operation.words) do
    local value, absent = argument(word, type_name)
    if not absent then
      n = n + 1
      values[n] = value
    end
  end
  if n > 0 and random(10) == 1 then values[random(n)] = wrong() end
  if random(50) == 1 then n = n + random(-1, 1) end
  if operation.method and random(2) == 1 then
    local self = torch.isTensor(values[1]) and values[1] or tensor(type_name)
    return self[operation.name](self, unpack(values, 2, math.max(n, 1)))
  end
  return torch[operation.name](unpack(values, 1, math.max(n, 0)))
end

local other = {
  select = function(t) return t:select(pick(WHOLE), pick(WHOLE)) end,
  narrow = function(t) return t:narrow(pick(WHOLE), pick(WHOLE), pick(WHOLE)) end,
  transpose = function(t) return t:transpose(pick(WHOLE), pick(WHOLE)) end,
  unfold = function(t) return t:unfold(pick(WHOLE), pick(WHOLE), pick(WHOLE)) end,
  view = function(t) return t:view(pick(WHOLE), pick(WHOLE)) end,
  expand = function(t) return t:expand(sizes(random(4))) end,
  repeatTensor = function(t) return t:repeatTensor(pick(WHOLE), random(2)) end,
  resize = function(t) return t:clone():resize(sizes(random(4))) end,
  resizeAs = function(t, u) return t:clone():resizeAs(u) end,
  set = function(t, u) return t.new():set(t:storage(), pick(WHOLE), sizes(random(3))), t.new():set(u) end,
  set_strides = function(t)
    local steps = torch.LongStorage{ random(-1, 9), random(0, 9) }
    return t.new():set(t:clone():storage(), random(4), sizes(2), steps)
  end,
  split = function(t) return unpack(t:split(random(3), pick(WHOLE))) end,
  chunk = function(t) return unpack(t:chunk(random(3), pick(WHOLE))) end,
  read = function(t) return t[pick(WHOLE)], t[{ pick(WHOLE), pick(WHOLE) }], t[{ {}, { 1, pick(WHOLE) } }] end,
  write = function(t)
    t[pick(WHOLE)] = pick(NUMBERS)
    t[{ {}, pick(WHOLE) }] = tensor(pick(TYPES))
  end,
  write_slice = function(t, u) t[{ { pick(WHOLE), pick(WHOLE) } }] = random(2) == 1 and u or pick(NUMBERS) end,
  masks = function(t) return t[torch.gt(t, 1)], t:maskedFill(tensor('Byte'), 1), t:maskedSelect(tensor('Byte')) end,
  masked_copy = function(t, u) return t:maskedCopy(tensor('Byte'), u) end,
  index = function(t) return t:index(pick(WHOLE), tensor('Long', 1)) end,
  indexFill = function(t) return t:indexFill(pick(WHOLE), tensor('Long', 1), pick(NUMBERS)) end,
  indexCopy = function(t, u) return t:indexCopy(pick(WHOLE), tensor('Long', 1), u) end,
  indexAdd = function(t, u) return t:indexAdd(pick(WHOLE), tensor('Long', 1), u) end,
  copy = function(t) return t:copy(tensor(pick(TYPES))) end,
  cast = function(t) return t:type('torch.' .. pick(TYPES) .. 'Tensor'), t:half(), t:half():float() end,
  clone = function(t) return t:clone(), t:contiguous(), t:new(), t.new(t:size()) end,
  apply = function(t) return t:apply(function(x) return random(3) > 1 and x + 1 or nil end) end,
  apply_error = function(t) return t:apply(function(x) return x > 2 and error('stop') or x end) end,
  map = function(t, u) return t:map(u, function(x, y) return x + y end) end,
  operators = function(t, u) return -t, t + u, t - 1, 2 * t, t * u, t / 2 end,
  print = function(t) return tostring(t), tostring(t:size()), tostring(t:storage()) end,
  storage = function(t)
    local s = t:storage()
    s[pick(WHOLE)] = 1
    return s:size(), s.new(random(0, 20)):fill(3):resize(random(0, 30)), s:totable()
  end,
  serialize = function(t) return torch.deserialize(torch.serialize({ t, t:storage(), { t } }, pick{ 'binary', 'ascii' })) end,
  broken_file = function(t)
    local text = torch.serialize(t)
    return torch.deserialize(text:sub(1, random(#text)))
  end,
  memory_file = function(t)
    local f = torch.MemoryFile()
    f:writeObject(t:clone())
    f:seek(1)
    return f:readObject()
  end,
  python = function(t) return aten.tanh(t), aten.cat({ t, t }, random(-3, 3)), aten['max.dim'](t, random(-2, 4)) end,
  python_lists = function(t) return aten['split.Tensor'](t, random(0, 3)), aten['index.Tensor'](t, { bridge.none, tensor('Long', 1) }) end,
  data = function(t)
    local data = torch.data(t:contiguous())
    return data ~= ffi.NULL and tonumber(data[0])
  end,
  distributions = function(t) return t:bernoulli(random()), torch.randperm(random(9)), torch.multinomial(t:double(), random(4), true) end,
  alias = function(t)
    local state = torch.multinomialAliasSetup(t:double():view(-1))
    return torch.multinomialAlias(torch.LongTensor(random(5)), state)
  end,
  write_disk = function(t)
    torch.save(soak.path, t)
    return torch.load(soak.path)
  end,
}

for name, f in pairs(other) do
  -- As often as a name of the table is called, which has several forms.
  for _ = 1, 4 do
    operations[#operations + 1] = {
      name = '(' .. name .. ')',
      run = function()
        local type_name = pick(TYPES)
        return f(tensor(type_name), tensor(type_name))
      end,
    }
  end
end

--------------------------------------------------------------------------------------------------

-- Bytes of the tensors kept are bounded by their number and their size.
local function keep(ok, ...)
  if not ok then return false, (...) end
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    local name = torch.isTensor(value) and torch.type(value):match('^torch%.(%a+)Tensor$')
    if name and kept[name] and value:nElement() <= 4096 and value:storage() and #value:storage() <= 4096 then
      local list = kept[name]
      list[#list < 20 and #list + 1 or random(20)] = value
    end
  end
  return true
end

--- Calls for some seconds.
function soak.run(seconds)
  local stop = os.clock() + seconds
  while os.clock() < stop do
    edge = random(5)
    for _ = 1, 50 do
      local operation = pick(operations)
      local name = operation.name
      local ok, message = keep(pcall(operation.run or call_of_table, operation))
      soak.n = soak.n + 1
      if ok then
        soak.calls[name] = (soak.calls[name] or 0) + 1
      else
        soak.failed = soak.failed + 1
        soak.errors[name] = (soak.errors[name] or 0) + 1
        soak.messages[name] = tostring(message)
      end
    end
  end
  bridge.memory.collect()
  return soak.n, soak.failed, collectgarbage('count') * 1024, (bridge.memory.state())
end

--- Names that never succeeded, with the last message of each, a line a name.
function soak.never()
  local seen, lines = {}, {}
  for _, operation in ipairs(operations) do
    local name = operation.name
    if not seen[name] and not soak.calls[name] then
      lines[#lines + 1] = name .. ': ' .. (soak.messages[name] or 'was not called'):match('^[^\n]*')
    end
    seen[name] = true
  end
  table.sort(lines)
  return table.concat(lines, '\n')
end

--- How many names there are.
function soak.names()
  local seen, n = {}, 0
  for _, operation in ipairs(operations) do
    n, seen[operation.name] = n + (seen[operation.name] and 0 or 1), true
  end
  return n
end

function soak.start(seed, path)
  math.randomseed(seed)
  torch.manualSeed(seed)
  soak.path = path
end

return soak
