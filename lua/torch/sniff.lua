--- Says what a file that could not be loaded may really be.

local marks = {
  { '^PK\3\4', 'a zip archive; files of Python\'s torch.save are such archives: load it with Python' },
  { '^\128[\2-\5]', 'a Python pickle: load it with Python' },
  { '^\137HDF\r\n\26\n', 'an HDF5 file: open it with require \'hdf5\'' },
  { '^\31\139', 'compressed with gzip: decompress it first' },
  { '^\147NUMPY', 'a NumPy array: load it with Python' },
  { '^\137PNG\r\n', 'a PNG image' },
  { '^\255\216\255', 'a JPEG image' },
  { '^%s*[<{]', 'a text file (HTML, XML or JSON): a failed download?' },
  { '^version https://git%-lfs', 'a Git LFS pointer: fetch the real file with `git lfs pull`' },
}

--- @param mode the mode in which loading failed
-- @return a sentence, or nil when nothing is known
local function sniff(filename, mode)
  local file = io.open(filename, 'rb')
  if not file then return nil end
  local head = file:read(64) or ''
  file:close()
  if head == '' then return ('<%s> is empty'):format(filename) end
  for _, mark in ipairs(marks) do
    if head:find(mark[1]) then return ('<%s> looks like %s'):format(filename, mark[2]) end
  end
  if mode ~= 'ascii' and head:find('^[0-8]\n') then
    return ('<%s> looks like a file in ascii mode: torch.load(\'%s\', \'ascii\')'):format(filename, filename)
  elseif mode == 'ascii' and head:find('^[%z\1-\8]%z%z%z') then
    return ('<%s> looks like a file in binary mode: torch.load(\'%s\')'):format(filename, filename)
  elseif head:find('^%z%z%z[\1-\8]') then
    return ('<%s> looks like a big-endian file: open it with torch.DiskFile and bigEndianEncoding()'):format(filename)
  end
end

return sniff
