"""Models for `loadModel`, as real Keras saves and computes them, with recipe weights.
Run: KERAS_BACKEND=jax python test/golden/make_models.py [layers] [files] [inputs] [refused]   (keras 3.15.1, jax 0.10, h5py 3.16)

layers    models/layers.json: every layer class with its options, one model for each class and input shape; every option is an output;
          layers:Conv2D,Dense makes those that have one of these words in their names, and new ones; layers:new the new ones
files     models/*.keras and *.h5: whole files, with predictions in models/files.json
inputs    models/*.keras and *.h5 of models with two inputs, with predictions in models/inputs.json
refused   models/refused.json: configs that must be refused"""
import json
import os
import re
import sys

import keras
import numpy as np
from keras.src.applications import convnext, inception_resnet_v2

import recipe
from make_networks import samples

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
L = keras.layers
IMAGE = (6, 5, 3)
# Pixels 0..255 -> numbers from -2 to 2, exactly.
CENTRED = {"scale": 1 / 64, "offset": -2.0}


def put(name, value):
    with open(os.path.join(OUT, name), "w") as f:
        json.dump(value, f, separators=(",", ":"))
    print(name, os.path.getsize(f.name))


def leaves(model):
    """Layers, those of nested models included, in the order of model.layers."""
    for layer in model.layers:
        yield from leaves(layer) if hasattr(layer, "layers") else [layer]


def fill(model):
    for layer in leaves(model):
        if layer.weights:
            names = [(w.name, recipe.name_of(type(layer).__name__, w.name), tuple(w.shape)) for w in layer.weights]
            layer.set_weights([recipe.values(layer.name, name, shape) for _, name, shape in names])
            if isinstance(layer, L.Normalization):
                layer.finalize_state()  # as loading a file does
    return model


def config_of(model):
    """As saved, without what nearly every layer says alike and nothing reads: dtype policies, initializers, regularizers, constraints."""

    def left_out(key, value):
        plain = value is None or isinstance(value, dict)
        return key == "build_config" or (plain and key.split("_")[-1] in ("dtype", "initializer", "regularizer", "constraint"))

    def strip(value):
        if isinstance(value, list):
            return [strip(v) for v in value]
        if not isinstance(value, dict):
            return value
        return {k: strip(v) for k, v in value.items() if not left_out(k, v)}

    return strip(json.loads(model.to_json()))


def weights_of(model):
    named = lambda l, w: recipe.name_of("LayerScale", w.name) if type(l).__name__ == "LayerScale" else w.name
    return [[l.name, [[named(l, w), list(w.shape)] for w in l.weights]] for l in leaves(model) if l.weights]


def outputs_of(model, x):
    ys = model(x.astype(np.float32), training=False)
    return [np.asarray(y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]


def golden(model, count=12, scale=1 / 256):
    """What there is to compare: layer order, weights, and `count` values of every output."""
    fill(model)
    shape = model.input_shape[1:]
    ys = outputs_of(model, recipe.image((1, *shape)) * scale)
    return {
        "inputShape": list(shape),
        "layers": [l.name for l in model.layers],
        "weights": weights_of(model),
        "outputs": [{"shape": list(y.shape), "values": samples(y.ravel(), min(count, y.size))} for y in ys],
    }


# --- layers


def options(cls, *list_of_options, before=None, **common):
    """One layer for each set of options, named by class and number, applied to the (centred) input."""

    def apply(x):
        for i, given in enumerate(list_of_options or [{}]):
            y = before[i](x) if before else x
            yield cls(**{**common, **given}, name=f"{cls.__name__.lower()}_{i}")(y)

    return apply


def merges(cls, *shapes_of_inputs, **common):
    """A merge for each list of inputs, which are made from the image by convolutions and pooling to [rows,columns,channels] or less."""

    def tensor(x, kind, name):
        if kind == "image":
            return L.Conv2D(4, 1, name=name)(x)
        if kind == "gate":  # one value for each channel
            return L.GlobalAveragePooling2D(keepdims=True, name=name)(L.Conv2D(4, 1, name=f"{name}_conv")(x))
        if kind == "mask":  # one value for each pixel
            return L.Conv2D(1, 1, name=name)(x)
        if kind == "rows":
            return L.AveragePooling2D((1, 5), name=name)(L.Conv2D(4, 1, name=f"{name}_conv")(x))
        if kind == "wide":
            return L.Conv2D(6, 1, name=name)(x)
        assert kind == "vector"
        return L.Dense(4, name=name)(L.GlobalAveragePooling2D(name=f"{name}_pool")(x))

    def apply(x):
        base = cls.__name__.lower()
        for i, kinds in enumerate(shapes_of_inputs):
            given = common.get("each", [{}] * len(shapes_of_inputs))[i]
            yield cls(name=f"{base}_{i}", **given)([tensor(x, kind, f"{base}_{i}_{k}_{kind}") for k, kind in enumerate(kinds)])

    return apply


ACTIVATIONS = (
    "linear relu relu6 leaky_relu elu selu sigmoid tanh silu swish hard_sigmoid hard_silu hard_swish softplus softsign exponential gelu"
    " softmax celu mish squareplus sparse_plus sparse_sigmoid log_sigmoid hard_tanh tanh_shrink soft_shrink hard_shrink"
).split()
TWO = [["image", "image"], ["vector", "vector"]]
MANY = TWO + [
    ["image", "image", "image"],
    ["image", "gate"],
    ["mask", "image"],
    ["gate", "mask"],
    ["image", "gate", "mask"],
    ["rows", "image"],
    ["image", "vector"],
    ["vector", "gate"],
]
WINDOWS = [{}, {"strides": 2}, {"padding": "same"}, {"strides": (2, 1), "padding": "same", "use_bias": False, "activation": "relu"}]


def cases():
    """(name, input shape, centred, layers). Exact: no arithmetic, so that every bit must be that of Keras."""
    yield "Activation", (4, 3, 5), True, options(L.Activation, *[{"activation": a} for a in ACTIVATIONS])
    as_layer = [L.ReLU(), L.ReLU(max_value=6), L.LeakyReLU(negative_slope=0.2), L.LeakyReLU(negative_slope=0.05), L.Softmax(), L.ELU(0.5)]
    as_layer = [{"activation": a} for a in (*as_layer, L.ReLU(1.5, 0.25, 0.125), L.Activation("mish"))]
    yield "Activation by layer", (7,), True, options(L.Activation, *as_layer)
    yield "Dense with layers as activation", (7,), True, options(L.Dense, *as_layer, units=6)
    yield "Conv2D with layers as activation", IMAGE, True, options(L.Conv2D, *as_layer, {"activation": L.Softmax(axis=1)}, filters=4, kernel_size=3)
    yield "Dense", (7,), True, options(L.Dense, {}, {"use_bias": False}, *[{"activation": a} for a in ACTIVATIONS], units=6)
    yield "Dense on sequences", (4, 7), True, options(L.Dense, {}, {"activation": "softmax"}, units=6)
    yield "Dense on images", IMAGE, True, options(L.Dense, {}, {"activation": "gelu"}, units=6)
    yield "Conv2D", IMAGE, True, options(L.Conv2D, *WINDOWS, {"activation": "softmax"}, filters=4, kernel_size=3)
    sizes = [{"kernel_size": 1}, {"kernel_size": (1, 3), "padding": "same"}, {"kernel_size": (4, 2), "padding": "same", "strides": 3}]
    yield "Conv2D sizes", IMAGE, True, options(L.Conv2D, *sizes, filters=5)
    dilated = [{"dilation_rate": 2}, {"dilation_rate": (1, 3), "padding": "same"}, {"dilation_rate": (3, 2), "padding": "same", "use_bias": False}]
    yield "Conv2D dilated", (9, 8, 3), True, options(L.Conv2D, *dilated, {"dilation_rate": 2, "padding": "same", "kernel_size": (2, 4)}, filters=4, kernel_size=3)
    yield "DepthwiseConv2D dilated", (9, 8, 4), True, options(L.DepthwiseConv2D, *dilated, {"dilation_rate": 2, "depth_multiplier": 2}, kernel_size=3)
    yield "SeparableConv2D dilated", (9, 8, 3), True, options(L.SeparableConv2D, *dilated, kernel_size=3, filters=4)
    yield "Conv2DTranspose dilated", (5, 4, 3), True, options(L.Conv2DTranspose, *dilated, {"dilation_rate": 2, "padding": "same", "kernel_size": (2, 4)}, filters=4, kernel_size=3)
    yield "Conv2D groups", (5, 4, 8), True, options(L.Conv2D, {"groups": 2}, {"groups": 4}, {"groups": 8}, filters=8, kernel_size=3)
    depths = [*WINDOWS, {"depth_multiplier": 2}, {"depth_multiplier": 3, "padding": "same", "activation": "relu6", "strides": 2}]
    yield "DepthwiseConv2D", IMAGE, True, options(L.DepthwiseConv2D, *depths, kernel_size=3)
    yield "SeparableConv2D", IMAGE, True, options(L.SeparableConv2D, *depths, kernel_size=3, filters=4)
    up = [
        {"strides": 2},
        {"strides": 2, "padding": "same"},
        {"strides": (3, 2), "padding": "same", "activation": "tanh", "use_bias": False},
    ]
    extra = [{"strides": 2, "output_padding": 1}, {"strides": (3, 2), "padding": "same", "output_padding": (2, 0)}]
    sizes = [{"kernel_size": 2, "strides": 3}, {"kernel_size": (4, 1), "strides": (2, 1), "padding": "same"}]
    yield "Conv2DTranspose", (3, 4, 3), True, options(L.Conv2DTranspose, {}, *up, *extra, *sizes, filters=4, kernel_size=3)
    pools = [
        {},
        {"pool_size": 3, "strides": 2, "padding": "same"},
        {"pool_size": (2, 3), "strides": 1},
        {"pool_size": 3, "strides": (1, 2), "padding": "same"},
    ]
    yield "MaxPooling2D", IMAGE, True, options(L.MaxPooling2D, *pools)
    yield "AveragePooling2D", IMAGE, True, options(L.AveragePooling2D, *pools, pool_size=2)
    yield "GlobalMaxPooling2D", IMAGE, True, options(L.GlobalMaxPooling2D, {}, {"keepdims": True})
    yield "GlobalAveragePooling2D", IMAGE, True, options(L.GlobalAveragePooling2D, {}, {"keepdims": True})
    norms = [{}, {"scale": False}, {"center": False}, {"scale": False, "center": False}, {"epsilon": 0.1, "momentum": 0.9}, *[{"axis": a} for a in (3, 1, 2, -2)]]
    yield "BatchNormalization", IMAGE, True, options(L.BatchNormalization, *norms)
    yield "BatchNormalization on vectors", (7,), True, options(L.BatchNormalization, {}, {"axis": 1})
    axes = [{}, {"scale": False}, {"center": False, "epsilon": 0.1}, *[{"axis": a} for a in (3, [1], [1, 2], [1, 3], [2, 3], [1, 2, 3], [-1, 1], [-3, -2])]]
    yield "LayerNormalization", IMAGE, True, options(L.LayerNormalization, *axes, {"rms_scaling": True}, {"rms_scaling": True, "scale": False})
    yield "LayerNormalization on vectors", (8,), True, options(L.LayerNormalization, {}, {"scale": False, "center": False})
    groups = [{"groups": 2}, {"groups": -1}, {"groups": 1, "epsilon": 0.1}, {"groups": 3, "scale": False}, {"groups": 6, "center": False, "axis": 3}, {"groups": 5, "axis": 1}, {"groups": -1, "axis": -2}]
    yield "GroupNormalization", (5, 4, 6), True, options(L.GroupNormalization, *groups)
    yield "GroupNormalization on vectors", (64,), True, options(L.GroupNormalization)
    yield "UnitNormalization", IMAGE, True, options(L.UnitNormalization, {}, {"axis": [1, 2]}, {"axis": [1, 2, 3]}, {"axis": 1})
    known = [{"mean": 0.5, "variance": 4.0}, {"mean": [0.1, 0.2, 0.3], "variance": [1.0, 4.0, 0.25]}, *[{"axis": a} for a in (3, 1, [1, 3], [1, 2, 3], None)]]
    yield "Normalization", IMAGE, True, options(L.Normalization, {}, *known)
    yield "Normalization on vectors", (7,), True, options(L.Normalization, {}, {"mean": 0.5, "variance": 4.0})
    yield "ReLU", (4, 3, 5), True, options(
        L.ReLU, {}, {"max_value": 1.5}, {"negative_slope": 0.25}, {"threshold": 0.5, "max_value": 1, "negative_slope": 0.1}
    )
    yield "LeakyReLU", (4, 3, 5), True, options(L.LeakyReLU, {}, {"negative_slope": 0.1})
    yield "ELU", (4, 3, 5), True, options(L.ELU, {}, {"alpha": 0.5})
    yield "PReLU", (4, 3, 5), True, options(L.PReLU, {}, *[{"shared_axes": a} for a in ([1], [1, 2], [2], [2, 3], [1, 2, 3])])
    yield "PReLU on vectors", (7,), True, options(L.PReLU)
    yield "Softmax", (4, 3, 5), True, options(L.Softmax, {}, *[{"axis": a} for a in (3, 1, -2, [1, 2], [-1, 1])])
    yield "Softmax on vectors", (7,), True, options(L.Softmax, {}, {"axis": 1})
    for cls in (L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum):
        yield cls.__name__, IMAGE, True, merges(cls, *MANY)
    yield "Subtract", IMAGE, True, merges(L.Subtract, *TWO, ["image", "gate"], ["mask", "image"], ["vector", "image"])
    joined = [["image", "wide"], ["image", "mask", "wide"], ["vector", "vector"], ["image"] * 8]
    yield "Concatenate", IMAGE, True, merges(L.Concatenate, *joined, each=[{}, {"axis": 3}, {"axis": 1}, {}])
    yield "Concatenate along others", (4, 4, 4), True, merges(L.Concatenate, ["image"] * 2, ["image"] * 3, ["vector"] * 2, each=[{"axis": 1}, {"axis": -2}, {"axis": 1}])
    yield "Flatten", IMAGE, False, options(L.Flatten)
    yield "Flatten on vectors", (7,), False, options(L.Flatten)
    yield "Reshape", IMAGE, False, options(L.Reshape, *[{"target_shape": s} for s in ((90,), (-1,), (10, 9), (3, -1, 2), (5, 6, 3))])
    yield "Reshape of vectors", (12,), False, options(L.Reshape, *[{"target_shape": s} for s in ((1, 1, 12), (3, 4), (12,))])
    yield "Permute", IMAGE, False, options(L.Permute, *[{"dims": d} for d in ((2, 1, 3), (3, 1, 2), (1, 2, 3), (3, 2, 1))])
    yield "Permute of matrices", (4, 7), False, options(L.Permute, {"dims": (2, 1)})
    sides = (1, (2, 0), ((1, 2), (0, 3)))
    yield "ZeroPadding2D", IMAGE, False, options(L.ZeroPadding2D, *[{"padding": p} for p in sides])
    yield "Cropping2D", IMAGE, False, options(L.Cropping2D, *[{"cropping": c} for c in (1, (2, 0), ((1, 2), (0, 3)))])
    yield "Resizing", IMAGE, False, options(
        L.Resizing, *[{"height": h, "width": w} for h, w in ((9, 8), (3, 4), (12, 10))], interpolation="bilinear"
    )
    yield "Resizing, nearest", IMAGE, False, options(
        L.Resizing, *[{"height": h, "width": w} for h, w in ((9, 8), (3, 4), (12, 10))], interpolation="nearest"
    )
    yield "UpSampling2D", IMAGE, False, options(L.UpSampling2D, {}, {"size": 3}, {"size": (1, 2)})
    yield "UpSampling2D, bilinear", IMAGE, False, options(L.UpSampling2D, {}, {"size": (3, 1)}, interpolation="bilinear")
    scales = [
        {"scale": 1 / 127.5, "offset": -1},
        {"scale": [0.1, 0.2, 0.3]},
        {"scale": [0.1, 0.2, 0.3], "offset": [1.0, 2.0, 3.0]},
        {"scale": 2.0, "offset": [0.5, -0.5, 0.25]},
    ]
    yield "Rescaling", IMAGE, False, options(L.Rescaling, *scales)
    yield "Dropout", IMAGE, False, options(L.Dropout, {"rate": 0.5}, {"rate": 0.0}, {"rate": 0.3, "noise_shape": (None, 1, 1, 3)})
    yield "Identity", IMAGE, False, options(L.Identity)
    yield "SpatialDropout2D", IMAGE, False, options(L.SpatialDropout2D, {"rate": 0.5})
    yield "GaussianNoise", IMAGE, False, options(L.GaussianNoise, {"stddev": 0.5})
    yield "GaussianDropout", IMAGE, False, options(L.GaussianDropout, {"rate": 0.5})
    yield "AlphaDropout", IMAGE, False, options(L.AlphaDropout, {"rate": 0.5})
    yield "ActivityRegularization", IMAGE, False, options(L.ActivityRegularization, {"l1": 0.5})
    yield "LayerScale", IMAGE, True, options(convnext.LayerScale, {"init_values": 1e-6}, {"init_values": 1.0}, projection_dim=3)
    yield "StochasticDepth", IMAGE, False, options(convnext.StochasticDepth, {"drop_path_rate": 0.2})
    residuals = [{"scale": 0.17}, {"scale": 1.0}]
    yield "CustomScaleLayer", IMAGE, True, merges(inception_resnet_v2.CustomScaleLayer, *TWO, each=residuals)
    yield from sequences()
    yield from channels_first()
    for cls, given in (
        (L.RandomFlip, {"mode": "horizontal"}),
        (L.RandomRotation, {"factor": 0.2}),
        (L.RandomZoom, {"height_factor": 0.2}),
        (L.RandomTranslation, {"height_factor": 0.2, "width_factor": 0.1}),
        (L.RandomShear, {"x_factor": 0.2}),
        (L.RandomContrast, {"factor": 0.2}),
        (L.RandomBrightness, {"factor": 0.2}),
        (L.RandomHue, {"factor": 0.2}),
        (L.RandomSaturation, {"factor": 0.4}),
        (L.RandomGrayscale, {"factor": 0.5}),
        (L.RandomColorJitter, {"brightness_factor": 0.2, "hue_factor": 0.1}),
        (L.RandomErasing, {}),
        # Of another size Keras 3.15 passes everything at inference, whatever shape it says.
        (L.RandomCrop, {"height": 6, "width": 5, "seed": 7}),
        (L.CenterCrop, {"height": 4, "width": 3}),
    ):
        yield cls.__name__, IMAGE, False, options(cls, given)


def sequences():
    """Layers of sequences, and those of pictures applied to them."""
    steps = (9, 4)
    windows = [{}, {"strides": 2}, {"padding": "same"}, {"strides": 3, "padding": "same", "use_bias": False, "activation": "relu"}]
    dilated = [{"dilation_rate": 2}, {"dilation_rate": 3, "padding": "same"}]
    causal = [{"padding": "causal"}, {"padding": "causal", "dilation_rate": 2, "groups": 2}, {"padding": "causal", "strides": 2, "activation": "softmax"}]
    sizes = [{"kernel_size": 1}, {"kernel_size": 4, "padding": "same", "groups": 4}, {"kernel_size": 9}]
    yield "Conv1D", steps, True, options(L.Conv1D, *windows, *dilated, *causal, *sizes, filters=4, kernel_size=3)
    depths = [{"depth_multiplier": 2}, {"depth_multiplier": 3, "padding": "same", "activation": "relu6", "strides": 2}]
    yield "DepthwiseConv1D", steps, True, options(L.DepthwiseConv1D, *windows, *dilated, *depths, kernel_size=3)
    yield "SeparableConv1D", steps, True, options(L.SeparableConv1D, *windows, *dilated, *depths, kernel_size=3, filters=5)
    up = [{"strides": 2}, {"strides": 2, "padding": "same"}, {"strides": 3, "output_padding": 1, "activation": "tanh", "use_bias": False}]
    extra = [{"strides": 3, "padding": "same", "output_padding": 2}, {"kernel_size": 2, "strides": 3}, {"kernel_size": 1, "strides": 2, "padding": "same"}]
    yield "Conv1DTranspose", steps, True, options(L.Conv1DTranspose, {}, *up, *extra, *dilated, filters=3, kernel_size=3)
    pools = [{}, {"pool_size": 3, "strides": 2, "padding": "same"}, {"pool_size": 3, "strides": 1}, {"pool_size": 4, "strides": 5, "padding": "same"}]
    yield "MaxPooling1D", steps, True, options(L.MaxPooling1D, *pools)
    yield "AveragePooling1D", steps, True, options(L.AveragePooling1D, *pools, pool_size=2)
    yield "GlobalMaxPooling1D", steps, True, options(L.GlobalMaxPooling1D, {}, {"keepdims": True})
    yield "GlobalAveragePooling1D", steps, True, options(L.GlobalAveragePooling1D, {}, {"keepdims": True})
    yield "ZeroPadding1D", steps, False, options(L.ZeroPadding1D, {}, {"padding": 2}, {"padding": (0, 3)})
    yield "Cropping1D", steps, False, options(L.Cropping1D, {}, {"cropping": 2}, {"cropping": (0, 3)})
    yield "UpSampling1D", steps, False, options(L.UpSampling1D, {}, {"size": 3})
    yield "SpatialDropout1D", steps, False, options(L.SpatialDropout1D, {"rate": 0.5})
    yield "RepeatVector", (7,), False, options(L.RepeatVector, {"n": 1}, {"n": 5})
    yield "Activation on sequences", steps, True, options(L.Activation, {"activation": "gelu"}, {"activation": "softmax"})
    yield "BatchNormalization on sequences", steps, True, options(L.BatchNormalization, {}, {"axis": 2})
    yield "Softmax on sequences", steps, True, options(L.Softmax)
    yield "PReLU on sequences", steps, True, options(L.PReLU, {}, {"shared_axes": [1]})
    yield "Flatten on sequences", steps, False, options(L.Flatten)


def channels_first():
    """Every layer that can have its channels first."""
    image, steps, given = (3, 6, 5), (4, 9), {"data_format": "channels_first"}
    first = lambda cls, *some, **more: options(cls, *some, **more, **given)
    yield "Conv2D, channels first", image, True, first(L.Conv2D, *WINDOWS, {"activation": "softmax"}, {"dilation_rate": 2}, filters=4, kernel_size=3)
    yield "Conv2D groups, channels first", (4, 6, 5), True, first(L.Conv2D, {"groups": 2}, filters=4, kernel_size=3)
    yield "DepthwiseConv2D, channels first", image, True, first(L.DepthwiseConv2D, *WINDOWS, {"depth_multiplier": 2}, kernel_size=3)
    yield "SeparableConv2D, channels first", image, True, first(L.SeparableConv2D, *WINDOWS, kernel_size=3, filters=4)
    yield "Conv2DTranspose, channels first", image, True, first(L.Conv2DTranspose, {}, {"strides": 2, "padding": "same"}, filters=4, kernel_size=3)
    pools = [{}, {"pool_size": 3, "strides": 2, "padding": "same"}]
    yield "MaxPooling2D, channels first", image, True, first(L.MaxPooling2D, *pools)
    yield "AveragePooling2D, channels first", image, True, first(L.AveragePooling2D, *pools, pool_size=2)
    yield "GlobalMaxPooling2D, channels first", image, True, first(L.GlobalMaxPooling2D, {}, {"keepdims": True})
    yield "GlobalAveragePooling2D, channels first", image, True, first(L.GlobalAveragePooling2D, {}, {"keepdims": True})
    yield "Flatten, channels first", image, False, first(L.Flatten)
    yield "Flatten on vectors, channels first", (7,), False, first(L.Flatten)
    yield "ZeroPadding2D, channels first", image, False, first(L.ZeroPadding2D, {"padding": ((1, 2), (0, 3))})
    yield "Cropping2D, channels first", image, False, first(L.Cropping2D, {"cropping": ((1, 2), (0, 3))})
    yield "UpSampling2D, channels first", image, False, first(L.UpSampling2D, {"size": (1, 2)})
    yield "UpSampling2D, bilinear, channels first", image, False, first(L.UpSampling2D, {"size": (3, 1)}, interpolation="bilinear")
    yield "Resizing, channels first", image, False, first(L.Resizing, {"height": 9, "width": 8})
    yield "CenterCrop, channels first", image, False, first(L.CenterCrop, {"height": 4, "width": 3})
    yield "RandomFlip, channels first", image, False, first(L.RandomFlip)
    yield "SpatialDropout2D, channels first", image, False, first(L.SpatialDropout2D, {"rate": 0.5})
    yield "Conv1D, channels first", steps, True, first(L.Conv1D, {}, {"padding": "causal", "dilation_rate": 2}, {"strides": 2, "activation": "softmax"}, filters=4, kernel_size=3)
    yield "SeparableConv1D, channels first", steps, True, first(L.SeparableConv1D, {}, kernel_size=3, filters=4)
    yield "MaxPooling1D, channels first", steps, True, first(L.MaxPooling1D, *pools)
    yield "GlobalAveragePooling1D, channels first", steps, True, first(L.GlobalAveragePooling1D, {}, {"keepdims": True})
    yield "ZeroPadding1D, channels first", steps, False, first(L.ZeroPadding1D)
    yield "a network with channels first", (3, 12, 11), True, first_network


def first_network(x):
    """A residual network, with what stands between convolutions."""
    given = {"data_format": "channels_first"}
    conv = lambda x, filters, **more: L.Conv2D(filters, 3, padding="same", use_bias=False, **given, **more)(x)
    x = L.ReLU()(L.BatchNormalization(axis=1)(conv(x, 4, strides=2)))
    y = L.Dropout(0.5)(L.Activation("gelu")(L.BatchNormalization(axis=1)(conv(x, 4))))
    x = L.PReLU(shared_axes=[2, 3])(L.Add()([x, L.LeakyReLU(0.25)(conv(y, 4))]))
    x = L.Concatenate(axis=1)([x, L.MaxPooling2D(2, strides=1, padding="same", **given)(x), y])
    gate = L.Reshape((12, 1, 1))(L.Dense(12, activation="sigmoid")(L.GlobalAveragePooling2D(**given)(x)))
    x = L.AveragePooling2D(2, **given)(L.Multiply()([x, gate]))
    yield L.Dense(5, activation="softmax")(L.Flatten(**given)(x))
    yield L.Dense(5)(L.Flatten()(x))


# Cases that only move values, or pick some.
EXACT = (
    "MaxPooling2D GlobalMaxPooling2D Flatten Reshape Permute ZeroPadding2D Cropping2D Dropout Identity SpatialDropout2D GaussianNoise"
    " GaussianDropout AlphaDropout ActivityRegularization MaxPooling1D GlobalMaxPooling1D ZeroPadding1D Cropping1D UpSampling1D SpatialDropout1D"
    " RepeatVector StochasticDepth"
).split()


def is_exact(name):
    moved = ("Resizing, nearest", "UpSampling2D", "UpSampling2D, channels first")
    return re.split("[ ,]", name)[0] in EXACT or name.startswith(("Random", "CenterCrop")) or name in moved


def make_layers(only=""):
    """`only`: words, one of which the names of cases have that are to be made; the others stay as they are."""
    words = only.split(",")
    with open(os.path.join(OUT, "layers.json")) as f:
        before = {case["name"]: case for case in json.load(f)}
    made = []
    for name, shape, centred, apply in cases():
        if name in before and not any(word in name for word in words):
            made.append(before[name])
            continue
        keras.utils.clear_session()
        inputs = keras.Input(shape, name="image")
        x = L.Rescaling(**CENTRED, name="centred")(inputs) if centred else inputs
        model = keras.Model(inputs, list(apply(x)), name="case")
        made.append({"name": name, **({"exact": True} if is_exact(name) else {}), "config": config_of(model), **golden(model, scale=1)})
    put("layers.json", made)


# --- files


def small_trunk(size=16):
    """The beginning of MobileNet, small."""
    inputs = keras.Input((size, size, 3))
    x = L.Conv2D(4, 3, padding="same", strides=2, use_bias=False)(inputs)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    x = L.DepthwiseConv2D(3, strides=2, use_bias=False)(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    return keras.Model(inputs, L.ReLU(6.0)(L.BatchNormalization()(x)), name="small_mobilenet")


def transfer():
    """As the usual tutorial has it."""
    trunk = small_trunk()
    trunk.trainable = False
    return keras.Sequential([trunk, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(3, activation="softmax")])


def augmented():
    """As Keras's guide to transfer learning has it."""
    augmentation = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augmentation")
    inputs = keras.Input((20, 18, 3))
    x = augmentation(inputs)
    x = L.Rescaling(1 / 127.5, offset=-1)(L.Resizing(16, 16)(x))
    x = small_trunk()(x, training=False)
    x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, L.Dense(1, activation="sigmoid")(x))


def various():
    """Layers with weights that the others have not; no names."""
    x = inputs = keras.Input((8, 7, 3))
    x = L.Normalization()(x)
    x = L.SeparableConv2D(4, 3, activation="relu")(x)
    x = L.PReLU(shared_axes=[1, 2])(L.Conv2DTranspose(6, 2, strides=2)(x))
    x = L.MaxPooling2D(2)(L.DepthwiseConv2D(3, depth_multiplier=2)(x))
    return keras.Model(inputs, L.Dense(4)(L.Flatten()(x)))


def first():
    """Channels first, flattened in that order, and in that of channels last."""
    given = {"data_format": "channels_first"}
    inputs = keras.Input((3, 9, 8))
    x = L.Conv2D(5, 3, strides=2, activation="relu", **given)(inputs)
    x = L.MaxPooling2D(2, strides=1, **given)(L.BatchNormalization(axis=1)(x))
    return keras.Model(inputs, [L.Dense(4)(L.Flatten()(x)), L.Dense(3)(L.Dropout(0.5)(L.Flatten(**given)(x)))])


def make_files():
    made = []
    builds = (transfer, ("transfer.keras", "transfer.h5")), (augmented, ("augmented.keras",)), (various, ("various.h5",)), (first, ("first.keras", "first.h5"))
    for build, files in builds:
        keras.utils.clear_session()
        model = build()
        about = golden(model, count=8, scale=1)
        model.compile(optimizer="adam", loss="mse")
        for file in files:
            model.save(os.path.join(OUT, file))
            if file.endswith(".keras"):
                recipe.settle(os.path.join(OUT, file))
            made.append({"file": file, **about})
            print(file, os.path.getsize(os.path.join(OUT, file)))
    put("files.json", made)


# --- several inputs


def image_and_numbers():
    """Pictures and numbers about them, side by side."""
    image, numbers = keras.Input((12, 10, 3), name="image"), keras.Input((5,), name="numbers")
    x = L.Conv2D(4, 3, strides=2, use_bias=False, name="conv")(image)
    x = L.GlobalAveragePooling2D(name="pool")(L.ReLU(name="relu")(L.BatchNormalization(name="bn")(x)))
    y = L.Dense(6, activation="tanh", name="about")(numbers)
    z = L.Dense(8, activation="relu", name="hidden")(L.Concatenate(name="joined")([x, y]))
    return keras.Model([image, numbers], L.Dense(3, activation="softmax", name="predictions")(z), name="image_and_numbers")


def pair():
    """Two pictures by name: a model for each of them with two outputs, and one that takes two inputs by name."""
    picture = keras.Input((8, 9, 2), name="picture")
    x = L.Conv2D(4, 3, activation="relu", name="conv")(picture)
    features = L.GlobalAveragePooling2D(name="mean")(x), L.GlobalMaxPooling2D(name="largest")(x)
    encoder = keras.Model(picture, list(features), name="encoder")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    same = keras.Model({"a": a, "b": b}, L.Multiply(name="product")([L.Dense(4, name="turned")(a), b]), name="same")
    left, right = keras.Input((8, 9, 2), name="left"), keras.Input((8, 9, 2), name="right")
    one, two = encoder(left), encoder(right)
    z = L.Concatenate(name="joined")([same({"a": one[0], "b": two[0]}), L.Subtract(name="difference")([one[1], two[1]])])
    return keras.Model({"left": left, "right": right}, L.Dense(2, activation="softmax", name="predictions")(z), name="pair")


def make_inputs():
    made = []
    for build in (image_and_numbers, pair):
        keras.utils.clear_session()
        model = fill(build())
        shapes = {t.name: list(t.shape[1:]) for t in model.inputs}
        y = np.asarray(model({name: recipe.image((2, *shape)) / np.float32(256) for name, shape in shapes.items()}, training=False))
        about = {"inputs": shapes, "layers": [l.name for l in model.layers], "weights": weights_of(model)}
        for ending in ("keras", "h5"):
            file = os.path.join(OUT, f"{model.name}.{ending}")
            model.save(file)
            if ending == "keras":
                recipe.settle(file)
            made.append({"file": os.path.basename(file), **about, "output": {"shape": list(y.shape), "values": samples(y.ravel(), y.size)}})
            print(file, os.path.getsize(file))
    put("inputs.json", made)


# --- configs that must be refused


@keras.saving.register_keras_serializable(package="mine")
class Custom(L.Layer):
    def call(self, x):
        return x


def make_refused():
    """Configs by what is wrong with them."""
    image = keras.Input(IMAGE, name="image")
    one = lambda layer: keras.Model(image, layer(image), name="model")
    dense = lambda activation: one(L.Dense(2, name="dense", activation=activation))
    resizing = lambda **given: one(L.Resizing(3, 3, name="resizing", **given))
    models = {
        "Lambda": one(L.Lambda(lambda x: x, name="lambda_1", output_shape=IMAGE)),
        "unknown class": one(L.EinsumDense("abcd,de->abce", output_shape=(None, None, 4), name="einsum")),
        "custom class": one(Custom(name="custom")),
        "op": keras.Model(image, image * 2, name="model"),
        "op of two": keras.Model(image, L.Conv2D(3, 1, name="conv")(image) * image, name="model"),
        "unknown activation": dense("sparsemax"),
        "unknown activation layer": dense(L.PReLU(name="slopes")),
        "lanczos3": resizing(interpolation="lanczos3"),
        "cropped": resizing(crop_to_aspect_ratio=True),
        "inverted": one(L.Normalization(name="norm", mean=0.0, variance=1.0, invert=True)),
        "open size": keras.Sequential([keras.Input((None, None, 3), name="image"), L.Conv2D(2, 3, name="conv")], name="model"),
        "no size": keras.Sequential([L.Conv2D(2, 3, name="conv"), L.Flatten(name="flat")], name="model"),
    }
    configs = {name: config_of(model) for name, model in models.items()}
    for mode in ("int8", "int4"):
        quantized = one(L.Dense(2, name="dense"))
        quantized.quantize(mode)
        configs[mode] = json.loads(quantized.to_json())  # with its types
    # In place of Python's byte code, which names this file's place and lines.
    function = configs["Lambda"]["config"]["layers"][1]["config"]["function"]
    function["config"]["code"] = "4wEAAAAAAAAAAAAAAAEAAAATAAAA8wYAAACXAHwAUwCpAU6pACkB2gF4\n"
    put("refused.json", configs)


# --- main

if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    makers = {"layers": make_layers, "files": make_files, "inputs": make_inputs, "refused": make_refused}
    for name in sys.argv[1:] or makers:
        name, _, only = name.partition(":")
        makers[name](*([only] if only else []))
