return require 'pl.absent'('xml')
