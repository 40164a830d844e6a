return require 'pl.absent'('Date')
