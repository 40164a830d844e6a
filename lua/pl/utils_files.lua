--- Whole files and shell commands, for pl.utils.
return function(utils)
  local function read(path, what, mode)
    local file, message = io.open(path, mode)
    if not file then return utils.raise(message) end
    local content, failure
    if what then
      content, failure = file:read(what)
    else
      content = {}
      for line in file:lines() do content[#content + 1] = line end
    end
    file:close()
    -- Reading a folder fails only now, and its message does not say which.
    if content == nil then return utils.raise(path .. ': ' .. tostring(failure)) end
    return content
  end

  --- Content of a file, or nil and a message.
  function utils.readfile(path, binary)
    utils.assert_string(1, path)
    return read(path, '*a', binary and 'rb' or 'r')
  end

  --- Lines of a file without their ends, or nil and a message.
  function utils.readlines(path)
    utils.assert_string(1, path)
    return read(path)
  end

  --- Writes a file: true, or nil and a message.
  function utils.writefile(path, text, binary)
    utils.assert_string(1, path)
    utils.assert_string(2, text)
    local file, message = io.open(path, binary and 'wb' or 'w')
    if not file then return utils.raise(message) end
    local ok, failure = file:write(text)
    local closed, late_failure = file:close()
    if not ok or not closed then return utils.raise(path .. ': ' .. tostring(failure or late_failure)) end
    return true
  end

  --- A word, or a list of words, in the form in which the shell takes it.
  function utils.quote_arg(argument)
    if type(argument) == 'table' then
      local words = {}
      for i = 1, #argument do words[i] = utils.quote_arg(argument[i]) end
      return table.concat(words, ' ')
    end
    if argument ~= '' and not argument:find '[^%w_@%%%+=:,%./%-]' then return argument end
    return "'" .. argument:gsub("'", "'\\''") .. "'"
  end

  --- Runs a shell command: whether it succeeded, its status, what it wrote to its output and to its error output.
  function utils.executeex(command, binary)
    local output, errors = os.tmpname(), os.tmpname()
    local redirected = ('( %s\n) > %s 2> %s'):format(command, utils.quote_arg(output), utils.quote_arg(errors))
    local ok, status = utils.execute(redirected)
    local written, complaint = utils.readfile(output, binary), utils.readfile(errors, binary)
    os.remove(output)
    os.remove(errors)
    return ok, status, written or '', complaint or ''
  end
end
