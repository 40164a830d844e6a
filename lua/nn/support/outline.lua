--- Text of containers, as print shows them.
local outline = {}

local function indented(text, by)
  return (tostring(text):gsub('\n', '\n' .. by))
end

--- Children one after the other. The heading is nn.Sequential for its subclasses too, as in the original.
function outline.chain(container)
  local steps, lines = { 'input' }, {}
  for i, module in ipairs(container.modules) do
    steps[#steps + 1] = ('(%d)'):format(i)
    lines[i] = ('\n  (%d): %s'):format(i, indented(module, '  '))
  end
  steps[#steps + 1] = 'output'
  return ('nn.Sequential {\n  [%s]%s\n}'):format(table.concat(steps, ' -> '), table.concat(lines))
end

--- Children side by side.
function outline.branches(container)
  local lines, last = {}, #container.modules
  for i, module in ipairs(container.modules) do
    local stem, below = '  |`-> ', '    |    '
    if i == last then stem, below = '   `-> ', '         ' end
    lines[i] = ('\n  %s(%d): %s'):format(stem, i, indented(module, below))
  end
  return ('%s {\n  input%s\n     ... -> output\n}'):format(torch.type(container), table.concat(lines))
end

--- A module around another: `outer @ inner`.
function outline.around(outer, module)
  local inner = module.__tostring__ and module:__tostring__() or torch.type(module)
  return outer .. ' @ ' .. inner
end

return outline
