"""Gradients of single ops as TensorFlow has them on a CPU, on small inputs: who gets the gradient of equal maxima, above all.
Run: KERAS_BACKEND=tensorflow CUDA_VISIBLE_DEVICES= python test/golden/make_gradients.py   (keras 3.15.1, tensorflow 2.21, numpy 2)

gradients.json: by op the inputs, the op's attributes, dy and dx"""
import json
import os

import numpy as np
import tensorflow as tf
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(9)


def tensor(v):
    """Nine digits tell every f32 from its neighbours. JSON has no NaN: null."""
    v = np.asarray(v, np.float32)
    return {"shape": list(v.shape), "data": [None if np.isnan(x) else float(f"{float(x):.9g}") for x in v.ravel()]}


def uniform(shape, low=-1.0, high=1.0):
    return random.uniform(low, high, shape).astype(np.float32)


def ties(shape):
    """Whole numbers from -1 to 1."""
    return random.integers(-1, 2, shape).astype(np.float32)


def case(name, f, x, attrs):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    dy = uniform(y.shape)
    dx = tape.gradient(y, x, output_gradients=tf.constant(dy))
    return {"name": name, "x": tensor(x), "attrs": attrs, "dy": tensor(dy), "dx": tensor(dx)}


def pool(layer, x, pool_size, strides, padding):
    attrs = {"poolSize": pool_size, "strides": strides, "padding": padding}
    return case(f"{x.shape} by {pool_size}, {padding}", layer(pool_size, strides=strides, padding=padding), x, attrs)


POOLS = [((1, 5, 7, 3), [2, 2], [2, 2], "valid"), ((1, 5, 7, 3), [3, 3], [2, 2], "same"), ((2, 6, 6, 1), [3, 3], [1, 1], "same"),
         ((1, 8, 5, 2), [3, 2], [1, 3], "same")]
RESIZES = [((1, 4, 5, 2), 9, 7), ((1, 5, 7, 1), 3, 4), ((1, 3, 3, 1), 6, 6)]


def resize(kind, shape, height, width):
    attrs = {"height": height, "width": width, **({"mode": "halfPixel"} if kind == "bilinear" else {})}
    return case(f"{shape} to {height}x{width}", layers.Resizing(height, width, interpolation=kind), uniform(shape), attrs)


def lrn(radius, bias, alpha, beta):
    attrs = {"radius": radius, "bias": bias, "alpha": alpha, "beta": beta}
    return case(f"radius {radius}", lambda x: tf.nn.local_response_normalization(x, radius, bias, alpha, beta), uniform((1, 2, 2, 7), -9, 9), attrs)


bad = uniform((1, 2, 3, 2))
bad[0, 1, 1, 0] = np.nan
globalMax = layers.GlobalMaxPooling2D()
golden = {
    "maxPool": [pool(layers.MaxPooling2D, make(p[0]), *p[1:]) for make in (ties, uniform) for p in POOLS],
    "avgPool": [pool(layers.AveragePooling2D, uniform(p[0]), *p[1:]) for p in POOLS],
    "globalMaxPool": [case(name, globalMax, x, {}) for name, x in [("ties", ties((2, 3, 4, 3))), ("none", uniform((2, 3, 4, 3))), ("NaN", bad)]],
    "resizeBilinear": [resize("bilinear", *r) for r in RESIZES],
    "resizeNearest": [resize("nearest", *r) for r in RESIZES],
    "lrn": [lrn(2, 2.0, 0.01, 0.75), lrn(9, 1.0, 0.1, 0.5)],
}
with open(os.path.join(HERE, "gradients.json"), "w") as f:
    f.write("{\n" + ",\n".join(f"{json.dumps(op)}: [\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]" for op, cases in golden.items()) + "\n}\n")
