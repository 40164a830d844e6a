--- tensor.image, tensor.libjpeg, tensor.libpng, tensor.libppm: where scripts find what were C functions.
for _, name in ipairs { 'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double' } do
  local class = ('torch.%sTensor'):format(name)
  local metatable = torch.getmetatable(class)
  metatable.image = image._methods
  for library, functions in pairs(image._file_functions(class)) do metatable[library] = functions end
end
