"""What real Keras's callbacks make of losses: when EarlyStopping ends and which epoch's weights it puts, which rates ReduceLROnPlateau sets.
Run: KERAS_BACKEND=jax python test/golden/make_callbacks.py   (keras 3.15.1)

callbacks.json: cases of a series of val_loss, the options, and what came of them"""
import json
import os
import warnings

import numpy as np
from keras import callbacks

warnings.filterwarnings("ignore")
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "callbacks.json")


class Optimizer:
    learning_rate = 1.0


class Model:
    """As much of one as callbacks need; its weights are the number of the epoch."""

    def __init__(self):
        self.optimizer = Optimizer()
        self.stop_training = False
        self.metrics = []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def stopping(series, o):
    model = Model()
    c = callbacks.EarlyStopping(
        patience=o["patience"], mode=o["mode"], min_delta=o["minDelta"], start_from_epoch=o["startFromEpoch"],
        baseline=o.get("baseline"), restore_best_weights=True,
    )
    c.set_model(model)
    c.on_train_begin()
    for epoch, value in enumerate(series):
        model.weights = epoch
        c.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            break
    c.on_train_end()
    return {"epochs": epoch + 1, "weights": model.weights}


def rates(series, o):
    model = Model()
    c = callbacks.ReduceLROnPlateau(
        factor=o["factor"], patience=o["patience"], mode=o["mode"], min_delta=o["minDelta"], cooldown=o["cooldown"], min_lr=o["minLr"]
    )
    c.set_model(model)
    c.on_train_begin()
    found = []
    for epoch, value in enumerate(series):
        c.on_epoch_end(epoch, {"val_loss": value})
        found.append(float(model.optimizer.learning_rate))
    return found


def main():
    rng = np.random.default_rng(1)
    cases = []
    for i in range(48):
        series = [float(np.round(x, 1)) for x in rng.uniform(0, 3, 12)]
        shared = {"mode": ["auto", "min", "max"][i % 3], "minDelta": float(rng.choice([0, 0.25]))}
        stop = {**shared, "patience": int(rng.integers(0, 4)), "startFromEpoch": int(rng.integers(0, 3))}
        if i % 2:
            stop["baseline"] = 1.0
        plateau = {
            **shared, "factor": 0.5, "patience": int(rng.integers(0, 4)), "cooldown": int(rng.integers(0, 3)),
            "minLr": float(rng.choice([0, 0.25])),
        }
        cases.append({
            "series": series, "stopping": stop, "stopped": stopping(series, stop), "plateau": plateau, "rates": rates(series, plateau)
        })
    with open(OUT, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
