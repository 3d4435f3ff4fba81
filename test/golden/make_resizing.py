"""What Resizing gives, and its gradient: resizing.json. Run: KERAS_BACKEND=jax python test/golden/make_resizing.py   (keras 3.15.1, jax 0.10)
`area`, which Keras has with TensorFlow only, is that of JAX itself, which says that it matches TensorFlow's."""
import json
import os

import jax
import numpy as np
from keras import layers

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resizing.json")
SHAPE = (1, 7, 12, 2)
X = recipe.image(SHAPE).astype("float32")
CASES = [
    {"height": 4, "width": 15, "interpolation": "bicubic"},
    {"height": 3, "width": 5, "interpolation": "lanczos5", "antialias": True},
    {"height": 5, "width": 5, "interpolation": "bilinear", "antialias": True, "crop_to_aspect_ratio": True},
    {"height": 5, "width": 5, "interpolation": "lanczos3", "pad_to_aspect_ratio": True, "fill_value": 2.0},
    {"height": 4, "width": 5, "interpolation": "area"},
    {"height": 9, "width": 14, "interpolation": "area"},
]


def short(values):
    return [float("%.9g" % v) for v in np.asarray(values).ravel()]


def run(options):
    size = (1, options["height"], options["width"], 2)
    f = layers.Resizing(**options)
    if options["interpolation"] == "area":
        f = lambda x: jax.image.resize(x, size, "area")
    y, backward = jax.vjp(f, X)
    (dx,) = backward(recipe.image(size).astype("float32"))
    return {"options": options, "output": short(y), "gradient": short(dx)}


with open(OUT, "w") as out:
    out.write("[\n" + ",\n".join(json.dumps(run(c), separators=(",", ":")) for c in CASES) + "\n]\n")
