--- `require 'pl'`: every module of Penlight as a global variable, loaded when it is first used.
-- With the global PENLIGHT_STRICT set, undeclared globals become errors.
require 'pl.import_into'(_G)

if rawget(_G, 'PENLIGHT_STRICT') then require 'pl.strict' end

return true
