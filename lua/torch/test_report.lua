--- What `torch.Tester` prints while it runs and afterwards.
local LINE_WIDTH = 80

-- The colour of each status, as `sys.colors` names them.
local colour_of = {
  WAIT = 'cyan', SKIP = 'yellow', ERROR = 'magenta', FAIL = 'red', PASS = 'green', ['+warning'] = 'yellow',
}

local report = {}

--- A function(text, colour) that colours text when a script runs under `th` and has `sys.colors`.
local function painter()
  local found, colours = pcall(require, 'sys.colors')
  if not (found and rawget(_G, 'arg')) then return function(text) return text end end
  return function(text, colour) return colours[colour] .. text .. colours.none end
end

local function counted(count, noun) return ('%d %s%s'):format(count, noun, count == 1 and '' or 's') end

--- Announces a run; returns a function(position, name) for each test, which returns a
-- function(status, warned) for its outcome.
function report.start(total)
  local paint = painter()
  local digits = #tostring(total)
  local counter = ('%%%dd/%d '):format(digits, total)
  local room = LINE_WIDTH - 8 - (2 * digits + 2)

  local function status_text(status) return '[' .. paint(status, colour_of[status]) .. ']' end

  io.write('Running ', counted(total, 'test'), '\n')
  return function(position, name)
    name = tostring(name)
    local line = ('%s%s %s '):format(paint(counter:format(position), 'cyan'), name, ('.'):rep(room - #name))
    io.write(line .. status_text('WAIT'))
    io.flush()
    return function(status, warned)
      io.write('\r' .. line .. status_text(status))
      if warned then io.write('\n' .. (' '):rep(LINE_WIDTH - 10) .. status_text('+warning')) end
      io.write('\n')
      io.flush()
    end
  end
end

--- Says that a run ended before its last test.
function report.aborted() io.write('Aborting on first error, not all tests have been executed\n') end

--- Prints the counts of a run.
-- @param counts `{asserts=, tests=, failures=, errors=, warnings=, disabled=}`
function report.summary(counts)
  local paint = painter()
  local line = ('Completed %s in %s with %s and %s'):format(
    counted(counts.asserts, 'assert'), counted(counts.tests, 'test'),
    paint(counted(counts.failures, 'failure'), counts.failures == 0 and 'green' or 'red'),
    paint(counted(counts.errors, 'error'), counts.errors == 0 and 'green' or 'magenta'))
  if counts.warnings > 0 then line = line .. ' and ' .. paint(counted(counts.warnings, 'warning'), 'yellow') end
  if counts.disabled > 0 then line = line .. ' and ' .. paint(counts.disabled .. ' disabled', 'yellow') end
  io.write(line .. '\n')
end

--- Prints texts between lines of dashes.
function report.sections(texts)
  local dashes = ('-'):rep(LINE_WIDTH) .. '\n'
  if #texts > 0 then io.write(dashes) end
  for _, text in ipairs(texts) do
    io.write(text .. '\n')
    io.write(dashes)
  end
end

return report
