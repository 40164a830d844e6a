return require 'pl.absent'('sip')
