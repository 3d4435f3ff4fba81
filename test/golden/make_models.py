"""Models for `loadModel`, as real Keras saves and computes them, with recipe weights.
Run: KERAS_BACKEND=jax python test/golden/make_models.py [layers] [files] [inputs] [refused]   (keras 3.15.1, jax 0.10, h5py 3.16)

layers    models/layers.json: every layer class with its options, one model for each class and input shape; every option is an output;
          layers:Conv2D,Dense makes those that have one of these words in their names, and new ones; layers:new the new ones
files     models/*.keras and *.h5: whole files, with predictions in models/files.json
inputs    models/*.keras and *.h5 of models with two inputs, with predictions in models/inputs.json
refused   models/refused.json: configs that must be refused"""
import json
import os
import sys

import keras
import numpy as np

import recipe
from layer_cases import IMAGE, attentive_head, cases, is_exact
from make_networks import samples

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
L = keras.layers
# Pixels 0..255 -> numbers from -2 to 2, exactly.
CENTRED = {"scale": 1 / 64, "offset": -2.0}


def put(name, value):
    with open(os.path.join(OUT, name), "w") as f:
        json.dump(value, f, separators=(",", ":"))
    print(name, os.path.getsize(f.name))


def leaves(model):
    """Layers, those of nested models included, in the order of model.layers."""
    for layer in model.layers:
        yield from parts(layer)


def parts(layer):
    """What a layer is made of: itself, where it is no model and has no layers in it."""
    if hasattr(layer, "layers"):
        yield from leaves(layer)
    elif isinstance(layer, L.TimeDistributed):
        yield from parts(layer.layer)
    elif isinstance(layer, L.MultiHeadAttention):
        yield from (layer.query_dense, layer.key_dense, layer.value_dense, layer.output_dense)
    else:
        yield layer


def fill(model):
    for layer in leaves(model):
        if layer.weights:
            names = [(w.name, recipe.name_of(type(layer).__name__, w.name), tuple(w.shape)) for w in layer.weights]
            layer.set_weights([recipe.values(layer.name, name, shape) for _, name, shape in names])
            if isinstance(layer, L.Normalization):
                layer.finalize_state()  # as loading a file does
    return model


def config_of(model):
    """As saved, without what nearly every layer says alike and nothing reads: dtype policies, initializers, regularizers, constraints."""

    def left_out(key, value):
        plain = value is None or isinstance(value, dict)
        return key == "build_config" or (plain and key.split("_")[-1] in ("dtype", "initializer", "regularizer", "constraint"))

    def strip(value):
        if isinstance(value, list):
            return [strip(v) for v in value]
        if not isinstance(value, dict):
            return value
        return {k: strip(v) for k, v in value.items() if not left_out(k, v)}

    return strip(json.loads(model.to_json()))


def weights_of(model):
    named = lambda l, w: recipe.name_of("LayerScale", w.name) if type(l).__name__ == "LayerScale" else w.name
    return [[l.name, [[named(l, w), list(w.shape)] for w in l.weights]] for l in leaves(model) if l.weights]


def outputs_of(model, x):
    ys = model(x.astype(np.float32), training=False)
    return [np.asarray(y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]


def golden(model, count=12, scale=1 / 256):
    """What there is to compare: layer order, weights, and `count` values of every output."""
    fill(model)
    shape = model.input_shape[1:]
    ys = outputs_of(model, recipe.image((1, *shape)) * scale)
    return {
        "inputShape": list(shape),
        # Without what masks are made of, which here are no layers.
        "layers": [l.name for l in model.layers if getattr(l.output, "dtype", None) != "bool"],
        "weights": weights_of(model),
        "outputs": [{"shape": list(y.shape), "values": samples(y.ravel(), min(count, y.size))} for y in ys],
    }


# --- layers


def make_layers(only=""):
    """`only`: words, one of which the names of cases have that are to be made; the others stay as they are."""
    words = only.split(",")
    with open(os.path.join(OUT, "layers.json")) as f:
        before = {case["name"]: case for case in json.load(f)}
    made = []
    for name, shape, centred, apply in cases():
        if name in before and not any(word in name for word in words):
            made.append(before[name])
            continue
        keras.utils.clear_session()
        inputs = keras.Input(shape, name="image")
        x = L.Rescaling(**CENTRED, name="centred")(inputs) if centred else inputs
        model = keras.Model(inputs, list(apply(x)), name="case")
        made.append({"name": name, **({"exact": True} if is_exact(name) else {}), "config": config_of(model), **golden(model, scale=1)})
    put("layers.json", made)


# --- files


def small_trunk(size=16):
    """The beginning of MobileNet, small."""
    inputs = keras.Input((size, size, 3))
    x = L.Conv2D(4, 3, padding="same", strides=2, use_bias=False)(inputs)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    x = L.DepthwiseConv2D(3, strides=2, use_bias=False)(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    return keras.Model(inputs, L.ReLU(6.0)(L.BatchNormalization()(x)), name="small_mobilenet")


def transfer():
    """As the usual tutorial has it."""
    trunk = small_trunk()
    trunk.trainable = False
    return keras.Sequential([trunk, L.GlobalAveragePooling2D(), L.Dropout(0.2), L.Dense(3, activation="softmax")])


def augmented():
    """As Keras's guide to transfer learning has it."""
    augmentation = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augmentation")
    inputs = keras.Input((20, 18, 3))
    x = augmentation(inputs)
    x = L.Rescaling(1 / 127.5, offset=-1)(L.Resizing(16, 16)(x))
    x = small_trunk()(x, training=False)
    x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, L.Dense(1, activation="sigmoid")(x))


def various():
    """Layers with weights that the others have not; no names."""
    x = inputs = keras.Input((8, 7, 3))
    x = L.Normalization()(x)
    x = L.SeparableConv2D(4, 3, activation="relu")(x)
    x = L.PReLU(shared_axes=[1, 2])(L.Conv2DTranspose(6, 2, strides=2)(x))
    x = L.MaxPooling2D(2)(L.DepthwiseConv2D(3, depth_multiplier=2)(x))
    return keras.Model(inputs, L.Dense(4)(L.Flatten()(x)))


def first():
    """Channels first, flattened in that order, and in that of channels last."""
    given = {"data_format": "channels_first"}
    inputs = keras.Input((3, 9, 8))
    x = L.Conv2D(5, 3, strides=2, activation="relu", **given)(inputs)
    x = L.MaxPooling2D(2, strides=1, **given)(L.BatchNormalization(axis=1)(x))
    return keras.Model(inputs, [L.Dense(4)(L.Flatten()(x)), L.Dense(3)(L.Dropout(0.5)(L.Flatten(**given)(x)))])


def attentive():
    """A small vision transformer, and a model that each step of its tokens goes through."""
    inputs = keras.Input((6, 6, 3))
    step = keras.Sequential([keras.Input((8,)), L.Dense(4), L.BatchNormalization()], name="step")
    x = L.TimeDistributed(step)(L.TimeDistributed(L.LayerNormalization())(L.Reshape((1, 8))(attentive_head(inputs))))
    return keras.Model(inputs, L.Dense(3)(L.Flatten()(x)))


def make_files(only=None):
    made = []
    if only:
        with open(os.path.join(OUT, "files.json")) as f:
            made = [m for m in json.load(f) if only not in m["file"]]
    builds = (transfer, ("transfer.keras", "transfer.h5")), (augmented, ("augmented.keras",)), (various, ("various.h5",)), (first, ("first.keras", "first.h5")), (attentive, ("attentive.keras", "attentive.h5"))
    for build, files in builds:
        if only and only != build.__name__:
            continue
        keras.utils.clear_session()
        model = build()
        about = golden(model, count=8, scale=1)
        model.compile(optimizer="adam", loss="mse")
        for file in files:
            model.save(os.path.join(OUT, file))
            if file.endswith(".keras"):
                recipe.settle(os.path.join(OUT, file))
            made.append({"file": file, **about})
            print(file, os.path.getsize(os.path.join(OUT, file)))
    put("files.json", made)


# --- several inputs


def image_and_numbers():
    """Pictures and numbers about them, side by side."""
    image, numbers = keras.Input((12, 10, 3), name="image"), keras.Input((5,), name="numbers")
    x = L.Conv2D(4, 3, strides=2, use_bias=False, name="conv")(image)
    x = L.GlobalAveragePooling2D(name="pool")(L.ReLU(name="relu")(L.BatchNormalization(name="bn")(x)))
    y = L.Dense(6, activation="tanh", name="about")(numbers)
    z = L.Dense(8, activation="relu", name="hidden")(L.Concatenate(name="joined")([x, y]))
    return keras.Model([image, numbers], L.Dense(3, activation="softmax", name="predictions")(z), name="image_and_numbers")


def pair():
    """Two pictures by name: a model for each of them with two outputs, and one that takes two inputs by name."""
    picture = keras.Input((8, 9, 2), name="picture")
    x = L.Conv2D(4, 3, activation="relu", name="conv")(picture)
    features = L.GlobalAveragePooling2D(name="mean")(x), L.GlobalMaxPooling2D(name="largest")(x)
    encoder = keras.Model(picture, list(features), name="encoder")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    same = keras.Model({"a": a, "b": b}, L.Multiply(name="product")([L.Dense(4, name="turned")(a), b]), name="same")
    left, right = keras.Input((8, 9, 2), name="left"), keras.Input((8, 9, 2), name="right")
    one, two = encoder(left), encoder(right)
    z = L.Concatenate(name="joined")([same({"a": one[0], "b": two[0]}), L.Subtract(name="difference")([one[1], two[1]])])
    return keras.Model({"left": left, "right": right}, L.Dense(2, activation="softmax", name="predictions")(z), name="pair")


def make_inputs():
    made = []
    for build in (image_and_numbers, pair):
        keras.utils.clear_session()
        model = fill(build())
        shapes = {t.name: list(t.shape[1:]) for t in model.inputs}
        y = np.asarray(model({name: recipe.image((2, *shape)) / np.float32(256) for name, shape in shapes.items()}, training=False))
        about = {"inputs": shapes, "layers": [l.name for l in model.layers], "weights": weights_of(model)}
        for ending in ("keras", "h5"):
            file = os.path.join(OUT, f"{model.name}.{ending}")
            model.save(file)
            if ending == "keras":
                recipe.settle(file)
            made.append({"file": os.path.basename(file), **about, "output": {"shape": list(y.shape), "values": samples(y.ravel(), y.size)}})
            print(file, os.path.getsize(file))
    put("inputs.json", made)


# --- configs that must be refused


@keras.saving.register_keras_serializable(package="mine")
class Custom(L.Layer):
    def call(self, x):
        return x


# What Keras itself refuses when such a layer is called.
REFUSED_RESIZING = {
    "gaussian": {"interpolation": "gaussian"},
    "cropped and filled up": {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
    "reflected": {"pad_to_aspect_ratio": True, "fill_mode": "reflect"},
}


def make_refused():
    """Configs by what is wrong with them."""
    image = keras.Input(IMAGE, name="image")
    one = lambda layer: keras.Model(image, layer(image), name="model")
    dense = lambda activation: one(L.Dense(2, name="dense", activation=activation))
    resizing = lambda **given: one(L.Resizing(3, 3, name="resizing", **given))
    models = {
        "Lambda": one(L.Lambda(lambda x: x, name="lambda_1", output_shape=IMAGE)),
        "unknown class": one(L.Discretization(bin_boundaries=[0.0], name="bins")),
        "custom class": one(Custom(name="custom")),
        "op": keras.Model(image, image * 2, name="model"),
        "op of two": keras.Model(image, L.Conv2D(3, 1, name="conv")(image) * image, name="model"),
        "unknown activation": dense("log_softmax"),
        "unknown activation layer": dense(L.PReLU(name="slopes")),
        **{name: resizing() for name in REFUSED_RESIZING},
        "inverted": one(L.Normalization(name="norm", mean=0.0, variance=1.0, invert=True)),
        "open size": keras.Sequential([keras.Input((None, None, 3), name="image"), L.Conv2D(2, 3, name="conv")], name="model"),
        "no size": keras.Sequential([L.Conv2D(2, 3, name="conv"), L.Flatten(name="flat")], name="model"),
    }
    configs = {name: config_of(model) for name, model in models.items()}
    for name, given in REFUSED_RESIZING.items():
        configs[name]["config"]["layers"][1]["config"].update(given)
    for mode in ("int8", "int4"):
        quantized = one(L.Dense(2, name="dense"))
        quantized.quantize(mode)
        configs[mode] = json.loads(quantized.to_json())  # with its types
    # In place of Python's byte code, which names this file's place and lines.
    function = configs["Lambda"]["config"]["layers"][1]["config"]["function"]
    function["config"]["code"] = "4wEAAAAAAAAAAAAAAAEAAAATAAAA8wYAAACXAHwAUwCpAU6pACkB2gF4\n"
    put("refused.json", configs)


# --- main

if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    makers = {"layers": make_layers, "files": make_files, "inputs": make_inputs, "refused": make_refused}
    for name in sys.argv[1:] or makers:
        name, _, only = name.partition(":")
        makers[name](*([only] if only else []))
