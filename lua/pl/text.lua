--- Texts of several lines: indenting, wrapping, templates, the formatting operator. All of it is in pl.stringx.
return require 'pl.stringx'
