--- elements(module, input): module.gradInput with exactly one tensor for each element of the input table.
return function(module, input)
  local gradInput = module.gradInput
  for i = 1, #input do gradInput[i] = gradInput[i] or input[i].new() end
  for i = #gradInput, #input + 1, -1 do gradInput[i] = nil end
  return gradInput
end
