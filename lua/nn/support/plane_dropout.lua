--- plane_dropout(class, Module, rank): dropout of whole feature planes (Tompson et al., 2015).
-- Input: planes x … (rank dimensions), or a batch of those (rank + 1). Evaluation scales by 1 - p.
return function(class, Module, rank)
  function class:__init(p, stochasticInference)
    Module.__init(self)
    self.p = p or 0.5
    self.train = true
    self.stochastic_inference = stochasticInference or false
    self.noise = torch.Tensor()
  end

  function class:updateOutput(input)
    self.output:resizeAs(input):copy(input)
    if not (self.train or self.stochastic_inference) then return self.output:mul(1 - self.p) end
    local ndim = input:dim()
    if ndim ~= rank and ndim ~= rank + 1 then
      error(('Input must be %dD (nbatch, nfeat, …) or %dD (nfeat, …), got %dD'):format(rank + 1, rank, ndim), 2)
    end
    local size = torch.LongStorage(ndim):fill(1)
    for d = 1, ndim - rank + 1 do size[d] = input:size(d) end
    self.noise:resize(size):bernoulli(1 - self.p)
    return self.output:cmul(self.noise:expandAs(input))
  end

  function class:updateGradInput(_, gradOutput)
    if not self.train then error('backprop only defined while training', 2) end
    return self.gradInput:resizeAs(gradOutput):copy(gradOutput):cmul(self.noise:expandAs(gradOutput))
  end

  function class:setp(p)
    self.p = p
  end

  function class:clearState()
    if self.noise then self.noise:set() end
    return Module.clearState(self)
  end

  function class:__tostring__()
    return ('%s(%f)'):format(torch.type(self), self.p)
  end
end
