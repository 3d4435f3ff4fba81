"""Gradients of class scores by the pixels and Grad-CAM, as Keras's example (https://keras.io/examples/vision/grad_cam) has it, computed by jax.
Run: KERAS_BACKEND=jax python test/golden/make_explain.py   (keras 3.15.1, jax 0.10, numpy 2)"""
import json
import os

import jax
import jax.numpy as jnp
import keras
import numpy as np

import recipe
from make_networks import samples, short

L = keras.layers
HERE = os.path.dirname(os.path.abspath(__file__))


def small():
    """Every kind of layer on the way that has a gradient, and a network in the network."""
    x = keras.Input((11, 9, 3), name="pictures")
    y = L.Conv2D(6, 3, padding="same", use_bias=False, name="conv1")(x)
    y = L.BatchNormalization(name="norm1")(y)
    y = L.Activation("relu", name="relu1")(y)
    a = L.Conv2D(4, 3, strides=2, padding="same", activation="tanh", name="conv2a")(y)
    b = L.Conv2D(4, 1, strides=2, activation="relu", name="conv2b")(y)
    y = L.Add(name="added")([a, b])
    trunk = keras.Model(x, L.Conv2D(5, 2, activation="relu", name="conv3")(y), name="trunk")
    x = keras.Input((11, 9, 3), name="input")
    y = L.GlobalAveragePooling2D(name="pool")(trunk(L.Rescaling(1 / 127.5, -1, name="scaled")(x)))
    return keras.Model(x, L.Dense(4, activation="softmax", name="predictions")(y), name="small")


def fill(model):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            fill(layer)
        elif layer.weights:
            layer.set_weights([recipe.values(layer.name, w.name, tuple(w.shape)) for w in layer.weights])


def pictures(shape, count):
    return np.floor(recipe.unit("image", count * int(np.prod(shape))) * 256).astype(np.float32).reshape(count, *shape)


def gradient(f, x):
    return np.asarray(jax.grad(lambda v: f(v))(jnp.asarray(x)))


def cam(features, score, classes):
    """One map for each picture: the channels by the mean of the gradient, summed, positive, divided by the largest."""
    grads = jax.grad(lambda a: sum(score(a)[i, k] for i, k in enumerate(classes)))(features)
    heat = np.maximum(np.einsum("nhwc,nc->nhw", np.asarray(features), np.asarray(grads).mean((1, 2))), 0)
    return heat / heat.max((1, 2), keepdims=True)


def run():
    model = small()
    fill(model)
    x = pictures(model.input_shape[1:], 3)
    best = [int(k) for k in np.asarray(model(x)).argmax(-1)]
    golden = {"keras": keras.__version__, "inputShape": list(model.input_shape[1:]), "count": 3, "best": best}
    probabilities = lambda v: model(v, training=False)
    classes = [1, 1, 1]
    chosen = lambda f, ks: lambda v: sum(f(v)[i, k] for i, k in enumerate(ks))
    golden["gradientOfProbability"] = samples(gradient(chosen(probabilities, classes), x).ravel(), 60)

    model.layers[-1].activation = None  # as the example does
    logits = lambda v: model(v, training=False)
    dx = gradient(chosen(logits, classes), x)
    golden["gradientOfLogit"] = samples(dx.ravel(), 60)
    size = np.abs(dx).max(-1)
    golden["saliency"] = [short(v) for v in (size / size.max((1, 2), keepdims=True)).ravel()]
    product = np.abs((dx * x).sum(-1))
    golden["gradTimesInput"] = [short(v) for v in (product / product.max((1, 2), keepdims=True)).ravel()]

    trunk = model.get_layer("trunk")
    inner = keras.Model(trunk.inputs, trunk.outputs)
    scaled = model.get_layer("scaled")(x)
    head = lambda a: model.layers[-1](model.get_layer("pool")(a))
    golden["gradcam"] = [short(v) for v in cam(inner(scaled, training=False), head, classes).ravel()]
    golden["gradcamOfBest"] = [short(v) for v in cam(inner(scaled, training=False), head, best).ravel()]
    before = keras.Model(trunk.inputs, trunk.get_layer("relu1").output)
    rest = keras.Model(trunk.get_layer("relu1").output, trunk.output)
    maps = cam(before(scaled, training=False), lambda a: head(rest(a)), classes)
    golden["gradcamAtRelu1"] = [short(v) for v in maps.ravel()]
    with open(os.path.join(HERE, "explain.json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"))
    print(os.path.getsize(f.name))


if __name__ == "__main__":
    run()
