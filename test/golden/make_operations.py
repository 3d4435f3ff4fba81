"""Arithmetic on the tensors of a model, as real Keras of each age writes it into the config, and what it computes.
Run under each version, which writes its part of models/operations.json:
  KERAS_BACKEND=tensorflow python test/golden/make_operations.py   keras 3.15.1, tensorflow 2.21
                           python test/golden/make_operations.py   tensorflow 2.15.1, 2.13.1, 2.3.4 and 1.15.5 with their own Keras
Every case is a model of one picture `x`, of recipe pixels from -2 to 2."""
import json
import os

import numpy as np
import tensorflow as tf

from tensorflow import keras

try:
    VERSION = keras.__version__
except AttributeError:  # of tf.keras 2.13 to 2.15
    import keras as alone

    VERSION = alone.__version__
NEW = VERSION.startswith("3")

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", "operations.json")
IMAGE = (6, 4, 3)
PER_CHANNEL = np.array([0.5, -1.5, 2.0], "float32")
MATRIX = np.array([[0.5, -1.5], [2.0, 0.25], [-1.0, 1.0]], "float32")
FIVE = np.array([0.5, -1.5, 2.0, 1.0, -0.25, 3.0], "float32")
L = keras.layers
A = keras.activations


def shared():
    """What every dialect can say."""
    applications = keras.applications
    return {
        "preprocess tf": lambda x: applications.mobilenet_v2.preprocess_input(x),
        "preprocess torch": lambda x: applications.densenet.preprocess_input(x),
        "preprocess caffe": lambda x: applications.vgg16.preprocess_input(x),
        "numbers": lambda x: (x / 127.5 - 1) * 2 + 3,
        "numbers on the left": lambda x: (1 - x) + 2 / (x + 5.5) + 3 * x,
        "numbers for each channel": lambda x: (x - PER_CHANNEL) * PER_CHANNEL / PER_CHANNEL,
        "two tensors": lambda x: (x + x[:, ::-1]) * x - x / (x * x + 1),
        "minus and size": lambda x: abs(-x),
        "a channel": lambda x: x[..., 1],
        "channels turned round": lambda x: x[..., ::-1],
        "rows and columns cut off": lambda x: x[:, 1:-1, 1:],
        "every second row from behind, a new axis": lambda x: x[:, -1:0:-2, None, 1:3, 0:1],
        "one pixel": lambda x: x[:, 2, -1],
        "a layer between": lambda x: L.Dense(4, name="dense")(x * 2) - 1,
        "applied to one tensor twice": lambda x: L.Conv2D(3, 3, padding="same", name="conv")(x) + x,
    }


def keras3():
    from keras import ops

    def pieces(x):
        return list(ops.split(x, [1, 3], axis=1)) + list(ops.split(x, 2, axis=2)) + list(ops.unstack(x, axis=-1))

    def attention(x):
        tokens = ops.reshape(x, (-1, 24, 3))
        weights = ops.softmax(ops.matmul(tokens, ops.transpose(tokens, (0, 2, 1))) / 1.75)
        return ops.matmul(weights, tokens)

    return {
        "by a matrix": lambda x: ops.matmul(x, MATRIX),
        "tensor by tensor": lambda x: [ops.matmul(x, ops.transpose(x, (0, 1, 3, 2))), attention(x)],
        "divided by nothing less": lambda x: ops.divide(x, ops.abs(x) + 1),
        "rows by a column of numbers": lambda x: ops.multiply(x, FIVE[:, None, None]),
        "numbers less a tensor": lambda x: ops.subtract(PER_CHANNEL, x),
        "powers": lambda x: [x**2, x**3, ops.power(x, 4), (ops.abs(x) + 0.5) ** 1.5, 2**x, (ops.abs(x) + 0.5) ** -0.5],
        "functions": lambda x: [
            f(ops.abs(x) + 0.5) for f in (ops.sqrt, ops.rsqrt, ops.log, ops.log1p, ops.log2, ops.log10, ops.reciprocal, ops.square)
        ],
        "functions of anything": lambda x: [
            f(x) for f in (ops.exp, ops.exp2, ops.expm1, ops.sign, ops.floor, ops.ceil, ops.round, ops.tanh, ops.negative, ops.absolute, ops.abs)
        ],
        "activations": lambda x: [
            f(x)
            for f in (ops.relu, ops.relu6, ops.sigmoid, ops.silu, ops.softplus, ops.softsign, ops.selu, ops.elu, ops.gelu)
            + (ops.leaky_relu, ops.hard_sigmoid, ops.hard_silu, ops.log_sigmoid, ops.softmax)
        ],
        "activations with options": lambda x: [
            ops.gelu(x, approximate=False),
            ops.leaky_relu(x, 0.1),
            ops.elu(x, 0.5),
            ops.softmax(x, axis=1),
            ops.softmax(x, axis=-2),
        ],
        "what keras.activations makes of a tensor": lambda x: [
            f(x)
            for f in (A.relu, A.celu, A.hard_tanh, A.hard_shrink, A.soft_shrink, A.tanh_shrink)
            + (A.sparse_plus, A.sparse_sigmoid, A.squareplus, A.log_softmax)
        ]
        + [
            A.relu(x, negative_slope=0.1, max_value=1.5, threshold=0.25),
            A.relu(x, max_value=0.75),
            ops.celu(x, 0.5),
            A.glu(x, axis=1),
            ops.glu(x[..., :2]),
            ops.log_softmax(x * 60, axis=2),
        ],
        "largest and smallest": lambda x: [ops.maximum(x, 0.5), ops.minimum(x, x[:, ::-1]), ops.clip(x, -1, 0.5), ops.maximum(0, x)],
        "along axes": lambda x: [f(x, axis=a) for f in (ops.mean, ops.sum, ops.max, ops.min) for a in (-1, [1, 2], 1, (1, 3), (1, 2, 3))]
        + [ops.amax(x, axis=1), ops.amin(x, axis=2)],
        "along axes that stay": lambda x: [f(x, axis=a, keepdims=True) for f in (ops.mean, ops.max, ops.std) for a in (-1, (1, 2), 2)],
        "variance": lambda x: [ops.var(x, axis=(1, 2)), ops.std(x, axis=-1)],
        "shapes": lambda x: [
            ops.reshape(x, (-1, 72)),
            ops.reshape(x, (-1, 12, 2, 3)),
            ops.expand_dims(x, 1),
            ops.expand_dims(x, -1),
            ops.squeeze(x[:, :1], 1),
            ops.squeeze(x[..., :1]),
        ],
        "axes": lambda x: [
            ops.transpose(x, (0, 3, 1, 2)),
            ops.moveaxis(x, 1, -1),
            ops.swapaxes(x, 1, 3),
            ops.flip(x, axis=2),
            ops.flip(x, axis=(1, -1)),
        ],
        "channel shuffle": lambda x: ops.reshape(ops.transpose(ops.reshape(x, (-1, 6, 2, 2, 3)), (0, 1, 2, 4, 3)), (-1, 6, 4, 3)),
        "joined": lambda x: [ops.concatenate([x, x * 2], axis=a) for a in (-1, 1, 2)] + [ops.stack([x, x + 1, x], axis=a) for a in (1, -1)],
        "parts": pieces,
        "repeated": lambda x: [ops.repeat(x, 2, axis=1), ops.repeat(x, 3, axis=-1), ops.tile(x, (1, 2, 1, 2))],
        "padded": lambda x: [
            ops.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
            ops.pad(x, [[0, 0], [1, 2], [0, 1], [2, 0]]),
            ops.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], constant_values=1.5),
            ops.pad(x, [[0, 0], [3, 2], [1, 0], [0, 0]], mode="reflect"),
            ops.pad(x, [[0, 0], [3, 6], [4, 0], [1, 1]], mode="symmetric"),
        ],
        "resized": lambda x: [ops.image.resize(x, (9, 7)), ops.image.resize(x, (3, 8), interpolation="nearest")],
        "pictures": lambda x: [
            ops.image.rgb_to_grayscale(x),
            ops.max_pool(x, 2),
            ops.average_pool(x, (3, 2), strides=1, padding="same"),
            ops.max_pool(x, 3, 2, "same"),
        ],
        "blocks": lambda x: [ops.depth_to_space(ops.concatenate([x, x * 2, x - 1, -x], axis=-1), 2), ops.space_to_depth(x, 2)],
        "comparisons": lambda x: [
            ops.cast(f(x, x[:, ::-1]), "float32")
            for f in (ops.greater, ops.greater_equal, ops.less, ops.less_equal, ops.equal, ops.not_equal)
        ]
        + [x * ops.cast(x > 0.5, "float32"), ops.multiply(x, x > 0), ops.cast(ops.less(0.5, x), "float32") + 1],
        "true and false": lambda x: [
            ops.cast(y, "float32")
            for y in (
                ops.logical_and(x > 0, x < 1),
                ops.logical_or(x > 1, x < -1),
                ops.logical_not(x > 0),
                ops.logical_not(ops.floor(x)),
                ops.any(x > 1.9, axis=-1),
                ops.all(x < 1, axis=(1, 2), keepdims=True),
                ops.concatenate([x > 0, x < 0], axis=1)[:, 4:8],
            )
        ],
        "chosen": lambda x: [
            ops.where(x > 0, x, x * 0.1),
            ops.where(ops.mean(x, axis=(1, 2), keepdims=True) > 0, x, -1.0),
            ops.where(x > 0, PER_CHANNEL, 0.25),
            ops.where(x > 0, ops.log(x), 0.0),
            ops.where(ops.floor(x), x, 3.0),
        ],
        "of one number": lambda x: [ops.zeros_like(x) + x, ops.ones_like(x[..., :1]) * 2, ops.concatenate([x, ops.ones_like(x)], axis=-1)],
        "places": lambda x: [f(x, axis=a) for f in (ops.argmax, ops.argmin) for a in (-1, 1, 2)]
        + [ops.argmax(ops.reshape(x, (-1, 72)), axis=-1), ops.argmax(x, axis=1, keepdims=True), ops.one_hot(ops.argmax(x, axis=-1), 3)],
        "in order": lambda x: list(ops.top_k(ops.reshape(x, (-1, 72)), 5)) + list(ops.top_k(x, 2)) + [ops.sort(x), ops.sort(x, axis=1), ops.argsort(x, axis=2)],
        "places of zeros, of which some are below 0": lambda x: [f(ops.round(x / 4), axis=a) for f in (ops.argmax, ops.argmin) for a in (-1, 1, 2)],
        "whole numbers": lambda x: [
            ops.mean(ops.argmax(x, axis=-1), axis=1),
            ops.argmax(x, axis=1) / 2 + ops.argmin(x, axis=1) * 0.5,
            ops.std(ops.where(x > 0, 1, 0), axis=-1),
            ops.power(ops.argmin(x, axis=-1), 2),
            ops.max(ops.argsort(x, axis=2), axis=1) + ops.sum(ops.argsort(x, axis=2), axis=1),
            ops.maximum(ops.argmax(x, axis=2), 0.5),
            L.Average()([ops.argmax(x, axis=2), ops.argmin(x, axis=2)]),
            L.Dense(2, name="dense")(ops.argmax(x, axis=2)),
        ],
        "rounded down": lambda x: [x * 40 // 49, x * 40 % 7, x * 40 % -3, ops.floor_divide(x, x[:, ::-1] + 2.5), 3 // (x + 2.5), ops.argmax(x, axis=1) // 2],
        "layers of what is true or false": lambda x: [
            ops.cast(L.Concatenate()([x > 1, x < -1]), "float32"),
            ops.cast(L.Flatten()(L.ZeroPadding2D()(x > 1)), "float32"),
            L.GlobalAveragePooling2D()(x > 0),
        ],
        "sparsemax": lambda x: [ops.sparsemax(x), ops.sparsemax(ops.reshape(x, (-1, 24, 3)) / 4, axis=1), L.Activation("sparsemax")(x / 2), L.Dense(5, activation="sparsemax", name="dense")(x)],
        "copied": lambda x: [ops.copy(x), ops.copy(ops.argmax(x, axis=1)) + 1],
        "others": lambda x: [ops.cast(x, "float32"), ops.normalize(x), ops.normalize(x, axis=1), ops.slice(x, (0, 1, 1, 0), (2, 3, 2, 3))],
        "squeeze and excite": lambda x: x * ops.sigmoid(L.Dense(3, name="dense")(ops.mean(x, axis=(1, 2), keepdims=True))),
        "spatial attention": lambda x: x
        * L.Conv2D(1, 3, padding="same", activation="sigmoid", name="conv")(
            ops.concatenate([ops.mean(x, axis=-1, keepdims=True), ops.max(x, axis=-1, keepdims=True)], axis=-1)
        ),
    }


def tensorflow2():
    """What tf.keras of 2.0 on takes, written as TFOpLambda from 2.4 on."""
    cases = {
        "powers": lambda x: [x**2, x**3.0, tf.pow(x, 4), (tf.abs(x) + 0.5) ** 1.5],
        "functions": lambda x: [f(tf.abs(x) + 0.5) for f in (tf.sqrt, tf.math.rsqrt, tf.math.log, tf.math.log1p, tf.math.reciprocal, tf.square)],
        "functions of anything": lambda x: [f(x) for f in (tf.exp, tf.math.expm1, tf.sign, tf.floor, tf.math.ceil, tf.round, tf.tanh, tf.negative, tf.abs)],
        "activations": lambda x: [
            f(x)
            for f in (tf.nn.relu, tf.nn.relu6, tf.sigmoid, tf.nn.softplus, tf.nn.softsign, tf.nn.selu, tf.nn.elu, tf.nn.leaky_relu)
            + (tf.nn.softmax, tf.math.log_sigmoid)
        ],
        "activations with options": lambda x: [tf.nn.leaky_relu(x, 0.1), tf.nn.leaky_relu(x, alpha=0.3)],
        "largest and smallest": lambda x: [tf.maximum(x, 0.5), tf.minimum(x, x[:, ::-1]), tf.clip_by_value(x, -1.0, 0.5), tf.maximum(0.0, x)],
        "along axes": lambda x: [
            f(x, a) for f in (tf.reduce_mean, tf.reduce_sum, tf.reduce_max, tf.reduce_min) for a in (-1, [1, 2], [1, 3])
        ],
        "along axes that stay": lambda x: [tf.reduce_mean(x, axis=[1, 2], keepdims=True), tf.reduce_max(x, axis=-1, keepdims=True)],
        "variance": lambda x: [tf.math.reduce_variance(x, axis=[1, 2]), tf.math.reduce_std(x, axis=-1)],
        "shapes": lambda x: [
            tf.reshape(x, [-1, 72]),
            tf.reshape(x, (-1, 12, 2, 3)),
            tf.expand_dims(x, 1),
            tf.expand_dims(x, axis=-1),
            tf.squeeze(x[:, :1], 1),
            tf.squeeze(x[..., :1], axis=[-1]),
        ],
        "axes": lambda x: [tf.transpose(x, [0, 3, 1, 2]), tf.transpose(x, perm=[0, 2, 1, 3]), tf.reverse(x, axis=[-1]), tf.reverse(x, [1, 2])],
        "joined": lambda x: [tf.concat([x, x * 2], axis=a) for a in (-1, 1, 2)] + [tf.concat([x, x, x], 3)] + [tf.stack([x, x + 1, x], axis=a) for a in (1, -1)],
        "parts": lambda x: list(tf.split(x, [1, 2, 3], axis=1)) + list(tf.split(x, 2, axis=2)) + [tf.unstack(x, axis=-1)[1]],
        "repeated": lambda x: [tf.tile(x, [1, 2, 1, 2])],
        "padded": lambda x: [
            tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
            tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], constant_values=1.5),
            tf.pad(x, [[0, 0], [3, 2], [1, 0], [0, 0]], "REFLECT"),
            tf.pad(x, [[0, 0], [3, 6], [4, 0], [1, 1]], mode="SYMMETRIC"),
        ],
        "biased": lambda x: [tf.nn.bias_add(x, PER_CHANNEL)],
        "pictures": lambda x: [
            tf.nn.max_pool2d(x, 2, 2, "VALID"),
            tf.nn.avg_pool2d(x, [3, 2], 1, "SAME"),
            tf.nn.depth_to_space(tf.concat([x, x * 2, x - 1, -x], -1), 2),
            tf.nn.space_to_depth(x, 2),
            tf.image.flip_left_right(x),
            tf.image.flip_up_down(x),
        ],
        "resized as TensorFlow 1 did": lambda x: [
            tf.compat.v1.image.resize_bilinear(x, (3, 8)),
            tf.compat.v1.image.resize_nearest_neighbor(x, (12, 8)),
        ],
        "others": lambda x: [tf.cast(x * 2, tf.float32), tf.nn.l2_normalize(x, -1), tf.slice(x, [0, 1, 1, 0], [-1, 3, 2, 3]), tf.add(x, 1.0), tf.divide(x, 3.0), tf.identity(x)],
        "comparisons": lambda x: [tf.cast(f(x, x[:, ::-1]), "float32") for f in (tf.greater, tf.greater_equal, tf.less, tf.less_equal)]
        + [tf.cast(x > 0.5, tf.float32) * x],
        "true and false": lambda x: [
            tf.cast(y, tf.float32)
            for y in (tf.logical_and(x > 0, x < 1.0), tf.logical_or(x > 1, x < -1), tf.logical_not(x > 0), tf.reduce_any(x > 1.9, axis=-1), tf.reduce_all(x < 1.0, [1, 2]))
        ]
        + [tf.cast(tf.equal(x, tf.floor(x)), tf.float32), tf.cast(tf.not_equal(x, x[:, ::-1]), tf.float32)],
        "chosen": lambda x: [tf.where(x > 0, x, x * 0.1), tf.where(x > 0, x, 0.25), tf.zeros_like(x) + x, tf.ones_like(x) * 2.0],
        "places": lambda x: [tf.argmax(x, axis=-1), tf.argmin(x, axis=1), tf.one_hot(tf.argmax(x, -1), 3)],
        "in order": lambda x: list(tf.math.top_k(tf.reshape(x, [-1, 72]), 5)) + [tf.sort(x), tf.sort(x, axis=1), tf.argsort(x, axis=2)],
        "squeeze and excite": lambda x: x * tf.nn.sigmoid(L.Dense(3, name="dense")(tf.reduce_mean(x, axis=[1, 2], keepdims=True))),
        "relu6 of three more, the hard swish": lambda x: x * tf.nn.relu6(x + 3.0) * 0.16666667,
    }
    if tf.__version__.startswith("2.15"):
        cases["places of zeros, of which some are below 0"] = lambda x: [f(tf.round(x / 4.0), axis=a) for f in (tf.argmax, tf.argmin) for a in (-1, 1, 2)]
        cases["whole numbers"] = lambda x: [
            tf.argmax(x, axis=1) + tf.argmin(x, axis=1) * 2,
            tf.reduce_sum(tf.argsort(x, axis=2), axis=1),
            tf.reduce_max(tf.where(x > 0, 3, 1), axis=[1, 2]) / 4,
            tf.reduce_mean(tf.cast(tf.argmax(x, axis=-1), tf.float32), axis=1),
            L.Add()([tf.argmax(x, axis=2), tf.argmin(x, axis=2)]),
        ]
        cases["whole numbers as they are"] = lambda x: [tf.identity(tf.argmax(x, axis=1)) * 2, tf.reduce_max(tf.identity(tf.argmin(x, axis=2)), axis=1)]
        cases["rounded down"] = lambda x: [x * 40.0 // 49.0, x * 40.0 % 7.0, x * 40.0 % -3.0, tf.math.floordiv(x, x[:, ::-1] + 2.5), tf.argmax(x, axis=1) // 2]
        cases["layers of what is true or false"] = lambda x: [
            tf.cast(L.Concatenate()([x > 1, x < -1]), tf.float32),
            tf.cast(L.Flatten()(L.ZeroPadding2D()(x > 1)), tf.float32),
            L.GlobalAveragePooling2D()(x > 0),
        ]
    else:
        cases["rounded down, of fractions"] = lambda x: [x * 40.0 // 49.0, x * 40.0 % 7.0, x * 40.0 % -3.0, tf.math.floordiv(x, x[:, ::-1] + 2.5)]
    if not tf.__version__.startswith("2.1"):  # of many nodes, of which some are no layers
        for name in ("comparisons", "true and false", "chosen", "places", "in order"):
            del cases[name]
    if tf.__version__[0] == "2":
        cases["resized"] = lambda x: [tf.image.resize(x, (9, 7)), tf.image.resize(x, [3, 8], method="nearest")]
    if tf.__version__ >= "2.4" or tf.__version__.startswith("2.1"):
        cases["gelu and the like"] = lambda x: [tf.nn.gelu(x), tf.nn.gelu(x, approximate=True), tf.nn.silu(x)]
        cases["grey"] = lambda x: [tf.image.rgb_to_grayscale(x)]
        cases["repeated"] = lambda x: [tf.repeat(x, 2, axis=1), tf.tile(x, [1, 2, 1, 2])]
    else:
        del cases["variance"]  # of many nodes, of which one is no layer's
    return cases


def short(v):
    """Nine digits tell every f32 from its neighbours."""
    return float("%.9g" % v)


def samples(y, count=12):
    flat = y.ravel()
    return [short(v) for v in flat[np.linspace(0, flat.size - 1, count).astype(int)]]


def config_of(model):
    """As saved, without what nothing reads."""

    def left_out(key, value):
        plain = value is None or isinstance(value, dict)
        return key == "build_config" or (plain and key.split("_")[-1] in ("initializer", "regularizer", "constraint"))

    def strip(value):
        if isinstance(value, list):
            return [strip(v) for v in value]
        if not isinstance(value, dict):
            return value
        return {k: strip(v) for k, v in value.items() if not left_out(k, v)}

    return strip(json.loads(model.to_json()))


def fill(model):
    for layer in model.layers:
        if layer.weights:
            names = [(w.name.split("/")[-1].split(":")[0], tuple(int(d) for d in w.shape)) for w in layer.weights]
            layer.set_weights([recipe.values(layer.name, n, s) for n, s in names])


def run(name, f):
    keras.backend.clear_session()
    x = keras.Input(IMAGE, name="x")
    model = keras.Model(x, f(x))
    fill(model)
    ys = model.predict((recipe.image((2,) + IMAGE) / 64 - 2).astype("float32"))
    ys = ys if isinstance(ys, (list, tuple)) else [ys]
    return {"name": name, "config": config_of(model), "outputs": [{"shape": list(y.shape), "values": samples(y)} for y in ys]}


def main():
    made, refused = [], []
    for name, f in {**shared(), **(keras3() if NEW else tensorflow2())}.items():
        try:
            made.append(run(name, f))
        except Exception as error:  # what this Keras itself cannot
            refused.append("%s: %s" % (name, str(error)[:300]))
    print("\n".join(refused))
    everything = {}
    if os.path.exists(OUT):
        with open(OUT) as f:
            everything = json.load(f)
    everything["keras %s" % VERSION] = made
    with open(OUT, "w") as f:
        json.dump(dict(sorted(everything.items())), f, separators=(",", ":"))
    print(VERSION, len(made), os.path.getsize(OUT))


if __name__ == "__main__":
    main()
