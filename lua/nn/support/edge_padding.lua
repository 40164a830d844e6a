--- edge_padding(class, kernel): padding classes whose borders a kernel fills from the image itself.
return function(class, kernel)
  local forward, gradient = kernel .. '_updateOutput', kernel .. '_updateGradInput'

  local function check(input)
    if input:dim() ~= 3 and input:dim() ~= 4 then error('input must be 3 or 4-dimensional', 3) end
  end

  function class:__init(pad_l, pad_r, pad_t, pad_b)
    nn.Module.__init(self)
    self.pad_l = pad_l
    self.pad_r, self.pad_t, self.pad_b = pad_r or pad_l, pad_t or pad_l, pad_b or pad_l
  end

  function class:updateOutput(input)
    check(input)
    input.THNN[forward](input, self.output, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    check(input)
    input.THNN[gradient](input, gradOutput, self.gradInput, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
    return self.gradInput
  end

  function class:__tostring__()
    return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
  end
end
