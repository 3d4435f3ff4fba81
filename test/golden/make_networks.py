"""What real Keras computes with recipe weights: outputs, and figures of every layer's output.
Run: KERAS_BACKEND=jax python test/golden/make_networks.py   (keras 3.15.1, jax 0.10, numpy 2)"""
import json
import os
import sys

import keras
import numpy as np

import networks
import recipe

HERE = os.path.dirname(os.path.abspath(__file__))


def short(v):
    """Nine digits tell every f32 from its neighbours."""
    return float(f"{v:.9g}")


def samples(flat, count):
    """`count` values from the first to the last, evenly spread."""
    return [short(v) for v in flat[np.linspace(0, flat.size - 1, count).astype(int)]]


def figures(y):
    flat = y.astype(np.float64).ravel()
    return {"mean": short(flat.mean()), "absMean": short(np.abs(flat).mean()), "samples": samples(flat, 8)}


def plain(name):
    """The name of a layer, which Keras 3 does not let have a slash."""
    return name.replace("__", "/")


def run(name, make, scale):
    keras.utils.clear_session()
    model = make()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([recipe.values(plain(layer.name), w.name, tuple(w.shape)) for w in layer.weights])
    x = recipe.image((1, *model.input_shape[1:])) * scale
    inner = [l for l in model.layers if type(l).__name__ != "InputLayer" and not l.name.startswith("skip__")]
    every = keras.Model(model.inputs, [l.output for l in inner])
    outputs = [np.asarray(y) for y in every([x.astype(np.float32)])]
    output = next(y for l, y in zip(inner, outputs) if l.output is model.outputs[0])
    golden = {
        "keras": keras.__version__,
        "inputShape": list(model.input_shape[1:]),
        "params": model.count_params(),
        "layers": [{"name": plain(l.name), "shape": list(y.shape), **figures(y)} for l, y in zip(inner, outputs)],
        "weights": [[plain(l.name), [[w.name, list(w.shape)] for w in l.weights]] for l in model.layers if l.weights],
        "output": samples(output.ravel(), min(1000, output.size)),
    }
    head = inner[[l.output is model.outputs[0] for l in inner].index(True)]
    if isinstance(head, keras.layers.Dense):
        features = next(y for l, y in zip(inner, outputs) if l.output is head.input)
        head.activation = keras.activations.linear
        golden["logits"] = [short(v) for v in np.asarray(head(features)).ravel()]
    with open(os.path.join(HERE, f"{name}.json"), "w") as f:
        json.dump(golden, f, separators=(",", ":"))
    print(name, golden["params"], os.path.getsize(f.name))


if __name__ == "__main__":
    apps = keras.applications
    wanted = sys.argv[1:]
    odd = {"include_top": False, "input_shape": (75, 50, 3)}
    table = {
        "vgg16": (lambda: apps.VGG16(weights=None), 1 / 255),
        "vgg16_notop_75x50": (lambda: apps.VGG16(weights=None, **odd), 1 / 255),
        "vgg19": (lambda: apps.VGG19(weights=None), 1 / 255),
        "vgg19_notop_75x50": (lambda: apps.VGG19(weights=None, **odd), 1 / 255),
        "inception_v3_139": (lambda: apps.InceptionV3(weights=None, include_top=False, input_shape=(139, 139, 3)), 1 / 255),
        "inception_v3": (lambda: apps.InceptionV3(weights=None), 1 / 255),
        "resnet50": (lambda: apps.ResNet50(weights=None), 1 / 255),
        "resnet50_notop_75x50": (lambda: apps.ResNet50(weights=None, **odd), 1 / 255),
        "resnet101": (lambda: apps.ResNet101(weights=None), 1 / 255),
        "resnet101_notop_75x50": (lambda: apps.ResNet101(weights=None, **odd), 1 / 255),
        "resnet152": (lambda: apps.ResNet152(weights=None), 1 / 255),
        "resnet152_notop_75x50": (lambda: apps.ResNet152(weights=None, **odd), 1 / 255),
        "resnet50_legacy": (lambda: networks.resnet50_legacy(), 1 / 255),
        "resnet50_legacy_notop_75x50": (lambda: networks.resnet50_legacy(pool_padding=False, **odd), 1 / 255),
        "alexnet": (lambda: networks.alexnet(), 1),
        "alexnet_notop_75x98": (lambda: networks.alexnet(False, (75, 98, 3), caffenet=True), 1),
        "googlenet": (lambda: networks.googlenet(auxiliary=True), 1),
        "googlenet_notop_75x50": (lambda: networks.googlenet(**odd), 1),
    }
    for name, (make, scale) in table.items():
        if not wanted or name in wanted:
            run(name, make, scale)
