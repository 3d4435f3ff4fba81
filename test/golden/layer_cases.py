"""Cases of every layer class with its options, and of small networks, for make_models.py: what is applied to an input, and gives the outputs to compare."""
import re

import keras
from keras.src.applications import convnext, inception_resnet_v2

L = keras.layers
IMAGE = (6, 5, 3)


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


# Of the kinds of tensors below, the axes that have the same size.
DOTS = [{"axes": 1}, {"axes": -1, "normalize": True}, {"axes": 3}, {"axes": (2, 2), "normalize": True}, {"axes": (3, 1)}]


def short_vectors(x):
    """Of lengths around 1e-6 and 1e-8, and nought."""
    for i, scale in enumerate((1e-6, 1e-8, 0.0)):
        tiny = L.Rescaling(scale, name=f"tiny_{i}")(x)
        yield L.Dot(axes=1, normalize=True, name=f"dot_{i}")([tiny, L.Dense(5, name=f"dense_{i}")(x)])


def with_gaps(x, scale=1.0):
    """Two features of a centred sequence of one, about half of whose steps are 0."""
    x = L.ReLU()(L.Rescaling(scale)(x))
    return L.Concatenate()([x, L.Rescaling(2.0)(x)])


def masked(x):
    """What passes a mask on, ends it, joins it, uses it."""
    a, b = L.Masking(name="zeros")(with_gaps(x)), L.Masking(name="others")(with_gaps(x, -1.0))
    mean = lambda y, **more: L.GlobalAveragePooling1D(**more)(y)
    yield a
    yield L.Masking(-1.5, name="another")(L.Concatenate()([x, L.Rescaling(1.0)(x)]))
    yield mean(a)
    yield mean(L.Dense(4, activation="tanh", name="dense")(a), keepdims=True)
    passing = L.SpatialDropout1D(0.5)(L.Dropout(0.5)(L.LayerNormalization(name="ln")(L.BatchNormalization(name="bn", trainable=False)(L.Dense(3, name="first")(a)))))
    yield mean(L.ReLU()(L.PReLU(name="prelu")(L.Activation("softmax")(L.Identity()(L.GaussianNoise(0.1)(passing))))))
    yield mean(L.Conv1D(3, 3, padding="same", name="conv")(a))  # which ends it
    yield mean(L.Reshape((3, 6))(a))
    yield L.Flatten()(L.Dense(2, name="flat")(a))
    yield mean(L.Add()([a, b]))
    yield mean(L.Maximum()([a, with_gaps(x)]))
    yield mean(L.Concatenate()([a, L.Dense(2, name="beside")(b)]))
    yield mean(L.Concatenate()([a, x]))
    yield mean(L.Concatenate(axis=1)([a, b]))
    yield mean(L.Concatenate(axis=1)([with_gaps(x), b]))
    inner = L.Input((9, 2))
    yield mean(keras.Model(inner, L.Dense(2, name="within")(inner), name="inner")(a))
    yield mean(keras.Sequential([L.Input((9, 2)), L.Masking(1.0), L.Dense(2, name="chained")], name="chain")(with_gaps(x)))


def stepped(x):
    """Layers, and models, of each step."""
    steps = lambda layer, name: L.TimeDistributed(layer, name=name)
    pictures = L.Reshape((3, 4, 5, 2))(x)
    yield steps(L.Dense(3, activation="relu", name="dense"), "rows")(L.Reshape((6, 20))(x))
    y = steps(L.Conv2D(4, 3, padding="same", name="conv"), "convs")(pictures)
    yield steps(L.MaxPooling2D(2), "pools")(steps(L.BatchNormalization(name="bn", trainable=False), "norms")(y))
    yield steps(L.Flatten(), "flat")(y)
    yield steps(L.GlobalAveragePooling2D(), "means")(y)
    yield steps(L.Activation("softmax"), "sums")(y)
    inner = L.Input((4, 5, 2))
    head = L.Dense(3, name="inner_dense")(L.Flatten()(L.Conv2D(2, 3, name="inner_conv")(inner)))
    yield steps(keras.Model(inner, head, name="inner"), "models")(pictures)
    yield steps(keras.Sequential([L.Input((20,)), L.Dense(2, name="chained")], name="chain"), "chains")(L.Reshape((6, 20))(x))
    yield steps(steps(L.Dense(2, name="deep"), "within"), "twice")(L.Reshape((3, 4, 10))(x))


def attended(x):
    """Attention to itself, to others, with what comes later left out, with other sizes."""
    q, v = L.Reshape((10, 12))(x), L.Dense(6, name="others")(L.Reshape((8, 15))(x))
    yield L.MultiHeadAttention(2, 3, name="itself")(q, q)
    yield L.MultiHeadAttention(3, 4, value_dim=2, dropout=0.5, name="cross")(q, v)
    yield L.MultiHeadAttention(1, 2, use_bias=False, output_shape=5, name="keys")(q, v, key=L.Dense(3, name="keyed")(v))
    yield L.MultiHeadAttention(2, 3, name="causal")(q, q, use_causal_mask=True)
    yield L.MultiHeadAttention(2, 2, output_shape=(2, 3), name="several")(q, v, use_causal_mask=True)
    yield L.MultiHeadAttention(2, 3, name="picture")(L.Reshape((5, 6, 4))(x), L.Reshape((3, 4, 10))(x))


def sequence_attended(x):
    """Attention without heads, with keys of their own, without and with what it learns."""
    q, v = L.Reshape((10, 12))(x), L.Dense(12, name="others")(L.Reshape((8, 15))(x))
    other = L.Dense(5, name="values")(L.Reshape((8, 15))(x))
    yield L.Attention(name="itself")([q, q], use_causal_mask=True)
    yield L.Attention(use_scale=True, dropout=0.5, name="scaled")([q, v])
    yield L.Attention(score_mode="concat", name="concat")([q, other, v])
    yield L.Attention(use_scale=True, score_mode="concat", name="both")([q, v], use_causal_mask=True)
    yield L.AdditiveAttention(name="additive")([q, v])
    yield L.AdditiveAttention(use_scale=False, dropout=0.25, name="plain")([q, other, v], use_causal_mask=True)


def einsums(x):
    y = L.Reshape((6, 4, 5))(x)
    given = (("abc,cd->abd", (None, 7), "d", L.Reshape((6, 20))(x)), ("...x,xy->...y", 3, None, y), ("abcd,cde->abe", (6, 2), "e", y), ("abcd,bde->ace", (4, 3), "ce", y))
    for i, (equation, shape, bias, z) in enumerate(given):
        yield L.EinsumDense(equation, shape, bias_axes=bias, activation="relu" if i == 1 else None, name=f"einsum_{i}")(z)
    yield L.EinsumDense("abc,bd->acd", (20, 3), bias_axes="c", name="moved")(L.Reshape((6, 20))(x))


def choosing_head(x):
    """Steps [N,T,C] through what chooses and orders; of `cut` only whether its values are above 0 counts, which has no slope."""
    from keras import ops

    y = L.Dense(6, name="values")(x)
    chosen = ops.where(y > 0, y * y, y * 0.3)
    top, places = ops.top_k(chosen, 3)
    ordered = ops.sort(L.Dense(5, name="ordered")(x), axis=1)
    sparse = ops.sparsemax(L.Dense(5, name="sparse")(x))
    between = ops.minimum(ops.maximum(ordered, sparse), ordered * 2)
    cut = ops.cast(L.Dense(4, name="cut")(x) > 0, "float32")
    largest = chosen * ops.one_hot(ops.argmax(y, axis=-1), 6)
    numbers = ops.cast(places, "float32") * top
    steps = ops.concatenate([largest, top, numbers, ordered * sparse, between, cut * y[..., :4]], axis=-1)
    return ops.concatenate([L.Flatten()(steps), ops.max(y, axis=1), ops.min(ordered, axis=-1)], axis=-1)


def masked_steps_head(x):
    """Layers and models of each step, of which some do not count."""
    y = L.TimeDistributed(L.Dense(3, activation="tanh", name="dense"), name="rows")(L.Masking(name="zeros")(with_gaps(x)))
    chain = keras.Sequential([L.Input((3,)), L.Dense(2, name="chained"), L.LayerNormalization(name="ln")], name="chain")
    return L.GlobalAveragePooling1D()(L.Concatenate()([y, L.TimeDistributed(chain, name="chains")(y)]))


def attentive_head(x):
    """The end of a small vision transformer."""
    y = L.Conv2D(8, 2, strides=2, name="patches")(x)
    y = L.Reshape((-1, 8))(y)
    z = L.LayerNormalization(epsilon=1e-6, name="ln1")(y)
    y = L.Add()([y, L.MultiHeadAttention(2, 4, name="mha")(z, z)])
    z = L.LayerNormalization(epsilon=1e-6, name="ln2")(y)
    z = L.TimeDistributed(L.Dense(12, activation="gelu", name="up"), name="each")(z)
    y = L.Add()([y, L.EinsumDense("abc,cd->abd", (None, 8), bias_axes="d", name="down")(z)])
    return L.GlobalAveragePooling1D()(y)


def sequence_attentive_head(x):
    """Attention without heads, whose scales, and what is in front of it, learn."""
    y = L.Reshape((6, 20))(x)
    pair = [L.Dense(4, name="queries")(y), L.Dense(4, name="values")(y)]
    scaled = L.Attention(use_scale=True, name="scaled")(pair, use_causal_mask=True)
    concat = L.Attention(use_scale=True, score_mode="concat", name="concat")(pair)
    return L.GlobalAveragePooling1D()(L.Concatenate()([scaled, concat, L.AdditiveAttention(name="additive")(pair)]))


def masked_head(x):
    """A mask in front of layers that learn, and one of what a layer gives."""
    y = L.Masking(name="zeros")(with_gaps(x))
    y = L.GaussianNoise(0.0)(L.Dense(3, activation="relu", name="steps")(y))
    return L.GlobalAveragePooling1D()(L.Masking(name="learned")(y))


def rare_head(x):
    """Normalisations and pools that few networks have."""
    y = L.RMSNormalization(name="rms")(L.Conv2D(3, 2, name="conv")(x))
    y = L.Concatenate()([L.AdaptiveAveragePooling2D(3)(y), L.AdaptiveMaxPooling2D(3)(y)])
    y = L.Reshape((9, 6))(y)
    y = L.Concatenate()([L.AdaptiveAveragePooling1D(2)(y), L.AdaptiveMaxPooling1D(2)(y)])
    return L.RMSNormalization(axis=[-1, -2], name="both")(y)


def numbered(x):
    """Class numbers, about half of which are 0."""
    x = L.Flatten()(L.ReLU(max_value=255.0)(L.Rescaling(2.0, offset=-255.0)(x)))
    y = L.Embedding(256, 3, mask_zero=True, name="embedding")(x)
    yield L.GlobalAveragePooling1D()(y)
    yield L.Flatten()(y)


def cases():
    """(name, input shape, centred, layers). Exact: no arithmetic, so that every bit must be that of Keras."""
    yield "Activation", (4, 3, 5), True, options(L.Activation, *[{"activation": a} for a in ACTIVATIONS])
    as_layer = [L.ReLU(), L.ReLU(max_value=6), L.LeakyReLU(negative_slope=0.2), L.LeakyReLU(negative_slope=0.05), L.Softmax(), L.ELU(0.5)]
    as_layer = [{"activation": a} for a in (*as_layer, L.ReLU(1.5, 0.25, 0.125), L.Activation("mish"))]
    yield "Activation by layer", (7,), True, options(L.Activation, *as_layer)
    yield "Dense with layers as activation", (7,), True, options(L.Dense, *as_layer, units=6)
    yield "Conv2D with layers as activation", IMAGE, True, options(L.Conv2D, *as_layer, {"activation": L.Softmax(axis=1)}, filters=4, kernel_size=3)
    yield "Dense", (7,), True, options(L.Dense, {}, {"use_bias": False}, *[{"activation": a} for a in ACTIVATIONS], units=6)
    yield "TimeDistributed", (6, 5, 4), True, stepped
    yield "EinsumDense", (6, 5, 4), True, einsums
    yield "MultiHeadAttention", (6, 5, 4), True, attended
    yield "Attention", (6, 5, 4), True, sequence_attended
    yield "Vision transformer", (6, 5, 4), True, lambda x: [attentive_head(x)]
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
    yield "Dot", IMAGE, True, merges(L.Dot, ["vector", "vector"], ["vector", "vector"], ["image", "image"], ["image", "image"], ["image", "vector"], each=DOTS)
    yield "Dot of short vectors", (5,), True, short_vectors
    yield "Embedding", (3, 2), False, options(L.Embedding, {}, {"output_dim": 1}, input_dim=256, output_dim=5)
    yield "Masking", (9, 1), True, masked
    sizes = [{"output_size": n} for n in (1, 2, 4, (3, 2), (6, 5), (5, 3), (2, 9))]
    for kind in ("Average", "Max"):
        yield f"Adaptive{kind}Pooling2D", IMAGE, True, options(getattr(L, f"Adaptive{kind}Pooling2D"), *sizes, {"output_size": 2, "data_format": "channels_first"})
        yield f"Adaptive{kind}Pooling1D", (9, 4), True, options(getattr(L, f"Adaptive{kind}Pooling1D"), *[{"output_size": n} for n in (1, 3, 4, 9, 11)])
    yield "RMSNormalization", IMAGE, True, options(L.RMSNormalization, {}, {"epsilon": 0.1}, {"axis": [-1, -2]}, {"axis": [3, 1, 2]})
    yield "RMSNormalization on vectors", (8,), True, options(L.RMSNormalization, {}, {"axis": 1})
    yield "Embedding with a mask", (12, 1), False, numbered
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
    to = ((9, 8), (3, 4), (12, 10), (2, 5))
    for kind in ("bicubic", "lanczos3", "lanczos5"):
        smooth = [{"height": h, "width": w, "antialias": a} for h, w in to for a in (False, True)]
        yield f"Resizing, {kind}", IMAGE, False, options(L.Resizing, *smooth, interpolation=kind)
    yield "Resizing, antialiased", (13, 9, 2), False, options(L.Resizing, *[{"height": h, "width": w} for h, w in (*to, (5, 9), (20, 3))], antialias=True)
    shapes = [{"height": h, "width": w, "interpolation": kind} for h, w in ((9, 8), (3, 7), (4, 1), (8, 2)) for kind in ("bilinear", "nearest", "bicubic")]
    yield "Resizing, cropped", (7, 12, 3), False, options(L.Resizing, *shapes, crop_to_aspect_ratio=True)
    yield "Resizing, filled up", (7, 12, 3), False, options(L.Resizing, *shapes, {"height": 5, "width": 5, "fill_value": -3.5}, pad_to_aspect_ratio=True)
    yield "UpSampling2D", IMAGE, False, options(L.UpSampling2D, {}, {"size": 3}, {"size": (1, 2)})
    yield "UpSampling2D, filtered", IMAGE, False, options(L.UpSampling2D, *[{"interpolation": kind} for kind in ("bicubic", "lanczos3", "lanczos5")], size=(2, 3))
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
    shapes = [{"height": 3, "width": 7, "interpolation": "bicubic", "antialias": True, mode: True, "fill_value": 0.5} for mode in ("crop_to_aspect_ratio", "pad_to_aspect_ratio")]
    yield "Resizing with options, channels first", image, False, first(L.Resizing, *shapes)
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
    "AdaptiveMaxPooling1D AdaptiveMaxPooling2D MaxPooling2D GlobalMaxPooling2D Flatten Reshape Permute ZeroPadding2D Cropping2D Dropout Identity SpatialDropout2D GaussianNoise"
    " GaussianDropout AlphaDropout ActivityRegularization MaxPooling1D GlobalMaxPooling1D ZeroPadding1D Cropping1D UpSampling1D SpatialDropout1D"
    " RepeatVector StochasticDepth"
).split()


def is_exact(name):
    moved = ("Resizing, nearest", "UpSampling2D", "UpSampling2D, channels first")
    return re.split("[ ,]", name)[0] in EXACT or name.startswith(("Random", "CenterCrop")) or name in moved
