--- The tds package: hash tables, vectors and counters outside Lua's heap, whatever their size, that threads can share.
-- They hold numbers, strings, booleans, each other, tensors and storages. Reading from several threads at once is safe;
-- writing needs a mutex, but for counters.
require 'torch'

local tds = {}
package.loaded['tds'] = tds

tds.elem = require 'tds.elements'
tds.Hash = require 'tds.Hash'
tds.Vec = require 'tds.Vec'
tds.AtomicCounter = require 'tds.AtomicCounter'
tds.hash, tds.vec, tds.atomic_counter = tds.Hash, tds.Vec, tds.AtomicCounter

return tds
