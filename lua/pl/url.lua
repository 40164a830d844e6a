return require 'pl.absent'('url')
