"""Layer table: pooling, upsampling, padding."""

from __future__ import annotations

from torch import nn

from ..spec import Layer, Spec, layer
from ..twins import spatial as twins
from .convolution import pair, settings, spatial_padding, volume


@layer("nn.SpatialMaxPooling", "nn.SpatialDilatedMaxPooling")
def spatial_max_pooling(m: Layer) -> Spec:
    kernel = pair(m.int("kH"), m.int("kW"))
    stride = pair(m.int("dH", m.int("kH")), m.int("dW", m.int("kW")))
    kwargs = settings(
        padding=pair(*spatial_padding(m)), dilation=pair(m.int("dilationH", 1), m.int("dilationW", 1))
    ) | ({"ceil_mode": True} if m.flag("ceil_mode") else {})
    return Spec(nn.MaxPool2d, (kernel,) if stride == kernel else (kernel, stride), kwargs)


@layer("nn.SpatialAveragePooling")
def spatial_average_pooling(m: Layer) -> Spec:
    kernel, stride = pair(m.int("kH"), m.int("kW")), pair(m.int("dH", 1), m.int("dW", 1))
    padding = spatial_padding(m)
    kwargs = settings(padding=pair(*padding))
    if m.flag("ceil_mode"):
        kwargs["ceil_mode"] = True
    if not m.flag("count_include_pad", True) and (any(padding) or m.flag("ceil_mode")):
        kwargs["count_include_pad"] = False
    if not m.flag("divide", True):
        kwargs["divisor_override"] = 1
    return Spec(nn.AvgPool2d, (kernel,) if stride == kernel else (kernel, stride), kwargs)


@layer("nn.SpatialAdaptiveMaxPooling", "nn.SpatialAdaptiveAveragePooling")
def adaptive_pooling(m: Layer) -> Spec:
    cls = nn.AdaptiveMaxPool2d if m.typename == "nn.SpatialAdaptiveMaxPooling" else nn.AdaptiveAvgPool2d
    height, width = (m.optional_int(axis) for axis in ("H", "W"))
    return Spec(cls, ((height, width) if height != width else height,))


@layer("nn.SpatialFractionalMaxPooling")
def fractional_max_pooling(m: Layer) -> Spec:
    kernel = pair(m.int("poolSizeH"), m.int("poolSizeW"))
    if m.has("outH"):
        kwargs = {"output_size": pair(m.int("outH"), m.int("outW"))}
    else:
        kwargs = {"output_ratio": (m.number("ratioH"), m.number("ratioW"))}
    return Spec(nn.FractionalMaxPool2d, (kernel,), kwargs, random=True)


@layer("nn.VolumetricFractionalMaxPooling")
def volumetric_fractional_max_pooling(m: Layer) -> Spec:
    kernel = tuple(m.int(f"poolSize{axis}") for axis in "THW")
    if m.has("outT"):
        kwargs = {"output_size": tuple(m.int(f"out{axis}") for axis in "THW")}
    else:
        kwargs = {"output_ratio": tuple(m.number(f"ratio{axis}") for axis in "THW")}
    return Spec(nn.FractionalMaxPool3d, (kernel,), kwargs, random=True)


@layer("nn.VolumetricMaxPooling", "nn.VolumetricDilatedMaxPooling")
def volumetric_max_pooling(m: Layer) -> Spec:
    kernel = volume(m, "k", 1)
    stride = volume(m, "d", 1)
    kwargs = settings(padding=volume(m, "pad", 0), dilation=volume(m, "dilation", 1))
    if m.flag("ceil_mode"):
        kwargs["ceil_mode"] = True
    return Spec(nn.MaxPool3d, (kernel,) if stride == kernel else (kernel, stride), kwargs)


@layer("nn.VolumetricAveragePooling")
def volumetric_average_pooling(m: Layer) -> Spec:
    kernel, stride = volume(m, "k", 1), volume(m, "d", 1)
    return Spec(
        nn.AvgPool3d, (kernel,) if stride == kernel else (kernel, stride), settings(padding=volume(m, "pad", 0))
    )


@layer("nn.SpatialMaxUnpooling", "nn.VolumetricMaxUnpooling")
def max_unpooling(m: Layer) -> Spec:
    pooling = m.child("pooling")
    recording = {nn.MaxPool2d: twins.RecordingMaxPool2d, nn.MaxPool3d: twins.RecordingMaxPool3d}
    pooling.cls = recording.get(pooling.cls, pooling.cls)
    if pooling.cls not in recording.values():
        m.fail(f"its pooling layer is a {pooling.typename}, not a max pooling")
    return Spec(twins.MaxUnpool, children=[pooling])


@layer("nn.SpatialSubSampling")
def spatial_sub_sampling(m: Layer) -> Spec:
    args = (m.int("nInputPlane"), (m.int("kH"), m.int("kW")), (m.int("dH", 1), m.int("dW", 1)))
    return Spec(twins.SubSampling2d, args, weights={"weight": m.weight("weight"), "bias": m.weight("bias")})


@layer("nn.FeatureLPPooling")
def feature_lp_pooling(m: Layer) -> Spec:
    args = (m.int("width"), m.int("stride"), m.number("power"))
    return Spec(twins.FeatureLPPool, args, {"dim": 1 if m.flag("batch_mode") else 0})


@layer("nn.SpatialUpSamplingNearest", "nn.SpatialUpSamplingBilinear", "nn.UpSampling")
def up_sampling(m: Layer) -> Spec:
    mode = {"nn.SpatialUpSamplingNearest": "nearest", "nn.SpatialUpSamplingBilinear": "linear"}.get(
        m.typename, m.text("mode", "nearest")
    )
    if mode not in ("nearest", "linear"):
        m.fail(f"the mode {mode!r} is not known")
    space = 0 if m.typename == "nn.UpSampling" else 2
    kwargs: dict[str, object]
    if m.has("oheight"):
        axes = ("owidth", "oheight", "odepth")
        size = tuple(m.int(axis) for axis in reversed(axes) if m.has(axis))
        kwargs = {"size": size}
        space = len(size)
    else:
        kwargs = {"scale_factor": m.int("scale_factor")}
    names = {"nearest": {"mode": "nearest"}, "linear": {"mode": "bilinear", "align_corners": True}}[mode]
    # Torch7 has interpolation weights in single precision even for doubles; torch.nn does not
    alike = mode == "nearest" or m.text("_type", "torch.FloatTensor") != "torch.DoubleTensor"
    idiom = Spec(nn.Upsample, kwargs=kwargs | names) if space == 2 and alike else None
    return Spec(twins.Upsample, kwargs=kwargs | {"mode": mode, "space": space}, idiom=idiom)


@layer("nn.PixelShuffle")
def pixel_shuffle(m: Layer) -> Spec:
    return Spec(nn.PixelShuffle, (m.int("upscaleFactor"),))


@layer("nn.SpatialZeroPadding", "nn.SpatialReflectionPadding", "nn.SpatialReplicationPadding")
def spatial_padding_layer(m: Layer) -> Spec:
    classes = {
        "nn.SpatialZeroPadding": nn.ZeroPad2d,
        "nn.SpatialReflectionPadding": nn.ReflectionPad2d,
        "nn.SpatialReplicationPadding": nn.ReplicationPad2d,
    }
    sides = tuple(m.int(f"pad_{side}") for side in "lrtb")
    return Spec(classes[m.typename], (sides[0] if len(set(sides)) == 1 else sides,))


@layer("nn.VolumetricReplicationPadding")
def volumetric_replication_padding(m: Layer) -> Spec:
    sides = tuple(m.int(side) for side in ("pleft", "pright", "ptop", "pbottom", "pfront", "pback"))
    return Spec(nn.ReplicationPad3d, (sides[0] if len(set(sides)) == 1 else sides,))
