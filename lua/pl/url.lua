--- Percent encoding of text in URLs.
local url = {}

local function encoded(letter) return ('%%%02X'):format(letter:byte()) end

--- quote(text [, form]): letters other than A-Z a-z 0-9 - _ . / become %XX; with `form` a space becomes + and / is encoded.
-- What is no string comes back as it is.
function url.quote(text, form)
  if type(text) ~= 'string' then return text end
  text = text:gsub('\n', '\r\n')
  if form then
    return (text:gsub('[^%w%-_%. ]', encoded):gsub(' ', '+'))
  end
  return (text:gsub('[^%w%-_%./]', encoded))
end

--- unquote(text): the text that was quoted, either way.
function url.unquote(text)
  if type(text) ~= 'string' then return text end
  text = text:gsub('+', ' '):gsub('%%(%x%x)', function(digits) return string.char(tonumber(digits, 16)) end)
  return (text:gsub('\r\n', '\n'))
end

return url
