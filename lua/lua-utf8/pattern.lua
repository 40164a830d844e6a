--- Lua's patterns on lists of code points: find, match, gmatch and gsub of whole characters.
local codec = require 'lua-utf8.codec'
local host = require 'bridge.host'

local pattern = {}

local function code_of(letter) return letter:byte() end

local ESCAPE, ANY, OPEN, CLOSE = code_of '%', code_of '.', code_of '(', code_of ')'
local SET, END_SET, NOT, TO = code_of '[', code_of ']', code_of '^', code_of '-'
local STAR, PLUS, MAYBE, LAZY, FINISH = code_of '*', code_of '+', code_of '?', code_of '-', code_of '$'

local kinds = {} -- which of the letters a c d l p s u w x g describe a code point, as a string

local function kinds_of(code)
  if not kinds[code] then kinds[code] = host.python('unicode').kinds(code) end
  return kinds[code]
end

-- Whether a code point belongs to the class of a letter: %a, %D, …; any other letter stands for itself.
local function in_class(code, class)
  local letter = class < 128 and string.char(class) or ''
  if not letter:find '[acdlpsuwxgACDLPSUWXG]' then return code == class end
  local found = kinds_of(code):find(letter:lower(), 1, true) ~= nil
  if letter:find '%u' then return not found end
  return found
end

local Match = {}
Match.__index = Match

-- Where the single character class at p ends.
function Match:class_end(p)
  local pat = self.pattern
  local code = pat[p]
  p = p + 1
  if code == ESCAPE then
    if not pat[p] then error("malformed pattern (ends with '%')", 0) end
    return p + 1
  end
  if code ~= SET then return p end
  if pat[p] == NOT then p = p + 1 end
  repeat
    if not pat[p] then error("malformed pattern (missing ']')", 0) end
    p = p + (pat[p] == ESCAPE and 2 or 1)
  until pat[p] == END_SET
  return p + 1
end

function Match:in_set(code, p, last)
  local pat, wanted = self.pattern, true
  p = p + 1
  if pat[p] == NOT then p, wanted = p + 1, false end
  while p < last do
    if pat[p] == ESCAPE then
      if in_class(code, pat[p + 1]) then return wanted end
      p = p + 2
    elseif pat[p + 1] == TO and p + 2 < last then
      if pat[p] <= code and code <= pat[p + 2] then return wanted end
      p = p + 3
    else
      if pat[p] == code then return wanted end
      p = p + 1
    end
  end
  return not wanted
end

function Match:single(s, p, behind)
  local code = self.subject[s]
  if not code then return false end
  local kind = self.pattern[p]
  if kind == ANY then return true end
  if kind == ESCAPE then return in_class(code, self.pattern[p + 1]) end
  if kind == SET then return self:in_set(code, p, behind - 1) end
  return kind == code
end

function Match:balanced(s, p)
  local open, close = self.pattern[p], self.pattern[p + 1]
  if not close then error("malformed pattern (missing arguments to '%b')", 0) end
  if self.subject[s] ~= open then return nil end
  local depth = 0
  for i = s, self.length do
    local code = self.subject[i]
    if code == close then
      depth = depth - 1
      if depth == 0 then return i + 1 end
    elseif code == open then
      depth = depth + 1
    end
  end
  return nil
end

function Match:frontier(s, p)
  if self.pattern[p] ~= SET then error("missing '[' after '%f' in pattern", 0) end
  local behind = self:class_end(p)
  local before, here = self.subject[s - 1] or 0, self.subject[s] or 0
  if not self:in_set(before, p, behind - 1) and self:in_set(here, p, behind - 1) then return self:run(s, behind) end
  return nil
end

function Match:back_reference(s, index)
  local capture = self.captures[index]
  if not capture or not capture.last then error(('invalid capture index %%%d'):format(index), 0) end
  local length = capture.last - capture.first
  for i = 0, length do
    if self.subject[s + i] ~= self.subject[capture.first + i] then return nil end
  end
  return s + length + 1
end

function Match:open(s, p)
  local captures = self.captures
  local place = self.pattern[p + 1] == CLOSE
  captures[#captures + 1] = place and { first = s, last = s - 1, place = true } or { first = s }
  local result = self:run(s, place and p + 2 or p + 1)
  if not result then captures[#captures] = nil end
  return result
end

function Match:close(s, p)
  local captures = self.captures
  for i = #captures, 1, -1 do
    if not captures[i].last then
      captures[i].last = s - 1
      local result = self:run(s, p + 1)
      if not result then captures[i].last = nil end
      return result
    end
  end
  error('invalid pattern capture', 0)
end

function Match:repeated(s, p, behind, least)
  local count = 0
  while self:single(s + count, p, behind) do count = count + 1 end
  for i = count, least, -1 do
    local result = self:run(s + i, behind + 1)
    if result then return result end
  end
  return nil
end

function Match:lazy(s, p, behind)
  while true do
    local result = self:run(s, behind + 1)
    if result then return result end
    if not self:single(s, p, behind) then return nil end
    s = s + 1
  end
end

-- Where a match of the pattern from p on, beginning at s, ends; nil without one.
function Match:run(s, p)
  local pat = self.pattern
  while pat[p] do
    local code = pat[p]
    if code == OPEN then return self:open(s, p) end
    if code == CLOSE then return self:close(s, p) end
    if code == FINISH and not pat[p + 1] then return s == self.length + 1 and s or nil end
    local escaped = code == ESCAPE and pat[p + 1] or nil
    if escaped == code_of 'f' then return self:frontier(s, p + 2) end
    if escaped == code_of 'b' or (escaped and escaped >= code_of '1' and escaped <= code_of '9') then
      local ball = escaped == code_of 'b'
      local after
      if ball then after = self:balanced(s, p + 2) else after = self:back_reference(s, escaped - code_of '0') end
      if not after then return nil end
      s, p = after, p + (ball and 4 or 2)
    else
      local behind = self:class_end(p)
      local suffix = pat[behind]
      if suffix == STAR then return self:repeated(s, p, behind, 0) end
      if suffix == PLUS then return self:repeated(s, p, behind, 1) end
      if suffix == LAZY then return self:lazy(s, p, behind) end
      if suffix == MAYBE then
        if self:single(s, p, behind) then
          local result = self:run(s + 1, behind + 1)
          if result then return result end
        end
        p = behind + 1
      else
        if not self:single(s, p, behind) then return nil end
        s, p = s + 1, behind
      end
    end
  end
  return s
end

-- The values of the captures; the whole match where there are none and it is wanted.
function Match:values(first, last, whole)
  local values = {}
  for i, capture in ipairs(self.captures) do
    if not capture.last then error('unfinished capture', 0) end
    values[i] = capture.place and capture.first or codec.text(self.subject, capture.first, capture.last)
  end
  if #values == 0 and whole then values[1] = codec.text(self.subject, first, last) end
  return values
end

--- First and last character of the first match from a character on (or only there); nil without one.
function Match:search(from, only_here)
  for s = from, (self.anchored or only_here) and from or self.length + 1 do
    self.captures = {}
    local behind = self:run(s, self.anchored and 2 or 1)
    if behind then return s, behind - 1 end
  end
  return nil
end

--- A matcher of a text.
function pattern.new(text, pat)
  local points = codec.points(pat)
  local subject, length = codec.points(text)
  local fields = { subject = subject, length = length, pattern = points, anchored = points[1] == NOT, captures = {} }
  return setmetatable(fields, Match)
end

return pattern
