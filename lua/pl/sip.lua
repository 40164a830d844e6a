--- Simple input patterns: `sip.match('$v{name} = $d{age}', 'ann = 7', result)` fills result with name and age.
--
-- $v name, $i whole number, $f number, $d digits, $q quoted text, $p path, $r rest of the line, $S no spaces (and the other
-- letters of Lua's classes), $( $[ $< ${ balanced brackets; a $ at the end: the rest from the first letter that is no space.
local sip = {}

local BALANCED = { ['('] = ')', ['['] = ']', ['{'] = '}', ['<'] = '>' }
local PATTERNS = {
  v = '([%a_][%w_]*)', i = '([%+%-]?%d+)', f = '([%+%-]?%d+%.?%d*[eE]?[%+%-]?%d*)', d = '(%d+)', r = '(%S.*)',
  p = '([%a]?[:]?[\\/%.%w_]+)', q = [[(["'])(.-)%QUOTE]],
}
local NUMBERS = { i = true, f = true, d = true }
local WORD_LIKE = '[vdifw]'

local function escaped(text) return (text:gsub('[%^%$%(%)%%%.%[%]%*%+%-%?]', '%%%0')) end

-- Splits a specification into parts: {text = …}, {space = true}, {kind = …, name = …}.
local function parts_of(spec)
  if spec:find '%$$' then spec = spec .. 'r' end
  local parts, at, named, unnamed = {}, 1, 0, 0
  while at <= #spec do
    local kind = spec:match('^%$(.)', at)
    local spaces = spec:match('^%s+', at)
    if kind then
      at = at + 2
      local name
      if not BALANCED[kind] or kind ~= '{' then name = spec:match('^{([^}]*)}', at) end
      if name then at, named = at + #name + 2, named + 1 else unnamed = unnamed + 1 end
      parts[#parts + 1] = { kind = kind, name = name }
    elseif spaces then
      at = at + #spaces
      parts[#parts + 1] = { space = true }
    else
      parts[#parts + 1] = { text = spec:sub(at, at) }
      at = at + 1
    end
  end
  if named > 0 and unnamed > 0 then return nil, 'sip: either all or no captures have names' end
  return parts
end

local function ends_in_word(part) return part and ((part.text or ''):find '[%w_]' or (part.kind or ''):find(WORD_LIKE)) end

local function pattern_of(parts, at_start)
  local pieces, groups = {}, 0
  for i, part in ipairs(parts) do
    if part.space then
      local between_words = ends_in_word(parts[i - 1]) and ends_in_word(parts[i + 1])
      pieces[i] = between_words and '%s+' or '%s*'
    elseif part.text then
      pieces[i] = escaped(part.text)
    elseif BALANCED[part.kind] then
      groups = groups + 1
      pieces[i] = '(%b' .. part.kind .. BALANCED[part.kind] .. ')'
    else
      groups = groups + (part.kind == 'q' and 2 or 1)
      pieces[i] = PATTERNS[part.kind] or ('(%' .. part.kind .. '+)')
      pieces[i] = pieces[i]:gsub('QUOTE', tostring(groups - 1))
      if part.kind == 'S' and i == #parts then pieces[i] = '(%S+)' end
    end
  end
  return (at_start and '^' or '') .. table.concat(pieces)
end

--- create_pattern(spec [, {at_start = true}]): Lua's pattern.
function sip.create_pattern(spec, options)
  local parts, message = parts_of(spec)
  if not parts then return nil, message end
  return pattern_of(parts, options and options.at_start)
end

local function value_of(part, text)
  if BALANCED[part.kind] then return text:sub(2, -2) end
  if NUMBERS[part.kind] then return tonumber(text) or tonumber((text:gsub('^%+', ''))) end
  return text
end

--- compile(spec [, {at_start = true}]): a function of a line and a table, which it fills; answers whether the line
-- matches. nil and a message for a wrong specification.
function sip.compile(spec, options)
  local parts, message = parts_of(spec)
  if not parts then return nil, message end
  local pattern = pattern_of(parts, options and options.at_start)
  return function(line, result)
    local found = { line:find(pattern) }
    if not found[1] then return false end
    local group, count = 3, 0
    for _, part in ipairs(parts) do
      if part.kind then
        if part.kind == 'q' then group = group + 1 end -- its quotation mark
        count = count + 1
        result[part.name or count] = value_of(part, found[group])
        group = group + 1
      end
    end
    return true
  end
end

local compiled = {}

--- match(spec, line, result [, options])
function sip.match(spec, line, result, options)
  local key = spec .. (options and options.at_start and '\0' or '')
  if not compiled[key] then
    local matcher, message = sip.compile(spec, options)
    if not matcher then error(message, 2) end
    compiled[key] = matcher
  end
  return compiled[key](line, result)
end

--- match_at_start(spec, line, result)
function sip.match_at_start(spec, line, result) return sip.match(spec, line, result, { at_start = true }) end

--- fields(spec, file): an iterator over the values in each line that matches.
function sip.fields(spec, file)
  local matcher = assert(sip.compile(spec))
  return function()
    for line in function() return file:read() end do
      local result = {}
      if matcher(line, result) then return unpack(result) end
    end
    return nil
  end
end

local registered = {}

--- pattern(spec, f): f is called by `read` with the values, or the table of named ones.
function sip.pattern(spec, f)
  registered[#registered + 1] = { matcher = assert(sip.compile(spec, { at_start = true })), call = f, named = spec:find '{%w' }
end

--- read(file or name [, {{spec, f}, …}]): calls the function of the first pattern that matches, for each line.
function sip.read(file, matches)
  local owned = type(file) == 'string'
  if owned then file = assert(io.open(file)) end
  if matches then
    registered = {}
    for _, pair in ipairs(matches) do sip.pattern(pair[1], pair[2]) end
  end
  for line in function() return file:read() end do
    for _, entry in ipairs(registered) do
      local result = {}
      if entry.matcher(line, result) then
        if entry.named then entry.call(result) else entry.call(unpack(result)) end
        break
      end
    end
  end
  if owned then file:close() end
end

return sip
