--- Files as a whole.
local dir = require 'pl.dir'
local path = require 'pl.path'
local utils = require 'pl.utils'

return {
  --- Content of a file.
  read = utils.readfile,
  --- Writes a file.
  write = utils.writefile,
  copy = dir.copyfile,
  move = dir.movefile,
  access_time = path.getatime,
  creation_time = path.getctime,
  modified_time = path.getmtime,
  delete = os.remove,
}
