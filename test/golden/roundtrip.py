"""Loads what this project wrote into real Keras, predicts, and saves it again with Keras.
Run by test/loaders/keras/roundtrip.test.ts and test/cli/convert.test.ts: python roundtrip.py FOLDER, where NAME.keras, NAME.h5, NAME.weights.h5
and NAME.legacy.h5, if it is there, are one model.
Writes NAME.saved.keras, NAME.saved.h5, NAME.saved.weights.h5 and NAME.json: predictions for each file, and what Keras said of it."""
import glob
import json
import os
import sys
import warnings

import keras
import numpy as np

import recipe


OPEN = 9  # a size for what is open


def predict(model):
    xs = {t.name: (recipe.image((2, *[d or OPEN for d in t.shape[1:]])) / 255).astype(np.float32) for t in model.inputs}
    x = xs if len(xs) > 1 else next(iter(xs.values()))
    return np.asarray(model(x, training=False)).ravel().astype(float).tolist()


def blank(model):
    """The same layers with other values, so that a file that loads nothing is seen."""
    copy = keras.models.model_from_json(model.to_json())
    copy.set_weights([np.full_like(w, 0.25) for w in copy.get_weights()])
    return copy


def main(folder):
    for archive in sorted(glob.glob(os.path.join(folder, "*.keras"))):
        name = archive[: -len(".keras")]
        if name.endswith(".saved"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # such as objects that could not be loaded
            models = {"keras": keras.models.load_model(archive), "h5": keras.models.load_model(f"{name}.h5", compile=False)}
            for kind in ("weights.h5", "legacy.h5"):
                if not os.path.exists(f"{name}.{kind}"):
                    continue
                models[kind] = blank(models["keras"])
                models[kind].load_weights(f"{name}.{kind}")
        reference = models["keras"].get_weights()
        equal = {k: all(np.array_equal(a, b) for a, b in zip(reference, m.get_weights(), strict=True)) for k, m in models.items()}
        with open(f"{name}.json", "w") as f:
            json.dump({"keras": keras.__version__, "equal": equal, "predictions": {k: predict(m) for k, m in models.items()}}, f)
        models["keras"].save(f"{name}.saved.keras")
        models["keras"].save(f"{name}.saved.h5")
        models["keras"].save_weights(f"{name}.saved.weights.h5")


if __name__ == "__main__":
    main(sys.argv[1])
