"""Layer table: the rnn package's layers and criterions for padded sequences, and its small ones."""

from __future__ import annotations

from torch import nn

from ..spec import Layer, Spec, layer, refuse
from ..twins import criterions as losses
from ..twins import masking, pointwise, shape


@layer("nn.MaskZero", "nn.TrimZero")
def mask_zero(m: Layer) -> Spec:
    """TrimZero leaves the empty samples out, which gives the same unless the module looks at the batch."""
    if m.typename == "nn.TrimZero" and "nn.BatchNormalization" in repr(m.lua.get("module")):
        m.fail("leaves samples out of a batch normalization; use nn.MaskZero")
    return Spec(masking.MaskZero, kwargs={"input_dims": m.int("nInputDim")}, children=m.children()[:1])


@layer("nn.MaskZeroCriterion")
def mask_zero_criterion(m: Layer) -> Spec:
    return Spec(masking.MaskZeroCriterion, children=[m.child("criterion")])


@layer("nn.SequencerCriterion")
def sequencer_criterion(m: Layer) -> Spec:
    kwargs: dict[str, object] = {"average": True} if m.flag("sizeAverage") else {}
    return Spec(losses.SequencerCriterion, kwargs=kwargs, children=[m.child("criterion")])


@layer("nn.RepeaterCriterion")
def repeater_criterion(m: Layer) -> Spec:
    return Spec(losses.SequencerCriterion, kwargs={"repeat_target": True}, children=[m.child("criterion")])


@layer("nn.SAdd")
def scalar_add(m: Layer) -> Spec:
    add = Spec(pointwise.AddConstant, (m.number("addend"),))
    minus = Spec(pointwise.MulConstant, (-1,))
    return Spec(nn.Sequential, children=[add, minus]) if m.flag("negate") else add


@layer("nn.SeqReverseSequence")
def reverse(m: Layer) -> Spec:
    return Spec(shape.Flip, (m.int("dim") - 1,))


@layer("nn.Clip")
def clip(m: Layer) -> Spec:
    return Spec(pointwise.Clip, (m.number("minval"), m.number("maxval")))


_COLORS = "it augments images at random; use torchvision.transforms.v2 in the data loader"
_REWARD = (
    "its gradient is a reward that is given with :reinforce(); use torch.distributions and the log_prob of a sample"
)
for _name, _reason in {
    "nn.NCEModule": "it needs its targets as input; use nn.AdaptiveLogSoftmaxWithLoss, or nn.Linear with cross entropy",
    "nn.NormStabilizer": "it adds a loss inside backward; add the difference of the states' norms to the loss",
    "nn.PCAColorTransform": _COLORS,
    "nn.RecurrentAttention": _REWARD,
    "nn.ReinforceBernoulli": _REWARD,
    "nn.ReinforceCategorical": _REWARD,
    "nn.ReinforceGamma": _REWARD,
    "nn.ReinforceNormal": _REWARD,
    "nn.SeqLSTMP": "its output is a projection of its state; use nn.LSTM with proj_size",
    "nn.SimpleColorTransform": _COLORS,
    "nn.SpatialUniformCrop": _COLORS,
}.items():
    refuse(_name, _reason)
