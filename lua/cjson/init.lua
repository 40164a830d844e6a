--- JSON text to Lua values and back, with Lua CJSON's settings; errors are raised.
return require 'cjson.instance'(false)
