--- initial(module, fan, stdv): draws weight, then bias, uniformly from [-b, b].
-- b is 1 / sqrt(fan), or sqrt(3) stdv where a standard deviation is asked for.
return function(module, fan, stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(fan)
  module.weight:uniform(-bound, bound)
  if module.bias then module.bias:uniform(-bound, bound) end
  return module
end
