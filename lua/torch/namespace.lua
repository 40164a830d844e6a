--- The table that `require 'torch'` returns; each file of this folder fills its part.
return {}
