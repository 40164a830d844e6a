return require 'pl.absent'('comprehension')
