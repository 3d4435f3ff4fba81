"""What real Keras makes of whole networks in five steps of fine-tuning, computed in f64: the losses, and how far every weight moved. Recipe weights,
SGD with momentum. All weights but the statistics of batch normalisation train: the networks are called with training=False.
Run: KERAS_BACKEND=jax python test/golden/make_finetune.py [name ...]   (keras 3.15.1, jax 0.10, numpy 2)

training/finetune_<name>.json; of each weight's change: its norm, and its product with the recipe's direction"""
import json
import os
import sys

import jax

jax.config.update("jax_enable_x64", True)
import keras
import numpy as np

import recipe
from make_models import fill
from make_networks import short
from make_training import OUT

keras.config.set_floatx("float64")
L, APPS = keras.layers, keras.applications
MOMENTUM, STEPS, CLASSES = 0.9, 5, 3
# What makes it, height and width, samples in a batch, pixels as the network gets them, learning rate
NETS = {
    "inception_v3": (APPS.InceptionV3, 75, 2, (1 / 64, -2), 0.0002),
    "resnet50": (APPS.ResNet50, 32, 4, (1 / 64, -2), 0.0005),
    "mobilenet_v2": (APPS.MobileNetV2, 32, 4, (1 / 64, -2), 0.002),
    "efficientnet_b0": (APPS.EfficientNetB0, 32, 4, (1, 0), 0.005),
}


def network(make, size, x):
    """The network, pooled, its features brought to a mean size of about 1, and a new classifier. @returns the model and that scale"""
    keras.utils.clear_session()
    base = make(weights=None, include_top=False, input_shape=(size, size, 3))
    fill(base)
    features = L.GlobalAveragePooling2D(name="pool")(base.outputs[0])
    looked = np.asarray(keras.Model(base.inputs, features)(x, training=False))
    scale = 2.0 ** -round(np.log2(np.abs(looked).mean()))
    head = L.Dense(CLASSES, activation="softmax", name="predictions")
    model = keras.Model(base.inputs, head(L.Rescaling(scale, name="scaled")(features)))
    fill(keras.Sequential([keras.Input(features.shape[1:]), head]))
    return model, scale


def tuned(make, size, batch, pixels, rate):
    """@returns the scale, the losses, and of each weight its change"""
    x = (recipe.image((STEPS * batch, size, size, 3)) * pixels[0] + pixels[1]).astype("float64")
    y = np.arange(STEPS * batch, dtype=np.int32) * 5 % CLASSES
    model, scale = network(make, size, x[:batch])
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.SGD(rate, momentum=MOMENTUM)
    optimizer.build(model.trainable_variables)

    def objective(trained, others, x, y):
        probabilities, others = model.stateless_call(trained, others, x, training=False)
        return loss_of(y, probabilities), others

    @jax.jit
    def step(trained, others, state, x, y):
        (loss, others), gradients = jax.value_and_grad(objective, has_aux=True)(trained, others, x, y)
        trained, state = optimizer.stateless_apply(state, gradients, trained)
        return loss, trained, others, state

    state = [v.value for v in optimizer.variables]
    trained = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    before = trained + others
    losses = []
    for begin in range(0, len(x), batch):
        loss, trained, others, state = step(trained, others, state, x[begin : begin + batch], y[begin : begin + batch])
        losses.append(float(loss))
    paths = [v.path for v in model.trainable_variables + model.non_trainable_variables]
    changes = [np.asarray(a, "f8") - np.asarray(b, "f8") for a, b in zip(trained + others, before)]
    return scale, losses, {path: change for path, change in zip(paths, changes) if change.any() and "seed" not in path}


def golden(make, size, batch, pixels, rate):
    scale, losses, changes = tuned(make, size, batch, pixels, rate)
    weights = {}
    for path, change in changes.items():
        name = "/".join(path.split("/")[-2:])
        direction = np.sqrt(3) * (2 * recipe.unit(f"{name}/direction", change.size) - 1)
        weights[name] = [short(np.linalg.norm(change)), short(direction @ change.ravel())]
    setting = {"size": size, "batch": batch, "steps": STEPS, "pixels": pixels, "scale": scale}
    return {**setting, "rate": rate, "momentum": MOMENTUM, "classes": CLASSES, "losses": losses, "weights": weights}


if __name__ == "__main__":
    for name in sys.argv[1:] or NETS:
        with open(os.path.join(OUT, f"finetune_{name}.json"), "w") as f:
            json.dump(golden(*NETS[name]), f, separators=(",", ":"))
        print(name, os.path.getsize(f.name), flush=True)
