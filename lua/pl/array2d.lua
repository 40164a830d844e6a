return require 'pl.absent'('array2d')
