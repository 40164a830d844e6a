--- Splits text into tokens: `for kind, value in lexer.scan 'a = 2' do … end` gives iden a, = =, number 2.
--
-- A scanner is a function that returns the kind and value of the next token. Errors are raised.
local lexer = {}

local append = table.insert

local states = setmetatable({}, { __mode = 'k' }) -- of the scanners

-- Actions: what becomes of a match. They return kind and value, or yield them.
local function plain(text) return text, text end
local function space(text) return 'space', text end
local function iden(text) return 'iden', text end
local function comment(text) return 'comment', text end
local function preprocessor(text) return 'prepro', text end

local function number(text, options)
  if options.number then return 'number', tonumber(text) or tonumber((text:gsub('^%+', ''))) end
  return 'number', text
end

local function quoted(kind)
  return function(text, options) return kind, options.string and text:sub(2, -2) or text end
end

local text_token, char_token = quoted 'string', quoted 'char'

local function long_text(text, options, found)
  if not options.string then return 'string', text end
  local bars = #found[3] + 2
  return 'string', (text:sub(bars + 1, -bars - 1):gsub('^\r?\n', ''))
end

-- A quoted text in which a backslash protects the next letter: its end is searched by hand, as no pattern can.
local function quote_end(quote)
  return function(text, from)
    if text:sub(from, from) ~= quote then return nil end
    local at = from + 1
    while true do
      local found = text:find('[\\' .. quote .. ']', at)
      if not found then return nil end
      if text:sub(found, found) == quote then return from, found end
      at = found + 2
    end
  end
end

local function words(list)
  local set = {}
  for word in list:gmatch '%S+' do set[word] = true end
  return set
end

local LUA_WORDS = words [[and break do else elseif end false for function goto if in local nil not or repeat return then true
  until while]]
local CPP_WORDS = words [[class break do sizeof else continue struct false for public void private protected goto if static
  const typedef enum char int bool long float true delete double while new namespace virtual auto mutable default switch case
  operator return template typename this throw try catch using short unsigned signed union extern inline volatile register]]

local function word_of(set)
  return function(text) return set[text] and 'keyword' or 'iden', text end
end

local HEXADECIMAL, EXPONENT, DECIMAL = '0[xX]%x+', '%d*%.?%d+[eE][%+%-]?%d+', '%d*%.?%d+'

local function numbers(sign)
  return {
    { '^' .. HEXADECIMAL, number }, { '^' .. sign .. '%d+%.?%d*[eE][%+%-]?%d+', number }, { '^' .. sign .. EXPONENT, number },
    { '^' .. sign .. '%d+%.?%d*', number }, { '^' .. sign .. DECIMAL, number },
  }
end

local function rules(...)
  local list = {}
  for _, part in ipairs { ... } do
    for _, rule in ipairs(part) do append(list, rule) end
  end
  return list
end

local function operators(list)
  local parts = {}
  for operator in list:gmatch '%S+' do append(parts, { '^' .. operator:gsub('%p', '%%%0'), plain }) end
  return parts
end

local PLAIN = rules({ { '^%s+', space } }, numbers '[%+%-]?', {
  { '^[%a_][%w_]*', iden }, { quote_end "'", text_token }, { quote_end '"', text_token }, { '^.', plain },
})

local LUA = rules({ { '^%s+', space } }, {
  { '^[%a_][%w_]*', word_of(LUA_WORDS) }, { '^%-%-%[(=*)%[.-%]%1%]', comment }, { '^%-%-[^\n]*\n', comment },
  { '^%-%-[^\n]*$', comment }, { '^%[(=*)%[.-%]%1%]', long_text },
}, { { '^%.%.%.', plain }, { '^%.%.', plain } }, numbers '', {
  { quote_end "'", text_token }, { quote_end '"', text_token },
}, operators '== ~= <= >= ::', { { '^.', plain } })

local CPP = rules({ { '^%s+', space } }, {
  { '^//[^\n]*\n', comment }, { '^//[^\n]*$', comment }, { '^/%*.-%*/', comment }, { '^#.-[^\\]\n', preprocessor },
  { '^[%a_][%w_]*', word_of(CPP_WORDS) },
}, numbers '', {
  { quote_end "'", char_token }, { quote_end '"', text_token },
}, operators '... == != <= >= && || ++ -- -> += -= *= /= |= &= ^= %= :: << >>', { { '^.', plain } })

-- Tries the rules at a place: the rule's action, and the results of string.find.
local function first_match(list, text, from)
  for _, rule in ipairs(list) do
    local pattern = rule[1]
    local found
    if type(pattern) == 'function' then
      found = { pattern(text, from) }
    elseif pattern:sub(1, 1) == '^' then
      found = { text:find(pattern, from) }
    else
      found = { text:find('^' .. pattern, from) }
    end
    if found[1] and found[2] >= found[1] then return rule[2], found end
  end
  return plain, { from, from }
end

local function is_filtered(filter, kind)
  if kind == 'comment' then return filter.comments or filter.comment end
  return filter[kind]
end

-- The actions of older programs yield their tokens, so that the scanning runs in a coroutine.
local function scanning(state)
  while state.at <= #state.text do
    local action, found = first_match(state.rules, state.text, state.at)
    state.at = found[2] + 1
    local kind, value = action(state.text:sub(found[1], found[2]), state.options, found)
    if kind ~= nil then coroutine.yield(kind, value) end
  end
end

--- scan(text or file [, rules [, filter [, options]]]): rules are {pattern, action} pairs, where action(match, options,
-- results of find) returns or yields kind and value; filter: kinds to leave out ({space = true}); options: whether a
-- number and a string token get their value ({number = true, string = true}).
function lexer.scan(text, list, filter, options)
  if type(text) ~= 'string' then text = text:read '*a' or '' end
  local state = {
    text = text, at = 1, rules = list or PLAIN, options = options or { number = true, string = true }, inserted = {}, started = false,
  }
  filter = filter or { space = true }
  local run = coroutine.wrap(function() scanning(state) end)
  local finished = false
  local function scanner()
    state.started = true
    local waiting = table.remove(state.inserted)
    if waiting then return waiting[1], waiting[2] end
    while not finished do
      local kind, value = run()
      if kind == nil then
        finished = state.at > #state.text
      elseif not is_filtered(filter, kind) then
        return kind, value
      end
    end
    return nil
  end
  states[scanner] = state
  return scanner
end

--- lua(text [, filter [, options]]): the tokens of Lua text.
function lexer.lua(text, filter, options)
  return lexer.scan(text, LUA, filter or { space = true, comments = true }, options)
end

--- cpp(text [, filter [, options]]): the tokens of C and C++ text.
function lexer.cpp(text, filter, options)
  return lexer.scan(text, CPP, filter or { space = true, comments = true }, options)
end

--- insert(scanner, kind, value) or insert(scanner, {{kind, value}, …}): tokens that come next.
function lexer.insert(scanner, kind, value)
  local inserted = states[scanner].inserted
  local list = type(kind) == 'table' and (type(kind[1]) == 'table' and kind or { kind }) or { { kind, value } }
  for i = #list, 1, -1 do append(inserted, list[i]) end
end

--- getline(scanner): the rest of the line.
function lexer.getline(scanner)
  local state = states[scanner]
  local last = state.text:find('\n', state.at, true)
  local line = state.text:sub(state.at, last and last - 1 or -1)
  state.at = last and last + 1 or #state.text + 1
  return line
end

--- getrest(scanner): the rest of the text.
function lexer.getrest(scanner)
  local state = states[scanner]
  local rest = state.text:sub(state.at)
  state.at = #state.text + 1
  return rest
end

--- lineno(scanner): the line of the last token; 0 before the first.
function lexer.lineno(scanner)
  local state = states[scanner]
  if not state.started then return 0 end
  local _, lines = state.text:sub(1, state.at - 1):gsub('\n', '')
  return lines + 1
end

--- get_keywords(): Lua's keywords, as a set.
function lexer.get_keywords() return LUA_WORDS end

--- skipws(scanner): the next token that is neither space nor comment.
function lexer.skipws(scanner)
  local kind, value = scanner()
  while kind == 'space' or kind == 'comment' do kind, value = scanner() end
  return kind, value
end

--- expecting(scanner, kind [, keep_space]): the value of the next token; raises when it is of another kind.
function lexer.expecting(scanner, expected, keep_space)
  if type(expected) ~= 'string' then error('lexer.expecting: a kind of token is expected', 2) end
  local kind, value
  if keep_space then kind, value = scanner() else kind, value = lexer.skipws(scanner) end
  if kind ~= expected then error(('lexer: expecting %s, got %s'):format(expected, tostring(kind)), 2) end
  return value
end

--- get_separated_list(scanner [, end token = ')' [, delimiter = ',']]): lists of the tokens between delimiters, and the
-- token that ended them.
function lexer.get_separated_list(scanner, finish, delimiter)
  finish, delimiter = finish or ')', delimiter or ','
  local lists, current, depth = {}, {}, 1
  local function is_end(kind)
    if type(finish) == 'function' then return finish(kind) end
    return kind == finish or (finish == '\n' and kind == nil)
  end
  while true do
    local kind, value = scanner()
    if kind == nil and not is_end(kind) then return nil, 'EOS' end
    if kind == '(' then depth = depth + 1 elseif kind == ')' and finish ~= ')' then depth = depth - 1 end
    if is_end(kind) and depth == 1 then
      if #current > 0 then append(lists, current) end
      return lists, { kind, value }
    end
    if kind == ')' and finish == ')' then depth = depth - 1 end
    if kind == delimiter and depth == 1 then
      append(lists, current)
      current = {}
    else
      append(current, { kind, value })
    end
  end
end

return lexer
