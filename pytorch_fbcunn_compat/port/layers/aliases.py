"""Layer table: classes of other packages that compute what an nn class computes."""

from __future__ import annotations

from torch import nn

from ...t7 import TorchObject
from ..spec import TABLE, Layer, Spec, layer
from ..twins.criterions import PlacewiseCrossEntropy
from . import containers, convolution, linear, normalization, pointwise, pooling, shape, temporal

__all__ = [
    "containers",
    "convolution",
    "linear",
    "normalization",
    "pointwise",
    "pooling",
    "shape",
    "temporal",
]  # whose entries are named here

SAME = {
    "OneHot": "nn.OneHot",  # of char-rnn
    "nn.DataParallelTable": "nn.Decorator",
    "nn.Inception": "nn.Decorator",  # of dpnn: holds the modules that it has built
    "nn.FireModule": "nn.Decorator",
    "nn.SeqBRNN": "nn.Decorator",
    "nn.Serial": "nn.Decorator",
    "cudnn.BatchNormalization": "nn.BatchNormalization",
    "cudnn.LogSoftMax": "nn.LogSoftMax",
    "cudnn.ReLU": "nn.ReLU",
    "cudnn.Sigmoid": "nn.Sigmoid",
    "cudnn.SoftMax": "nn.SoftMax",
    "cudnn.SpatialAveragePooling": "nn.SpatialAveragePooling",
    "cudnn.SpatialBatchNormalization": "nn.SpatialBatchNormalization",
    "cudnn.SpatialConvolution": "nn.SpatialConvolution",
    "cudnn.SpatialCrossMapLRN": "nn.SpatialCrossMapLRN",
    "cudnn.SpatialFullConvolution": "nn.SpatialFullConvolution",
    "cudnn.SpatialLogSoftMax": "nn.SpatialLogSoftMax",
    "cudnn.SpatialMaxPooling": "nn.SpatialMaxPooling",
    "cudnn.SpatialSoftMax": "nn.SpatialSoftMax",
    "cudnn.Tanh": "nn.Tanh",
    "cudnn.TemporalConvolution": "nn.TemporalConvolution",
    "cudnn.VolumetricAveragePooling": "nn.VolumetricAveragePooling",
    "cudnn.VolumetricBatchNormalization": "nn.VolumetricBatchNormalization",
    "cudnn.VolumetricConvolution": "nn.VolumetricConvolution",
    "cudnn.VolumetricFullConvolution": "nn.VolumetricFullConvolution",
    "cudnn.VolumetricMaxPooling": "nn.VolumetricMaxPooling",
    "fbcunn.LookupTableGPU": "nn.LookupTable",
    "nn.LinearNB": "nn.LinearNoBias",
    "nn.SpatialConvolutionCuFFT": "nn.SpatialConvolution",
    "nn.SpatialConvolutionFBFFT": "nn.SpatialConvolution",
    "nn.SpatialConvolutionCudaMM": "nn.SpatialConvolution",
    "nn.SpatialConvolutionFFT": "nn.SpatialConvolution",
    "nn.SpatialConvolutionHost": "nn.SpatialConvolution",
    "nn.TemporalConvolutionFB": "nn.TemporalConvolution",
    "inn.SpatialMaxPooling": "nn.SpatialMaxPooling",
    "inn.SpatialAveragePooling": "nn.SpatialAveragePooling",
    "inn.SpatialCrossResponseNormalization": "nn.SpatialCrossMapLRN",
}


def _under(name: str, same: str) -> None:
    entry = TABLE[same]

    def alias(m: Layer) -> Spec:
        return entry(Renamed(m, same))

    TABLE[name] = alias


class Renamed(Layer):
    """A layer that answers to the name of the class whose fields it has."""

    def __init__(self, layer: Layer, name: str) -> None:
        super().__init__(layer.lua, layer.path, layer._port)
        self.name = name

    @property
    def typename(self) -> str:
        return self.name


for _name, _same in SAME.items():
    _under(_name, _same)


@layer("cudnn.ClippedReLU")
def clipped_relu(m: Layer) -> Spec:
    return Spec(nn.Hardtanh, (0, m.number("ceiling")))


@layer("cudnn.VolumetricSoftMax", "cudnn.VolumetricLogSoftMax")
def volumetric_soft_max(m: Layer) -> Spec:
    return Spec(nn.Softmax if m.typename == "cudnn.VolumetricSoftMax" else nn.LogSoftmax, kwargs={"dim": -4})


@layer("cudnn.SpatialCrossEntropyCriterion", "cudnn.VolumetricCrossEntropyCriterion")
def spatial_cross_entropy(m: Layer) -> Spec:
    """Cross entropy at each place of N x C x H x W (x D) scores."""
    inner = m.lua.get("scec")
    owner = inner if isinstance(inner, TorchObject) else m.lua
    nll = owner.get("nll")
    fields = Layer(nll, f"{m.path}.nll", m._port) if isinstance(nll, TorchObject) else m
    weights = {"weight": fields.buffer("weights")} if fields.has_tensor("weights") else {}
    kwargs: dict[str, object] = {"weight": weights["weight"].value} if weights else {}
    if not m.flag("sizeAverage", True):
        kwargs["reduction"] = "sum"
    return Spec(PlacewiseCrossEntropy, kwargs=kwargs, weights=weights)
