"""What real Keras makes, in f64, of small nets in ten steps of gradient descent, the last of a smaller batch: the losses, the gradients of the first
step, and all weights after the last, moving statistics included. Recipe weights; a picture for each sample. Every layer type is in one of the nets.
Run: KERAS_BACKEND=jax python test/golden/make_training.py [name ...]   (keras 3.15.1, jax 0.10, numpy 2)

training/<name>.json: the config, and per weight the bytes of its f32 values"""
import base64
import json
import os
import sys

import jax
import keras
import numpy as np
from keras.src.applications import convnext, inception_resnet_v2
from keras.src.models import functional

import recipe
from make_models import CENTRED, config_of, fill

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "training")
L = keras.layers
RATE, COUNT, BATCH, CLASSES = 0.05, 39, 4, 3


def packed(v):
    return base64.b64encode(np.asarray(v, "<f4").tobytes()).decode()


def samples(shape, count):
    x = recipe.image((count, *shape)) * CENTRED["scale"] + CENTRED["offset"]
    return x.astype(np.float64), np.arange(count, dtype=np.int32) * 5 % CLASSES


def path_of(v):
    """LayerScale gives its weight no name."""
    return v.path.replace("/variable", "/gamma")


def step(model):
    """One step from the variables before to those after, by Keras's own layers, loss and optimizer."""
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.SGD(RATE)
    optimizer.build(model.trainable_variables)

    def objective(trained, others, x, y):
        probabilities, others, penalties = model.stateless_call(trained, others, x, training=True, return_losses=True)
        return loss_of(y, probabilities) + sum(penalties), others

    def run(trained, others, state, x, y):
        (loss, others), gradients = jax.value_and_grad(objective, has_aux=True)(trained, others, x, y)
        trained, state = optimizer.stateless_apply(state, gradients, trained)
        return loss, gradients, trained, others, state

    return jax.jit(run), [v.value for v in optimizer.variables]


def trained(model, count):
    fill(model)
    x, y = samples(model.input_shape[1:], count)
    run, state = step(model)
    values = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    losses, first = [], None
    for begin in range(0, count, BATCH):
        loss, gradients, values, others, state = run(values, others, state, x[begin : begin + BATCH], y[begin : begin + BATCH])
        losses.append(float(loss))
        first = first or gradients
    for v, value in zip(model.trainable_variables, values):
        v.assign(value)
    for v, value in zip(model.non_trainable_variables, others):
        v.assign(value)
    return {
        "config": json.loads(json.dumps(config_of(model)).replace("float64", "float32")),
        "batch": BATCH,
        "count": count,
        "rate": RATE,
        "classes": CLASSES,
        "losses": losses,
        "gradients": {path_of(v): packed(g) for v, g in zip(model.trainable_variables, first)},
        # Seeds and counts are whole numbers.
        "weights": {path_of(v): packed(v.value) for v in model.weights if keras.backend.is_float_dtype(v.dtype)},
    }


def classifier(x, inputs, name):
    x = L.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(x), name=name)


def batch_norm():
    """Convolutions and batch normalisations, with and without scale and center, one of them applied twice; a residual."""
    inputs = keras.Input((6, 5, 3), name="image")
    x = L.Conv2D(4, 3, padding="same", use_bias=False, name="conv1")(inputs)
    x = L.ReLU(name="relu1")(L.BatchNormalization(scale=False, name="no_scale")(x))
    shared = L.BatchNormalization(momentum=0.9, epsilon=1e-5, name="shared")
    y = shared(L.Conv2D(4, 3, padding="same", name="conv2")(x))
    y = L.Add(name="sum")([L.ReLU(name="relu2")(y), x])
    y = shared(L.Conv2D(4, 3, padding="same", name="conv3")(y))
    y = L.BatchNormalization(scale=False, center=False, name="plain")(L.ReLU(name="relu3")(y))
    y = L.Conv2D(5, 2, strides=2, use_bias=False, name="conv4")(y)
    return classifier(L.ReLU(name="relu4")(L.BatchNormalization(center=False, name="no_center")(y)), inputs, "batch_norm")


def keep_calls():
    """Keras 3.15.1 puts the training argument of the whole model over that of a call inside a Functional model; its guides say that
    `base(x, training=False)` holds, which is what Thaw does."""
    whole = functional.operation_fn

    def own(op, **context):
        return lambda *args, **kwargs: whole(op, **{k: v for k, v in context.items() if kwargs.get(k) is None})(*args, **kwargs)

    functional.operation_fn = own


def frozen_norm():
    """A frozen batch normalisation, and a model called with training=False, above a thawed convolution and below one that normalises by the batch."""
    keep_calls()
    inputs = keras.Input((6, 5, 3), name="image")
    x = L.Conv2D(4, 3, name="conv1")(inputs)
    frozen = L.BatchNormalization(name="frozen")
    x = L.ReLU(name="relu1")(frozen(x))
    frozen.trainable = False
    inner = keras.Input((4, 3, 4), name="inner")
    base = keras.Model(inner, L.BatchNormalization(name="asked")(L.Conv2D(4, 2, name="conv2")(inner)), name="base")
    x = L.ReLU(name="relu2")(base(x, training=False))
    x = L.BatchNormalization(name="thawed")(L.Conv2D(4, 2, name="conv3")(x))
    return classifier(x, inputs, "frozen_norm")


def pools():
    """Pools of all kinds, their windows apart and overlapping, and whatever moves pixels: padding, cropping, transposing, resizing, joining."""
    inputs = keras.Input((6, 5, 3), name="image")
    x = L.Conv2D(4, 3, padding="same", activation="relu", name="conv1")(inputs)
    x = L.MaxPooling2D(3, strides=2, padding="same", name="max1")(x)
    x = L.Conv2D(4, 2, name="conv2")(L.ZeroPadding2D(((1, 1), (0, 2)), name="padded")(x))
    small = L.Cropping2D(((1, 1), (2, 0)), name="cropped")(x)
    x = L.Concatenate(name="joined")([
        L.AveragePooling2D(2, strides=1, padding="same", name="average")(x),
        L.MaxPooling2D(2, strides=1, padding="same", name="max2")(x),
        L.Permute((2, 1, 3), name="turned")(x),
        L.UpSampling2D(2, name="nearest")(small),
        L.UpSampling2D(2, interpolation="bilinear", name="bilinear")(small),
    ])
    x = L.Softmax(name="scores")(L.Conv2D(5, 2, name="conv3")(x))
    x = L.GlobalMaxPooling2D(name="max3")(L.Resizing(2, 5, name="resized")(x))
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(x), name="pools")


def convolutions():
    """Every kind of convolution, with strides, depth multipliers and groups, and PReLU with a slope for each channel and for each element."""
    inputs = keras.Input((8, 7, 3), name="image")
    x = L.Conv2D(4, 3, padding="same", name="conv")(inputs)
    x = L.PReLU(shared_axes=[1, 2], name="prelu1")(L.Conv2D(6, 2, groups=2, name="groups")(x))
    x = L.BatchNormalization(name="norm")(L.DepthwiseConv2D(3, strides=2, padding="same", name="depthwise1")(x))
    x = L.DepthwiseConv2D((2, 3), padding="same", depth_multiplier=2, use_bias=False, activation="tanh", name="depthwise2")(x)
    x = L.Conv2DTranspose(5, 3, strides=2, padding="same", name="transposed1")(x)
    x = L.PReLU(name="prelu2")(L.Conv2DTranspose(4, 2, strides=(3, 1), name="transposed2")(x))
    return classifier(L.SeparableConv2D(5, 3, strides=2, depth_multiplier=2, name="separable")(x), inputs, "convolutions")


def dilated():
    """Convolutions with holes of every kind, and normalisations within samples, over axes and groups, with and without what they may have."""
    inputs = keras.Input((9, 8, 3), name="image")
    x = L.Conv2D(6, 3, dilation_rate=2, padding="same", name="conv")(inputs)
    x = L.ReLU(name="relu")(L.LayerNormalization(name="channels")(x))
    x = L.DepthwiseConv2D((2, 3), dilation_rate=(1, 2), padding="same", name="depthwise")(x)
    x = L.GroupNormalization(3, epsilon=1e-2, name="groups")(x)
    x = L.SeparableConv2D(5, (2, 3), dilation_rate=(3, 2), name="separable")(x)
    x = L.LayerNormalization(axis=[1, 3], scale=False, name="rows")(x)
    x = L.Conv2DTranspose(4, 2, dilation_rate=2, name="transposed")(x)
    whole = L.LayerNormalization(axis=[1, 2, 3], center=False, name="whole")(x)
    old = L.LayerNormalization(rms_scaling=True, name="old")(L.Activation("tanh", name="tanh")(x))
    x = L.Concatenate(name="joined")([whole, old, L.GroupNormalization(-1, name="instances")(x)])
    x = L.Conv2D(5, 3, dilation_rate=(2, 2), name="last")(x)
    return classifier(L.UnitNormalization(axis=[1, 2], name="unit")(x), inputs, "dilated")


ACTIVATIONS = "relu6 leaky_relu elu selu sigmoid silu hard_sigmoid hard_silu softplus softsign exponential gelu softmax".split()


def values():
    """Every activation and merge, with broadcasting, and what works value by value. What is drawn is nought: of draws Keras has its own."""
    inputs = keras.Input((5, 4, 3), name="image")
    x = L.Normalization(name="normalised")(L.Rescaling([1.0, 0.5, 2.0], offset=0.1, name="rescaled")(inputs))
    x = L.GaussianNoise(0.0, name="noise")(L.Conv2D(4, 1, name="first")(x))
    some = [L.Activation(a, name=a)(L.Rescaling((0.5 + i / 16) * (-1) ** i, name=f"{a}_input")(x)) for i, a in enumerate(ACTIVATIONS)]
    some += [
        L.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.2, name="relu")(x),
        L.LeakyReLU(negative_slope=0.3, name="leaky")(x),
        L.ELU(alpha=0.5, name="elu_layer")(x),
        L.PReLU(shared_axes=[1], name="prelu")(x),
        L.Softmax(name="scores")(x),
    ]
    gate = L.GlobalAveragePooling2D(keepdims=True, name="gate")(x)
    total = L.GaussianDropout(0.0, name="gaussian")(L.Add(name="total")(some[:6]))
    mean = L.AlphaDropout(0.0, name="alpha")(L.Average(name="mean")([*some[6:12], gate]))
    product = L.Multiply(name="product")([L.Maximum(name="largest")([total, mean]), gate])
    rest = L.Subtract(name="difference")([product, L.Minimum(name="least")(some[12:])])
    x = L.SpatialDropout2D(0.0, name="channels")(L.Identity(name="identity")(rest))
    x = L.ActivityRegularization(l1=0.002, l2=0.004, name="activity")(L.Permute((2, 1, 3), name="turned")(x))
    x = L.Flatten(name="flat")(L.Reshape((2, -1, 4), name="reshaped")(x))
    x = L.Dense(6, activation="tanh", name="hidden")(L.Dropout(0.0, name="drop")(x))
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(x), name="values")


def augmented():
    """Layers that augment, where all that they may draw is the same: one angle, one shift, one colour."""
    inputs = keras.Input((6, 5, 3), name="image")
    unit = L.Conv2D(3, 3, padding="same", activation="sigmoid", name="unit")(inputs)
    colours = {"value_range": (0, 1)}
    x = L.RandomBrightness((0.1, 0.1), **colours, name="brightness")(unit)
    x = L.RandomContrast(0.0, **colours, name="contrast")(x)
    x = L.RandomSaturation((0.7, 0.7), **colours, name="saturation")(x)
    x = L.RandomHue(0.0, **colours, name="hue")(x)
    x = L.RandomColorJitter(brightness_factor=(-0.2, -0.2), saturation_factor=(0.4, 0.4), **colours, name="jitter")(x)
    grey = L.RandomGrayscale(1.0, name="grey")(unit)
    filled = L.RandomErasing((1.0, 1.0), (1.0, 1.0), fill_value=0.5, **colours, name="erased")(unit)
    even = L.UpSampling2D((6, 5), name="even")(L.GlobalAveragePooling2D(keepdims=True, name="mean")(unit))
    moved = L.RandomRotation((0.2, 0.2), name="rotation")(unit)
    moved = L.RandomZoom((0.2, 0.2), (-0.1, -0.1), name="zoom")(moved)
    moved = L.RandomTranslation((0.3, 0.3), (-0.1, -0.1), fill_mode="constant", name="translation")(moved)
    moved = L.RandomCrop(6, 5, name="crop")(L.RandomShear(0.0, name="shear")(moved))
    x = L.Concatenate(name="joined")([x, grey, filled, L.RandomFlip("horizontal", name="flip")(even), moved])
    x = L.ReLU(name="relu")(L.Conv2D(4, 3, name="conv")(L.CenterCrop(4, 5, name="centre")(x)))
    return classifier(x, inputs, "augmented")


def sequences():
    """Every layer of sequences."""
    inputs = keras.Input((14, 3), name="steps")
    x = L.Conv1D(4, 3, padding="causal", dilation_rate=2, name="causal")(inputs)
    x = L.ReLU(name="relu")(L.BatchNormalization(name="norm")(x))
    x = L.MaxPooling1D(3, strides=2, padding="same", name="max1")(L.ZeroPadding1D((2, 1), name="padded")(x))
    x = L.SeparableConv1D(6, 3, padding="same", activation="tanh", name="separable")(x)
    x = L.SpatialDropout1D(0.0, name="channels")(L.DepthwiseConv1D(2, depth_multiplier=2, name="depthwise")(x))
    x = L.Conv1DTranspose(5, 3, strides=2, padding="same", name="transposed")(x)
    x = L.AveragePooling1D(2, name="average")(L.Cropping1D((1, 0), name="cropped")(x))
    x = L.Conv1D(6, 3, groups=1, strides=2, name="last")(L.UpSampling1D(2, name="up")(x))
    pooled = L.Concatenate(name="joined")([L.GlobalAveragePooling1D(name="mean")(x), L.GlobalMaxPooling1D(name="largest")(x)])
    x = L.Dense(4, activation="softmax", name="scores")(L.RepeatVector(3, name="repeated")(pooled))
    x = L.Conv1D(5, 2, activation="gelu", name="mixed")(x)
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(L.Flatten(name="flat")(x)), name="sequences")


def axes():
    """Channels first, and what works along other axes than the last; activations of Keras 3, and layers as activations."""
    given = {"data_format": "channels_first"}
    inputs = keras.Input((3, 8, 7), name="image")
    x = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv1", **given)(inputs)
    x = L.LeakyReLU(0.25, name="leaky")(L.BatchNormalization(axis=1, name="norm1")(x))
    y = L.DepthwiseConv2D(3, padding="same", activation="mish", name="depthwise", **given)(x)
    y = L.PReLU(shared_axes=[2, 3], name="slopes")(L.BatchNormalization(axis=2, name="rows")(y))
    x = L.Concatenate(axis=1, name="joined")([L.Add(name="sum")([x, y]), L.MaxPooling2D(2, strides=1, padding="same", name="max", **given)(x)])
    x = L.SeparableConv2D(6, 3, padding="same", activation=L.ELU(0.5), name="separable", **given)(x)
    x = L.GroupNormalization(groups=2, axis=1, name="groups")(x)
    x = L.Conv2DTranspose(5, 3, strides=2, activation="squareplus", name="transposed", **given)(x)
    x = L.Multiply(name="weighed")([x, L.Softmax(axis=1, name="shares")(x)])
    x = L.AveragePooling2D(2, name="mean", **given)(L.LayerNormalization(axis=1, name="channels")(x))
    x = L.Concatenate(name="both")([L.Flatten(name="as_it_is")(x), L.Flatten(name="as_last", **given)(x)])
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(x), name="axes")


def applications():
    """Layers that keras.applications alone has: blocks of ConvNeXt and of InceptionResNetV2. What drops samples is called as for inference: JAX cannot trace
    its draws, which have no seed of their own."""
    keep_calls()
    inputs = keras.Input((6, 5, 3), name="image")
    x = L.Conv2D(4, 2, name="stem")(inputs)
    y = L.LayerNormalization(name="norm")(L.DepthwiseConv2D(3, padding="same", name="depthwise")(x))
    y = L.Dense(4, name="narrow")(L.Activation("gelu", name="gelu")(L.Dense(8, name="wide")(y)))
    y = convnext.LayerScale(init_values=0.5, projection_dim=4, name="scale")(y)
    x = L.Add(name="sum")([x, convnext.StochasticDepth(0.25, name="depth")(y, training=False)])
    up = L.Conv2D(4, 1, name="up")(L.Conv2D(3, 3, padding="same", activation="relu", name="branch")(x))
    x = inception_resnet_v2.CustomScaleLayer(0.17, name="residual")([x, up])
    return classifier(L.ReLU(name="relu")(x), inputs, "applications")


def products():
    """Products of tensors, and vectors that are learned for class numbers, here of the pixels' levels."""
    inputs = keras.Input((5, 4, 3), name="image")
    tokens = L.Reshape((6, 4), name="tokens")(L.Conv2D(4, (4, 2), activation="tanh", strides=(1, 1), name="conv")(inputs))
    levels = L.Rescaling(2.0, offset=4.0, name="levels")(L.Flatten(name="flat")(L.Cropping2D(((0, 3), (1, 1)), name="cropped")(inputs)))
    learned = L.Embedding(9, 4, name="learned")(levels)
    weights = keras.ops.softmax(L.Dot(axes=2, name="scores")([tokens, learned]))
    mixed = L.Add(name="mixed")([tokens, keras.ops.matmul(weights, learned)])
    ends = [L.GlobalAveragePooling1D(name=f"mean{i}")(x) for i, x in enumerate((tokens, mixed))]
    x = L.Concatenate(name="joined")([*ends, L.Dot(axes=1, normalize=True, name="alike")(ends)])
    return keras.Model(inputs, L.Dense(CLASSES, activation="softmax", name="predictions")(x), name="products")


NETS = {f.__name__: f for f in (batch_norm, frozen_norm, pools, convolutions, dilated, values, sequences, augmented, axes, applications, products)}

if __name__ == "__main__":
    for name in sys.argv[1:] or NETS:
        keras.utils.clear_session()
        with open(os.path.join(OUT, f"{name}.json"), "w") as f:
            json.dump(trained(NETS[name](), COUNT), f, separators=(",", ":"))
        print(name, os.path.getsize(f.name))
