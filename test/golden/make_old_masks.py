"""Masks in models of Keras 2: the configs, and what it gives of recipe weights, null where none of the steps counts. Run under each version; writes its part of models/old_masks.json.
  python test/golden/make_old_masks.py   keras 2.15.0, tensorflow-cpu 2.15.1; keras 2.2.4, tensorflow 1.13.2, numpy 1.16.6"""
import json
import os

import keras
import numpy as np
from keras import layers as L
from keras.models import Model

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", "old_masks.json")
TF = not keras.__version__.startswith("2.2")


def steps(x):
    """Two sequences, of which other steps do not count."""
    twice = lambda y, name: L.Concatenate(name=name)([y, y])
    moved = L.Cropping1D((2, 0), name="later")(L.ZeroPadding1D((0, 2), name="longer")(x))
    a = L.Masking(name="zeros")(twice(L.Activation("relu", name="above")(x), "a"))
    return a, L.Masking(name="others")(twice(L.Activation("relu", name="below")(moved), "b"))


def cases():
    """By name: what is given, and what is made of it."""
    mean = lambda y: L.GlobalAveragePooling1D(name="mean")(y)
    of = lambda made: ((9, 1), lambda x: mean(made(*steps(x))))
    yield "passed on", of(lambda a, b: L.ELU(name="elu")(L.BatchNormalization(name="bn")(L.Dropout(0.5, name="drop")(L.Dense(3, name="dense")(a)))))
    yield "joined with itself", of(lambda a, b: L.Subtract(name="sum")([a, L.Dense(2, name="dense")(a)]))
    yield "one behind the other", of(lambda a, b: L.Concatenate(axis=1, name="both")([a, b]))
    yield "of classes", ((9,), lambda x: mean(L.Dense(3, name="dense")(L.Embedding(4, 2, mask_zero=True, name="classes")(x))))
    for kind in "Add Average Maximum Multiply Concatenate".split():
        yield kind, of(lambda a, b: getattr(L, kind)(name="joined")([a, b]))
    if not TF:
        return  # which refuses what ends a mask
    yield "beside one without", of(lambda a, b: L.Add(name="joined")([L.Activation("relu", name="plain")(L.Dense(2, name="dense")(a)), L.Conv1D(2, 1, name="free")(b)]))
    yield "ended", of(lambda a, b: L.Conv1D(3, 2, name="conv")(a))
    yield "scaled", of(lambda a, b: L.Rescaling(0.5, 1, name="joined")(a))
    yield "scaled, and ended", ((9, 1), lambda x: L.Flatten(name="flat")(L.Rescaling(0.5, 1, name="scaled")(steps(x)[0])))


def computed(name, shape, body):
    keras.backend.clear_session()
    image = L.Input(shape, name="image")
    model = Model(image, body(image), name="masks")
    for layer in model.layers:
        short = [w.name.split("/")[-1].split(":")[0] for w in layer.weights]
        layer.set_weights([recipe.values(layer.name, n, w.shape) for n, w in zip(short, layer.get_weights())])
    x = recipe.image((4,) + shape)
    x = np.floor(x / 64) if len(shape) == 1 else x / 128 - 1  # classes, or numbers around 0
    y = model.predict(x)
    return {"name": name, "config": json.loads(model.to_json()), "shape": list(shape), "y": [None if np.isnan(v) else float("%.9g" % v) for v in y.ravel()]}


if __name__ == "__main__":
    known = json.load(open(OUT)) if os.path.exists(OUT) else {}
    known[keras.__version__] = [computed(name, *case) for name, case in cases()]
    with open(OUT, "w") as file:
        json.dump(dict(sorted(known.items())), file, separators=(",", ":"))
        file.write("\n")
