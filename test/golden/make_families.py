"""A small network of each family of keras.applications, made by the application's own code with every kind of block that it has: config, recipe
weights, output.
Run under each version, which writes its part of models/families.json:
  KERAS_BACKEND=jax python test/golden/make_families.py   keras 3.15.1, jax 0.10
                    python test/golden/make_families.py   tensorflow 2.15.1 with its own Keras """
import base64
import gzip
import importlib
import io
import json
import os

import numpy as np

try:
    from tensorflow import keras  # of tf.keras, and of Keras 3 where it is installed beside it
except ModuleNotFoundError:
    import keras

import recipe

VERSION = getattr(keras, "__version__", None) or importlib.import_module("keras").__version__
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", "families.json")
L = keras.layers
apps = keras.applications
COMMON = {"weights": None, "input_shape": (32, 32, 3)}
SMALL = dict(COMMON, classes=5)


def code_of(function):
    """The module of an application, with what it does not export."""
    return importlib.import_module(getattr(apps, function).__module__)


def named(name):
    """tf.keras called some arguments otherwise."""
    return {"name": name} if VERSION.startswith("3") else {"model_name": name}


def convnext():
    return code_of("ConvNeXtTiny").ConvNeXt([1, 1, 2, 1], [8, 12, 16, 24], drop_path_rate=0.2, default_size=32, layer_scale_init_value=0.1, **named("convnext"), **SMALL)


def efficientnet_v2(kind):
    """A block of each sort: fused, fused with a residual, with squeeze and excitation."""
    code = code_of("EfficientNetV2B0")
    blocks = [dict(b, num_repeat=min(2, b["num_repeat"])) for b in code.DEFAULT_BLOCKS_ARGS[kind] if b["input_filters"] != 112]
    return code.EfficientNetV2(0.25, 1.0, 32, dropout_rate=0.2, drop_connect_rate=0.2, blocks_args=blocks, **named("efficientnet" + kind), **SMALL)


def inception_resnet_v2():
    """The three kinds of blocks, in a row."""
    code = code_of("InceptionResNetV2")
    x = inputs = L.Input((9, 8, 3))
    x = code.conv2d_bn(x, 12, 3, strides=2, padding="valid")
    for kind, scale in (("block35", 0.17), ("block17", 0.1), ("block8", 0.2)):
        x = code.inception_resnet_block(x, scale=scale, block_type=kind, block_idx=1)
    x = code.inception_resnet_block(x, scale=1.0, activation=None, block_type="block8", block_idx=2)
    return keras.models.Model(inputs, L.GlobalAveragePooling2D()(x), name="inception_resnet")


def regnet(kind):
    code = importlib.import_module(apps.regnet.RegNetX002.__module__)
    return code.RegNet([1, 2, 1, 1], [8, 16, 24, 32], group_width=8, block_type=kind, default_size=32, model_name="regnet" + kind.lower(), **SMALL)


def resnet_rs():
    code = importlib.import_module(apps.resnet_rs.ResNetRS50.__module__)
    blocks = [{"input_filters": f, "num_repeats": n} for f, n in ((8, 2), (16, 1))]
    return code.ResNetRS(depth=50, block_args=blocks, drop_connect_rate=0.2, dropout_rate=0.25, include_preprocessing=True, **SMALL, model_name="resnet_rs")


def resnet_v2():
    code = code_of("ResNet50")
    stack = getattr(code, "stack_residual_blocks_v2", None) or code.stack2
    more = {"weights_name": None} if VERSION.startswith("3") else {}
    return code.ResNet(lambda x: stack(stack(x, 8, 2, name="conv2"), 12, 2, stride1=1, name="conv3"), True, True, **named("resnetv2"), **more, **SMALL)


def nasnet():
    """Normal and reduction cells, each with what adjusts the input of the one before it."""
    return code_of("NASNetMobile").NASNet(penultimate_filters=96, num_blocks=1, stem_block_filters=8, skip_reduction=False, default_size=32, **SMALL)


def of(function, **given):
    return lambda: getattr(apps, function)(**dict(SMALL, **given))


FAMILIES = {
    "MobileNetV3Small": (of("MobileNetV3Small", alpha=0.25), 1.0),
    "MobileNetV3Large": (of("MobileNetV3Large", alpha=0.25), 1.0),
    "ConvNeXt": (convnext, 1.0),
    "EfficientNetV2 B": (lambda: efficientnet_v2("efficientnetv2-b0"), 1.0),
    "EfficientNetV2 S": (lambda: efficientnet_v2("efficientnetv2-s"), 1.0),
    "NASNet": (nasnet, 1 / 255),
    "InceptionResNetV2": (inception_resnet_v2, 1 / 255),
    "RegNetX": (lambda: regnet("X"), 1.0),
    "RegNetY": (lambda: regnet("Y"), 1.0),
    "ResNetRS": (resnet_rs, 1.0),
    "ResNetV2": (resnet_v2, 1 / 255),
}


# Classes that keras.layers has not, which a config of tf.keras alone does not lead to.
OWN = ("LayerScale", "StochasticDepth", "CustomScaleLayer")


def leaves(model):
    for layer in model.layers:
        for inner in leaves(layer) if hasattr(layer, "layers") else [layer]:
            yield inner


def fill(model):
    """Recipe weights, by the names that Keras 3 has for them."""
    for layer in leaves(model):
        kind = type(layer).__name__
        plain = [w.name.split("/")[-1].split(":")[0] for w in layer.weights]
        shapes = [tuple(int(d) for d in w.shape) for w in layer.weights]
        values = [recipe.values(layer.name, recipe.name_of(kind, n), s) for n, s in zip(plain, shapes)]
        if values:
            layer.set_weights([np.asarray(v, "int64" if n == "count" and VERSION[0] == "2" else "float32") for n, v in zip(plain, values)])
        if kind == "Normalization":
            layer.finalize_state()


def packed(text):
    """Without the time, so that running this again gives the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as f:
        f.write(text)
    return buffer.getvalue()


def short(v):
    return float("%.9g" % v)


def run(name, make, scale):
    keras.backend.clear_session()
    model = make()
    fill(model)
    shape = [int(d) for d in model.input_shape[1:]]
    x = (recipe.image([1] + shape) * scale).astype("float32")
    last = model.layers[-1]
    if last.get_config().get("activation") == "softmax":
        # Scores tell more than probabilities.
        last.activation = keras.activations.linear
        model = keras.models.model_from_json(model.to_json(), custom_objects={c.__name__: c for c in map(type, leaves(model)) if c.__name__ in OWN})
        fill(model)
    y = np.asarray(model(x, training=False)).ravel()
    config = base64.b64encode(packed(model.to_json().encode()))
    print(name, model.count_params(), len(model.layers), len(config), y[:3], flush=True)
    return {"name": name, "inputShape": shape, "scale": scale, "params": int(model.count_params()), "config": config.decode(), "output": [short(v) for v in y[:100]]}


def main():
    made = []
    for name, (make, scale) in FAMILIES.items():
        try:
            made.append(run(name, make, scale))
        except Exception as error:  # what this Keras does not have
            print("%s: %s %s" % (name, type(error).__name__, str(error)[:300]))
    everything = {}
    if os.path.exists(OUT):
        with open(OUT) as f:
            everything = json.load(f)
    everything["keras %s" % VERSION] = made
    with open(OUT, "w") as f:
        json.dump(dict(sorted(everything.items())), f, separators=(",", ":"))
    print(VERSION, len(made), os.path.getsize(OUT))


if __name__ == "__main__":
    main()
