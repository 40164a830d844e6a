--- Assertions for test scripts: equality of values and tables, errors, several values at once.
local path = require 'pl.path'
local pretty = require 'pl.pretty'
local tablex = require 'pl.tablex'
local types = require 'pl.types'
local utils = require 'pl.utils'

local test = {}

local function describe(value)
  if type(value) == 'table' and not (getmetatable(value) and getmetatable(value).__tostring) then
    return pretty.write(value, ' ', true)
  end
  return type(value) == 'string' and ('%q'):format(value) or tostring(value)
end

--- Receives the text of each failed assertion; the standard one prints it and ends the program with status 1.
function test.error_handler(text)
  io.stderr:write(text, '\n')
  os.exit(1)
end

--- Reports a failed assertion about two values.
function test.complain(found, expected, message, where)
  local info = debug.getinfo(2 + (where or 0), 'Sl')
  local place = path.basename(info.short_src) .. ':' .. info.currentline
  test.error_handler(('%s: assertion failed\ngot:\t%s\nneeded:\t%s%s'):format(
    place, describe(found), describe(expected), message and '\n' .. message or ''))
end

--- The two values are equal, tables by their content, numbers within `tolerance`.
function test.asserteq(x, y, tolerance, where)
  if x ~= y and not tablex.deepcompare(x, y, true, tolerance) then
    test.complain(x, y, nil, 1 + (where or 0))
  end
end

--- Two pairs of values are equal.
function test.asserteq2(x1, x2, y1, y2, where)
  if x1 ~= y1 then test.complain(x1, y1, nil, 1 + (where or 0)) end
  if x2 ~= y2 then test.complain(x2, y2, nil, 1 + (where or 0)) end
end

--- A text matches a pattern.
function test.assertmatch(text, pattern, where)
  if not tostring(text):match(pattern) then
    test.complain(text, pattern, 'these strings did not match', 1 + (where or 0))
  end
end

--- A function, or a list of a function and its arguments, raises an error whose text contains `message`.
function test.assertraise(fn, message, where)
  local ok, failure
  if types.is_callable(fn) then
    ok, failure = pcall(fn)
  else
    ok, failure = pcall(utils.unpack(fn))
  end
  if ok then test.complain('no error', message, 'these errors did not match', 1 + (where or 0)) end
  if not tostring(failure):find(message, 1, true) then
    test.complain(failure, message, 'these errors did not match', 1 + (where or 0))
  end
end

local Tuple = {}

function Tuple:__tostring()
  local texts = {}
  for i = 1, self.n do texts[i] = tostring(self[i]) end
  return '(' .. table.concat(texts, ',') .. ')'
end

function Tuple.__eq(a, b)
  if a.n ~= b.n then return false end
  for i = 1, a.n do
    if not tablex.deepcompare(a[i], b[i]) then return false end
  end
  return true
end

--- Several values as one, comparable with `==`.
function test.tuple(...) return setmetatable(table.pack(...), Tuple) end

--- Prints how long `n` calls of a function take.
function test.timer(message, n, fn, ...)
  local start = os.clock()
  for _ = 1, n do fn(...) end
  print(('%s: took %7.2f sec'):format(message, os.clock() - start))
end

return test
