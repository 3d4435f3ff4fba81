"""Configs beside weights, as people keep them, and archives of Windows: small models of layers with running numbers, written by each Keras itself.
Run under each version:
  KERAS_BACKEND=tensorflow python test/golden/make_loose.py   keras 3.15.1, tensorflow 2.21
                           python test/golden/make_loose.py   tensorflow-cpu 2.15.1; tensorflow-cpu 2.13.1
  KERAS_BACKEND=tensorflow python test/golden/make_loose.py   keras 2.2.4, tensorflow 1.15.5; keras 2.3.1, tensorflow 1.13.2
  TF_KERAS=1               python test/golden/make_loose.py   tf.keras of tensorflow 1.15.5
Writes loose/<version>*, and its part of loose/outputs.json. The files of Windows are written on Linux with paths joined as there."""
import json
import os

import numpy as np

if "TF_KERAS" in os.environ:
    from tensorflow import keras
else:
    import keras

import recipe

L = keras.layers
VERSION = keras.__version__
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "loose")
IMAGE = (4, 5, 3)


def place(name):
    return os.path.join(OUT, f"{VERSION}{name}")


def put(name, value):
    with open(place(name), "w") as f:
        json.dump(value, f)


def picked(made):
    y = np.asarray(made.predict(recipe.image((1, *IMAGE)) / 256, verbose=0))
    return {"shape": list(y.shape), "values": [float(f"{v:.9g}") for v in y.ravel()[:12]]}


def numbered(prefix=()):
    """Two convolutions of one shape, a hard sigmoid, and what a bilinear resize makes of it; `prefix` makes layers before, so that numbers differ."""
    for _ in prefix:
        L.Conv2D(1, 1), L.Dense(1), L.BatchNormalization()
    x = inputs = L.Input(IMAGE)
    for _ in range(2):
        x = L.Conv2D(3, 3, padding="same", activation="hard_sigmoid")(x)
    x = L.BatchNormalization()(L.UpSampling2D((2, 3), interpolation="bilinear")(x))
    x = L.Conv2D(3, 3, strides=2, activation="hard_sigmoid")(x)
    return fill(keras.models.Model(inputs, L.Dense(2)(L.Flatten()(x))))


def fill(made):
    weighted = [layer for layer in made.layers if layer.weights]
    for i, layer in enumerate(weighted):
        names = [w.name.split(":")[0].split("/")[-1] for w in layer.weights]
        layer.set_weights([recipe.values(f"layer{i}", n, v.shape) for n, v in zip(names, layer.get_weights())])
    return made


def on_windows(path):
    from keras.src.saving import saving_lib

    gfile = saving_lib.tf.io.gfile
    plain, gfile.join = gfile.join, lambda *steps: "\\".join(s for s in steps if s)
    keras.backend.clear_session()
    store = saving_lib.H5IOStore(path, mode="w")
    saving_lib._save_state(numbered(), weights_store=store, assets_store=None, inner_path="", visited_trackables=set())
    store.close()
    gfile.join = plain


def main():
    path = os.path.join(OUT, "outputs.json")
    outputs = json.load(open(path)) if os.path.exists(path) else {}
    keras.backend.clear_session()
    made = numbered()
    outputs[VERSION] = picked(made)
    put(".json", json.loads(made.to_json()))
    put(".config.json", made.get_config())
    if VERSION[0] == "2":
        made.save_weights(place(".h5"))
        keras.backend.clear_session()
        numbered(prefix=range(2)).save_weights(place(".numbers.h5"))
    if VERSION[0] == "3" or VERSION[:4] in ("2.13", "2.15"):
        keras.backend.clear_session()
        numbered().save_weights(place(".weights.h5"))
    if VERSION.startswith("2.13"):
        on_windows(place(".windows.weights.h5"))
    with open(path, "w") as f:
        json.dump(outputs, f, separators=(",", ":"), sort_keys=True)
    print(VERSION, outputs[VERSION]["values"][:3])


if __name__ == "__main__":
    main()
