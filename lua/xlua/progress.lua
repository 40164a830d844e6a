--- xlua.progress(current, goal): a progress bar with the time left; and xlua.formatTime(seconds).
local sys = require 'sys'

local WIDEST = 120
local BESIDE = 34 -- columns that the times beside the bar take
local REMEMBERED = 100 -- calls over which the duration of a step is averaged

--- The two largest units of a time, e.g. 1h5m, 3s20ms.
local function format_time(seconds)
  local parts = {}
  local rest = seconds
  for _, unit in ipairs { { 'D', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 }, { 'ms', 0.001 } } do
    local count = math.floor(rest / unit[2])
    rest = rest - count * unit[2]
    if count > 0 and #parts < 2 then parts[#parts + 1] = count .. unit[1] end
  end
  return #parts > 0 and table.concat(parts) or '0ms'
end

local width

--- Columns of the terminal; 80 where there is none.
local function columns()
  if not width then
    local known = tonumber(os.getenv('COLUMNS') or '')
    if not known then
      local pipe = io.popen('tput cols 2>/dev/null')
      known = pipe and tonumber(pipe:read('*a'))
      if pipe then pipe:close() end
    end
    width = math.max(BESIDE + 10, math.min(known or 80, WIDEST))
  end
  return width
end

--- `filled` of `length` places drawn, the last of them as an arrow head.
local function drawn(filled, length)
  if filled > length then return ('='):rep(length) end
  if filled < 1 then return ('.'):rep(length) end
  return ('='):rep(filled - 1) .. '>' .. ('.'):rep(length - filled)
end

local bar -- the bar that was drawn last: {filled, complete, started, times, counts}

local function progress(current, goal)
  local length = columns() - BESIDE
  local filled = math.floor(current * length / goal)
  local now = sys.clock()
  if bar and filled >= bar.filled then
    io.write('\r')
    -- calls that follow a complete bar belong to it until the count falls back
    if bar.complete then return end
  else
    bar = { started = now, times = { now }, counts = { current } }
  end
  bar.filled = filled
  bar.complete = filled >= length

  local step = 0
  if current ~= bar.counts[1] then step = (now - bar.times[1]) / (current - bar.counts[1]) end
  bar.times[#bar.times + 1], bar.counts[#bar.counts + 1] = now, current
  if #bar.times > REMEMBERED then
    table.remove(bar.times, 1)
    table.remove(bar.counts, 1)
  end

  local time = bar.complete and ' Tot: ' .. format_time(now - bar.started)
    or ' ETA: ' .. format_time(math.max(0, (goal - current) * step))
  time = time .. ' | Step: ' .. format_time(step)
  local blank = columns() - length - 4
  -- the times are written over blanks, then the cursor goes back into the bar for the count
  io.write(' [', drawn(filled, length), '] ', (' '):rep(blank), ('\b'):rep(blank), time,
    ('\b'):rep(math.floor(5 + #time + length / 2)), ' ', tostring(current), '/', tostring(goal), ' ')
  if bar.complete then io.write('\n') end
  io.write('\r')
  io.flush()
end

return { progress, format_time }
