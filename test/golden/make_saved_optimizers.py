"""Models that real Keras trained, saved with their optimizers, and trained on; and the same with files of ours.
Run: KERAS_BACKEND=jax python test/golden/make_saved_optimizers.py   (keras 3.15.1, jax 0.10, h5py 3.16)

models/trained_NAME.keras and .h5: after five steps; models/trained.json: the weights after five more.
With a folder as argument, as test/node/saved_optimizer.test.ts runs it: NAME.keras there are trained on for five steps instead, and
NAME.keras.json have the weights; of models with two outputs they have what evaluate logs. Keras 3.15 does not go on from .h5, its own neither: it builds the optimizer for no variables."""
import glob
import json
import os
import sys

import keras
import numpy as np

import make_optimizers as m

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
HALF = m.STEPS * m.BATCH // 2
OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.02, amsgrad=True),
    "sgd": lambda: keras.optimizers.SGD(0.02, momentum=0.9, clipnorm=0.5),
    "rmsprop": lambda: keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(0.02, 20), momentum=0.5, centered=True),
}


def train(model, first, last):
    _, x, y = m.network(keras, "float32")
    labels = y.argmax(1)  # as sparse_categorical_crossentropy has them
    model.fit(x[first:last], labels[first:last], batch_size=m.BATCH, shuffle=False, verbose=0)


def weights(model):
    return [np.asarray(w).astype(float).ravel().tolist() for w in model.get_weights()]


def main():
    after = {}
    for name, make in OPTIMIZERS.items():
        model, _, _ = m.network(keras, "float32")
        model.compile(make(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        train(model, 0, HALF)
        for kind in ("keras", "h5"):
            model.save(os.path.join(OUT, f"trained_{name}.{kind}"))
        train(model, HALF, 2 * HALF)
        after[name] = weights(model)
    with open(os.path.join(OUT, "trained.json"), "w") as f:
        json.dump(after, f, separators=(",", ":"))


def evaluate(model, path):
    _, x, y = m.network(keras, "float32")
    labels = {"kind": y.argmax(1), "size": x[:, :1]}
    # Where outputs have no names, theirs are those of their layers.
    y = labels if isinstance(model.output, dict) else [labels[name] for name in model.output_names]
    logs = model.evaluate(x, y, sample_weight=None, batch_size=m.BATCH, verbose=0, return_dict=True)
    with open(path, "w") as f:
        json.dump({name: float(value) for name, value in logs.items()}, f)


def go_on(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.keras"))):
        model = keras.models.load_model(path)
        if len(model.outputs) > 1:
            evaluate(model, f"{path}.json")
            continue
        iterations = int(model.optimizer.iterations)
        train(model, HALF, 2 * HALF)
        with open(f"{path}.json", "w") as f:
            json.dump({"iterations": iterations, "weights": weights(model)}, f)


if __name__ == "__main__":
    go_on(sys.argv[1]) if len(sys.argv) > 1 else main()
