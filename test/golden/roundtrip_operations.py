"""Rebuilds models from configs that this project wrote, in real Keras 3, with recipe weights, and predicts.
Run by test/loaders/keras/roundtrip_operations.test.ts: python roundtrip_operations.py FILE, where FILE has {name: config}; prints {name: [values]}."""
import json
import sys

import keras
import numpy as np

import recipe


def main(path):
    with open(path) as f:
        configs = json.load(f)
    answers = {}
    for name, config in configs.items():
        model = keras.saving.deserialize_keras_object(config)
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([recipe.values(layer.name, w.name, tuple(w.shape)) for w in layer.weights])
        ys = model((recipe.image((2, *model.input_shape[1:])) / 64 - 2).astype("float32"), training=False)
        answers[name] = [np.asarray(y).ravel().astype(float).tolist() for y in (ys if isinstance(ys, (list, tuple)) else [ys])]
    print("\n" + json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1])
