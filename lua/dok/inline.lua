--- The part of dok that printed help in the terminal; all of it is in dok.
return require 'dok'
