--- Collects documentation while packages are loaded: `doc.record()`, then require them, then `doc.stop()`.
--
-- Calling the module adds a text. Checked functions add their own, with their arguments filled in.
local doc = {}

local collected

--- Starts collecting.
function doc.record() collected = {} end

--- Whether texts are being collected.
function doc.recording() return collected ~= nil end

--- Ends collecting; answers all texts.
function doc.stop()
  local text = table.concat(collected or {})
  collected = nil
  return text
end

--- Adds a text.
function doc.doc(text)
  if collected then collected[#collected + 1] = text end
end

return setmetatable(doc, { __call = function(_, text) return doc.doc(text) end })
