--- The value that stands for JSON's null: light userdata, equal only to itself, and not nil.
--
-- LuaJIT hands such a value out as the identity of a variable of a function, which lives as long as the function does.
local variable = true
local function owner() return variable end

local value = debug.upvalueid(owner, 1)

-- lua-cjson's is the null pointer, and prints as one. All light userdata share a metatable.
debug.setmetatable(value, {
  __tostring = function(any) return rawequal(any, value) and 'userdata: NULL' or ('userdata: %p'):format(any) end,
})

return { owner = owner, value = value }
