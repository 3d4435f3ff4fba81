"""Models that Keras 1 and 2 and tf.keras trained, saved with their optimizers as .h5, and trained on.
Run under each version; each writes its part of models/older_optimizers.json, and models/older_optimizers/<dialect>_<case>.h5.gz:
  python test/golden/make_older_optimizers.py           keras 1.2.2, 2.0.5, tensorflow 1.4.1; keras 2.2.4, 2.3.1, tensorflow 1.15.5;
                                                        keras 2.15.0, tensorflow-cpu 2.15.1 (.keras, too)
  KERAS_BACKEND=theano THEANO_FLAGS=device=cpu,blas.ldflags= python test/golden/make_older_optimizers.py
                                                        afterwards, keras 1.2.2 to 2.3.1, theano 1.0.5
  python test/golden/make_older_optimizers.py tf        tf.keras of tensorflow 1.15.5
  python test/golden/make_older_optimizers.py legacy    tf.keras.optimizers.legacy of 2.15
After five steps a model is saved; the JSON has its weights after five more. Keras to 2.3 with TensorFlow 1 reads variables while it writes them, and
gives other numbers each time: there Theano goes on, from the same file. Nadam is trained and saved by Theano where its file is not enough to go on."""
import gzip
import json
import os
import sys

import numpy as np

MODE = sys.argv[1] if len(sys.argv) > 1 else ""
if MODE == "tf":
    from tensorflow import keras
else:
    import keras

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "models", "older_optimizers")
STEPS, BATCH, FEATURES, UNITS, CLASSES = 10, 4, 3, 5, 3
HALF = STEPS * BATCH // 2
VERSION = keras.__version__
DIALECT = {"1.2.2": "keras1", "2.0.5": "keras2_0", "2.2.4": "keras2_2", "2.3.1": "keras2_3", "2.2.4-tf": "tf1_15", "2.15.0": "tf2_15"}[VERSION] + ("_legacy" if MODE == "legacy" else "")
KERAS1 = DIALECT == "keras1"
V2 = DIALECT in ("tf1_15", "tf2_15_legacy")
NEW = DIALECT == "tf2_15"
THEANO = keras.backend.backend() == "theano"
RATE = "lr" if DIALECT in ("keras1", "keras2_0", "keras2_2") else "learning_rate"

if NEW:
    CASES = {
        "adam": ("Adam", dict(rate=0.02, amsgrad=True, global_clipnorm=0.5)),
        "adamw": ("AdamW", dict(rate=0.02, use_ema=True, ema_momentum=0.8)),
        "sgd": ("SGD", dict(rate=0.02, momentum=0.9, nesterov=True, clipnorm=0.5)),
        "sgd_plain": ("SGD", dict(rate=0.02, clipvalue=0.05)),
        "rmsprop": ("RMSprop", dict(rate=0.02, momentum=0.5, centered=True, epsilon=1e-3)),
        "adagrad": ("Adagrad", dict(rate=0.05, epsilon=1e-3)),
        "adadelta": ("Adadelta", dict(rate=1.0)),
        "adamax": ("Adamax", dict(rate=0.02)),
        "nadam": ("Nadam", dict(rate=0.02)),
        "lion": ("Lion", dict(rate=0.003)),
    }
else:
    CASES = {
        "adam": ("Adam", dict(rate=0.02, decay=0.1)),
        "sgd": ("SGD", dict(rate=0.02, momentum=0.9, nesterov=True, decay=0.05, clipnorm=0.5)),
        "sgd_plain": ("SGD", dict(rate=0.02, clipvalue=0.05)),
        "rmsprop": ("RMSprop", dict(rate=0.02, epsilon=1e-2)),
        "rmsprop_decay": ("RMSprop", dict(rate=0.02, decay=0.1)),
        "adagrad": ("Adagrad", dict(rate=0.05, epsilon=1e-2)),
        "adadelta": ("Adadelta", dict(rate=1.0)),
        "adamax": ("Adamax", dict(rate=0.02)),
        "nadam": ("Nadam", dict(rate=0.02)),
    }
    if DIALECT not in ("keras1", "keras2_0"):
        CASES["adam_amsgrad"] = ("Adam", dict(rate=0.02, amsgrad=True))
    if V2:
        CASES["rmsprop_centered"] = ("RMSprop", dict(rate=0.02, epsilon=1e-2, centered=True))
        CASES["rmsprop_momentum"] = ("RMSprop", dict(rate=0.02, epsilon=1e-2, momentum=0.5))
        CASES["rmsprop_both"] = ("RMSprop", dict(rate=0.02, epsilon=1e-2, momentum=0.5, centered=True))


def numbers(shape, seed):
    """The formula of make_optimizers.py: multiples of 1/64 from -1 to 1."""
    size = int(np.prod(shape))
    return np.array([((i * 37 + seed * 71) % 129 - 64) / 64 for i in range(size)]).reshape(shape)


def network():
    first = dict(output_dim=UNITS) if KERAS1 else dict(units=UNITS)
    last = dict(output_dim=CLASSES) if KERAS1 else dict(units=CLASSES)
    hidden = keras.layers.Dense(activation="tanh", name="hidden", input_shape=(FEATURES,), **first)
    model = keras.models.Sequential([hidden, keras.layers.Dense(activation="softmax", name="predictions", **last)])
    model.set_weights([numbers(w.shape, i + 1) * 0.75 for i, w in enumerate(model.get_weights())])
    return model


def train(model, first, last):
    x = numbers((STEPS * BATCH, FEATURES), 5)
    y = np.eye(CLASSES)[[(i * 5 + i // 7) % CLASSES for i in range(STEPS * BATCH)]]
    model.fit(x[first:last], y[first:last], batch_size=BATCH, shuffle=False, verbose=0, **{"nb_epoch" if KERAS1 else "epochs": 1})


def make(name, options):
    options = dict(options)
    options[RATE] = options.pop("rate")
    return getattr(keras.optimizers.legacy if MODE == "legacy" else keras.optimizers, name)(**options)


def save(model, path):
    model.save(path)
    with open(path, "rb") as f, open(path + ".gz", "wb") as g:
        g.write(gzip.compress(f.read(), 9))
    os.remove(path)


def saved(path):
    with gzip.open(path + ".gz") as f, open(path, "wb") as g:
        g.write(f.read())
    model = keras.models.load_model(path)
    os.remove(path)
    return model


def main():
    os.makedirs(OUT, exist_ok=True)
    after = {}
    for case, (name, options) in CASES.items():
        path = os.path.join(OUT, f"{DIALECT}_{case}")
        if THEANO and case != "nadam":
            model = saved(path + ".h5")
        else:
            model = network()
            model.compile(make(name, options), "categorical_crossentropy")
            train(model, 0, HALF)
            save(model, path + ".h5")
            if NEW and case == "adam":
                save(model, path + ".keras")
        train(model, HALF, 2 * HALF)
        after[case] = [[float("%.9g" % v) for v in w.ravel()] for w in model.get_weights()]
    path = os.path.join(HERE, "models", "older_optimizers.json")
    parts = json.load(open(path)) if os.path.exists(path) else {}
    parts[DIALECT] = after
    with open(path, "w") as f:
        json.dump(dict(sorted(parts.items())), f, separators=(",", ":"))


if __name__ == "__main__":
    main()
