"""A model with layers of a user's own classes (examples/custom/layers.py), as real Keras saves and computes it.
Run: KERAS_BACKEND=jax python test/golden/make_custom.py   (keras 3.15.1, jax 0.10)
Writes models/gated.keras, gated.h5 and gated.json."""
import os
import sys

import keras
import numpy as np

import recipe
from make_models import OUT, fill, outputs_of, put, weights_of
from make_networks import samples

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "custom"))
from layers import ChannelGate, Swish

L = keras.layers


def main():
    inputs = keras.Input((7, 6, 3), name="image")
    x = Swish(beta=1.5, name="swish")(L.Conv2D(5, 3, name="conv")(inputs))
    x = ChannelGate(floor=0.25, name="gate")(x)
    x = L.GlobalAveragePooling2D(name="pool")(Swish(beta=0.5, name="swish_1")(x))
    model = fill(keras.Model(inputs, L.Dense(4, name="scores")(x), name="gated"))
    x = recipe.image((2, 7, 6, 3)) / 256
    for ending in ("keras", "h5"):
        model.save(os.path.join(OUT, f"gated.{ending}"))
    recipe.settle(os.path.join(OUT, "gated.keras"))
    y = outputs_of(model, x)[0]
    put("gated.json", {"inputShape": [7, 6, 3], "layers": [l.name for l in model.layers], "weights": weights_of(model), "output": samples(y.ravel(), y.size)})


if __name__ == "__main__":
    main()
