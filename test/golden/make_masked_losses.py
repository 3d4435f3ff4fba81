"""What Keras 3 makes of outputs with masks: loss and metrics in batches of two, the last of one, before and while it trains, and weights afterwards.
Run: KERAS_BACKEND=tensorflow python test/golden/make_masked_losses.py   (keras 3.15.1, tensorflow 2.21; on JAX metrics have no masks while it trains)"""
import keras
import numpy as np

import recipe
from layer_cases import with_gaps
from make_models import CENTRED, L, config_of, fill, put

N, STEPS = 5, 9


def dense(units, **given):
    return lambda x: L.Dense(units, name="dense", **given)(L.Masking(name="zeros")(with_gaps(L.Rescaling(**CENTRED)(x))))


def classes(x):
    return L.Dense(4, activation="softmax", name="dense")(L.Embedding(3, 4, mask_zero=True, name="classes")(x))


def pixels(x):
    y = L.Reshape((3, 3, 2))(with_gaps(L.Rescaling(**CENTRED)(x)))
    return L.Dense(1, activation="sigmoid", name="dense")(L.Masking(name="zeros")(y))


CASES = {
    "meanSquaredError": (dense(3), "mean_squared_error", ["mean_absolute_error", "root_mean_squared_error"]),
    "categoricalCrossentropy": (dense(4, activation="softmax"), "categorical_crossentropy", ["categorical_accuracy", "precision"]),
    "sparseCategoricalCrossentropy": (classes, "sparse_categorical_crossentropy", ["sparse_categorical_accuracy"]),
    "binaryCrossentropy": (pixels, "binary_crossentropy", ["binary_accuracy"]),
}
OF_CLASS = {"root_mean_squared_error": "RootMeanSquaredError", "precision": "Precision"}


def computed(loss, body, keras_loss, metrics):
    keras.utils.clear_session()
    of_classes = body is classes
    inputs = keras.Input((STEPS,) if of_classes else (STEPS, 1), name="image")
    model = fill(keras.Model(inputs, body(inputs), name="case"))
    config = config_of(model)
    given = [getattr(keras.metrics, OF_CLASS[m])(name=m) if m in OF_CLASS else m for m in metrics]
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=keras_loss, metrics=given)
    x = recipe.image((N, *inputs.shape[1:]))
    if of_classes:
        x = np.floor(x * 3 / 256)
        x[2] = 0  # nothing of it counts
    shape = (N, *model.output_shape[1:])
    y = np.floor(recipe.unit("targets", int(np.prod(shape[:-1]))) * shape[-1]).reshape(shape[:-1])
    if loss == "categoricalCrossentropy":
        y = np.eye(shape[-1])[y.astype(int)]
    elif loss == "meanSquaredError":
        y = recipe.unit("targets", int(np.prod(shape))).reshape(shape)
    elif loss == "binaryCrossentropy":
        y = np.round(recipe.unit("targets", int(np.prod(shape)))).reshape(shape)
    logs = lambda all: {name: float(value) for name, value in all.items()}
    before = logs(model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True))
    fitted = model.fit(x, y, batch_size=2, epochs=1, shuffle=False, verbose=0).history
    weights = [[float("%.9g" % v) for v in np.asarray(w).ravel()] for w in model.weights]
    data = {"x": {"shape": list(x.shape), "data": x.ravel().tolist()}, "y": {"shape": list(y.shape), "data": y.ravel().tolist()}}
    return {"loss": loss, "metrics": metrics, "config": config, **data, "before": before, "while": logs({k: v[0] for k, v in fitted.items()}), "weights": weights}


if __name__ == "__main__":
    put("masked_losses.json", [computed(loss, *case) for loss, case in CASES.items()])
