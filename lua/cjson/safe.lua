--- As cjson, but encode and decode answer nil and a message where cjson raises an error.
return require 'cjson.instance'(true)
