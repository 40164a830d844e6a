--- The opening modes of files.
local errors = require 'torch.errors'

local meanings = { r = { true, false }, w = { false, true }, rw = { true, true } }

--- Whether a mode allows reading and writing; raises for an unknown one.
-- @param mode 'r', 'w' or 'rw'
-- @param class name of the constructor, for the error
-- @param allowed how the error names the modes, e.g. "'r','w' or 'rw'"
local function file_mode(mode, class, allowed)
  local meaning = meanings[mode]
  if not meaning or (mode == 'rw' and not allowed:find('rw', 1, true)) then
    errors.argument(2, class, 'file mode should be %s', allowed)
  end
  return meaning[1], meaning[2]
end

return file_mode
