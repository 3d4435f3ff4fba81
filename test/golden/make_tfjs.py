"""TensorFlow.js layers models as tensorflowjs_converter writes them, and what Keras predicts with the same values: with all of them as
floats in shards of 1 kB, and quantized.
  python test/golden/make_tfjs.py    keras 2.15.0, tensorflow-cpu 2.15.1, tensorflowjs 4.22.0 (pip install --no-deps)
Writes models/tfjs/<name>/ and models/tfjs/outputs.json; models/tfjs/own is make_tfjs.mjs's."""

import importlib.util
import json
import os
import sys
import types

import keras
import numpy as np
from keras import layers as L
from keras.models import Model, Sequential

import recipe

# Its own __init__.py imports every converter with all that these need.
sys.modules["tf_keras"] = keras
for name in ("tensorflowjs", "tensorflowjs.converters"):
    module = types.ModuleType(name)
    folders = importlib.util.find_spec("tensorflowjs").submodule_search_locations if name == "tensorflowjs" else [f"{ROOT}/converters"]
    ROOT = folders[0]
    module.__path__ = [ROOT]
    sys.modules[name] = module
from tensorflowjs.converters import keras_h5_conversion, keras_tfjs_loader

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", "tfjs")
IMAGE = (9, 8, 3)


def model():
    """A trunk in a Sequential, as transfer learning leaves it."""
    x = image = L.Input(IMAGE, name="image")
    x = L.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="conv")(x)
    x = L.BatchNormalization(name="bn")(x)
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    trunk = Model(image, x, name="trunk")
    return Sequential([trunk, L.Flatten(name="flat"), L.Dense(7, activation="tanh", name="hidden"), L.Dense(5, activation="softmax", name="scores")])


def give(network):
    for layer in network.layers:
        if hasattr(layer, "layers"):
            give(layer)
        else:
            names = [w.name.split("/")[-1].split(":")[0] for w in layer.weights]
            layer.set_weights([recipe.values(layer.name, n, w.shape) for n, w in zip(names, layer.weights)])


network = model()
give(network)
x = recipe.image((2, *IMAGE)) / 256
outputs = {}
for name, quantized in {"floats": None, "uint8": "uint8", "uint16": "uint16", "float16": "float16"}.items():
    folder = os.path.join(OUT, name)
    kinds = {quantized: True} if quantized else None
    keras_h5_conversion.save_keras_model(network, folder, quantization_dtype_map=kinds, weight_shard_size_bytes=1024 if name == "floats" else 1 << 22)
    back = keras_tfjs_loader.load_keras_model(os.path.join(folder, "model.json"))
    outputs[name] = np.float64(back.predict(x, verbose=0)).ravel().tolist()
with open(os.path.join(OUT, "outputs.json"), "w") as f:
    json.dump({"shape": [2, 5], **{k: [float(f"{v:.9g}") for v in values] for k, values in outputs.items()}}, f)
