--- Splitting and formatting text, for pl.utils.
return function(utils)
  --- Text with every magic character of Lua patterns escaped.
  function utils.escape(text)
    utils.assert_string(1, text)
    return (text:gsub('[%-%.%+%[%]%(%)%$%^%%%?%*]', '%%%1'))
  end

  --- Pieces of a text between matches of a pattern (default: white space). A last piece that is empty does not count.
  -- @param plain whether `pattern` is taken literally
  -- @param n most pieces; the last then holds the rest
  function utils.split(text, pattern, plain, n)
    utils.assert_string(1, text)
    if pattern == '' then return { text } end
    pattern = pattern or '%s+'
    local pieces, count, start = {}, 0, 1
    while n == nil or count < n - 1 do
      local from, to = text:find(pattern, start, plain)
      if not from then break end
      if to < from then error("the separator '" .. pattern .. "' matches the empty string", 2) end
      count = count + 1
      pieces[count] = text:sub(start, from - 1)
      start = to + 1
    end
    if start <= #text then pieces[count + 1] = text:sub(start) end
    if count == 1 and pieces[1] == '' and #pieces == 1 then return {} end
    return pieces
  end

  --- As `split`, with the pieces as several results.
  function utils.splitv(text, pattern, plain, n) return unpack(utils.split(text, pattern, plain, n)) end

  function utils.fprintf(file, format, ...)
    utils.assert_string(2, format)
    file:write(format:format(...))
  end

  function utils.printf(format, ...)
    utils.assert_string(1, format)
    utils.fprintf(io.stdout, format, ...)
  end
end
