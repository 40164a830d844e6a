return require 'pl.absent'('lexer')
