--- The value that stands for JSON's null: light userdata, equal only to itself, and not nil.
--
-- LuaJIT hands such a value out as the identity of a variable of a function, which lives as long as the function does.
local variable = true
local function owner() return variable end

return { owner = owner, value = debug.upvalueid(owner, 1) }
