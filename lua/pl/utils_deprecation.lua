--- Warnings about outdated functions, for pl.utils.
return function(utils)
  local function to_stderr(message, trace)
    io.stderr:write(message, '\n', trace and trace .. '\n' or '')
  end

  local receiver = to_stderr

  --- Sets the function(message, traceback) that gets the warnings; none switches them off.
  function utils.set_deprecation_func(fn)
    if fn ~= nil and type(fn) ~= 'function' then
      error("argument 1 expected a 'function', got a '" .. type(fn) .. "'", 2)
    end
    receiver = fn or function() end
  end

  local function field(options, name, needed)
    local value = options[name]
    if value == nil and not needed then return nil end
    if type(value) ~= 'string' then error(("field '%s' of the options table must be a string"):format(name), 3) end
    return value
  end

  --- Gives a warning; `options` has message, source, version_removed, deprecated_after, no_trace.
  function utils.raise_deprecation(options)
    utils.assert_arg(1, options, 'table')
    local text = field(options, 'message', true)
    local source = field(options, 'source')
    local removed, after = field(options, 'version_removed'), field(options, 'deprecated_after')
    if source then text = ('[%s] %s'):format(source, text) end
    if after and removed then
      text = ('%s (deprecated after %s, scheduled for removal in %s)'):format(text, after, removed)
    elseif after then
      text = ('%s (deprecated after %s)'):format(text, after)
    elseif removed then
      text = ('%s (scheduled for removal in %s)'):format(text, removed)
    end
    receiver(text, not options.no_trace and debug.traceback('', 2):match '[\n%s]*(.-)$' or nil)
  end
end
