"""What one step of SGD makes of small models with rare layers: models/rare_training.json has the config, and figures of every weight afterwards.
Run: KERAS_BACKEND=jax python test/golden/make_rare_training.py   (keras 3.15.1, jax 0.10)"""
import keras
import numpy as np

import recipe
from layer_cases import IMAGE, attentive_head, choosing_head, masked_head, masked_steps_head, rare_head, sequence_attentive_head
from make_models import CENTRED, L, config_of, fill, put
from make_networks import samples


def trained(name, shape, body):
    keras.utils.clear_session()
    inputs = keras.Input(shape, name="image")
    outputs = L.Dense(2, name="head")(body(L.Rescaling(**CENTRED, name="centred")(inputs)))
    model = fill(keras.Model(inputs, outputs, name="case"))
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="mse")
    x = recipe.image((4, *shape))
    model.fit(x, np.stack([np.arange(4) / 4, np.arange(4) % 2], 1), batch_size=4, epochs=1, verbose=0)
    figures = lambda w: samples(np.asarray(w).ravel(), min(8, int(np.prod(w.shape))))
    weights = {w.path: figures(w) for w in model.weights}
    return {"name": name, "config": config_of(model), "shape": list(shape), "weights": weights}


if __name__ == "__main__":
    bodies = {
        "Masking": ((9, 1), masked_head),
        "Masking and steps": ((9, 1), masked_steps_head),
        "RMSNormalization and adaptive pools": (IMAGE, lambda x: L.Flatten()(rare_head(x))),
        "attention, steps and equations": ((6, 5, 4), attentive_head),
        "attention without heads": ((6, 5, 4), sequence_attentive_head),
        "choosing and ordering": ((7, 5), choosing_head),
    }
    put("rare_training.json", [trained(name, shape, body) for name, (shape, body) in bodies.items()])
