"""Layer table: classes of other packages that compute what an nn class computes."""

from __future__ import annotations

from ..spec import TABLE, Layer, Spec, refuse
from . import convolution, linear, normalization, pointwise, pooling, temporal

__all__ = ["convolution", "linear", "normalization", "pointwise", "pooling", "temporal"]  # whose entries are named here

_SAME = {
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


for _name, _same in _SAME.items():
    _under(_name, _same)

refuse("cudnn.ClippedReLU", "use nn.HardTanh(0, ceiling) in the Lua model; it computes the same")
