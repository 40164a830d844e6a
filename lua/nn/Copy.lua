--- nn.Copy([intype[, outtype[, forceCopy = false[, dontCast = false]]]]): converts the input to another tensor type.
-- Both types are the default type unless told. Without forceCopy a tensor that already has the type is passed on itself.
-- dontCast keeps the output type when type() is called.
local Copy, Module = torch.class('nn.Copy', 'nn.Module')

function Copy:__init(intype, outtype, forceCopy, dontCast)
  self.dontCast = dontCast
  intype = intype or torch.Tensor.__typename
  outtype = outtype or torch.Tensor.__typename
  Module.__init(self)
  self.gradInput = torch.getmetatable(intype).new()
  self.output = torch.getmetatable(outtype).new()
  if not forceCopy and intype == outtype then
    -- kept in the instance, which the files of this class show
    self.updateOutput = function(module, input)
      module.output:set(input)
      return input
    end
    self.updateGradInput = function(module, _, gradOutput)
      module.gradInput:set(gradOutput)
      return gradOutput
    end
  end
end

function Copy:updateOutput(input)
  return self.output:resize(input:size()):copy(input)
end

function Copy:updateGradInput(_, gradOutput)
  return self.gradInput:resize(gradOutput:size()):copy(gradOutput)
end

function Copy:type(type, tensorCache)
  if not type or not self.dontCast then return Module.type(self, type, tensorCache) end
  return self
end
