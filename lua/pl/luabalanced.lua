return require 'pl.absent'('luabalanced')
