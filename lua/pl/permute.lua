return require 'pl.absent'('permute')
