"""A whole network of keras.applications with random weights, as Keras saves and computes it: for tools/applications.ts.
Usage: python applications.py NAME FOLDER      writes NAME.keras, NAME.h5 and NAME.json: a picture, its logits in float32 and in float64"""
import json
import os
import sys
import zlib

os.environ["JAX_ENABLE_X64"] = "1"

import keras
import numpy as np

# Height and width: those below are the least that Keras takes.
SIZES = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}


def build(name):
    keras.utils.clear_session()
    size = SIZES.get(name, 64)
    return getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classifier_activation=None)


def value(weight, random):
    """He's deviation for kernels; statistics of batch normalisation that are far from 0 and 1."""
    name, shape = weight.path.split("/")[-1], tuple(weight.shape)
    if name == "kernel":
        depthwise = "depthwise" in weight.path or "dwconv" in weight.path
        return random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:2] if depthwise else shape[:-1]))
    if name in ("depthwise_kernel", "pointwise_kernel"):
        return random.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:2] if name == "depthwise_kernel" else shape[:-1]))
    low, high = {"gamma": (0.5, 1.5), "moving_variance": (0.5, 2), "variance": (0.5, 2), "count": (0, 0)}.get(name, (-0.3, 0.3))
    return random.uniform(low, high, shape)


def main(name, folder):
    random = np.random.default_rng(zlib.crc32(name.encode()))
    model = build(name)
    for weight in model.weights:
        given = np.asarray(value(weight, random), np.float32)
        weight.assign(given.astype(weight.dtype))
    finish(model)
    pixels = any(type(l).__name__ in ("Rescaling", "Normalization") for l in model.layers)
    x = random.uniform(0 if pixels else -1, 255 if pixels else 1, (1, *model.input_shape[1:])).astype(np.float32)
    path = os.path.join(folder, name)
    model.save(f"{path}.keras")
    model.save(f"{path}.h5")
    about = {"keras": keras.__version__, "layers": len(model.layers), "params": model.count_params(), "shape": x.shape, "x": x.ravel().tolist()}
    about["float32"] = np.asarray(model(x, training=False)).ravel().astype(float).tolist()
    values = model.get_weights()
    keras.config.set_floatx("float64")
    exact = build(name)
    exact.set_weights(values)
    finish(exact)
    about["float64"] = np.asarray(exact(x.astype(np.float64), training=False)).ravel().tolist()
    with open(f"{path}.json", "w") as f:
        json.dump(about, f)


def finish(model):
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # as loading a file does


if __name__ == "__main__":
    main(*sys.argv[1:])
