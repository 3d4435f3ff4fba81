"""Configs and whole files as old versions of Keras itself write them: the same small models, built in each version, with recipe weights.
Run under each version; what Keras 2.2 would compute, 2.15 does for it:
  KERAS_BACKEND=jax    python test/golden/make_old_models.py   keras 3.15.1, jax 0.10
                       python test/golden/make_old_models.py   keras 2.15.0, tensorflow-cpu 2.15.1; keras 2.13.1, tensorflow-cpu 2.13.1;
                       keras 2.14.0, tensorflow-cpu 2.14.1
  KERAS_BACKEND=theano python test/golden/make_old_models.py   keras 2.2.4: Theano 1.0.5, numpy 1.23.5,
                       THEANO_FLAGS=device=cpu,cxx=,blas.ldflags= (builds models, but computes nothing without a C++ compiler)
  KERAS_BACKEND=tensorflow python test/golden/make_old_models.py   keras 1.2.2, tensorflow 1.4.1, Python 3.6
Writes its part of models/dialects.json, and models/keras<version>_*.h5 and .keras."""

import collections
import collections.abc
import inspect
import json
import os
import re

# What Keras 1, Keras 2.2 and Theano use of older Pythons.
for name in ("Callable", "Hashable", "Iterable", "Mapping", "MutableMapping", "Sequence"):
    setattr(collections, name, getattr(collections.abc, name))
if not hasattr(inspect, "getargspec"):
    Spec = collections.namedtuple("Spec", "args varargs keywords defaults")
    inspect.getargspec = lambda f: Spec(*inspect.getfullargspec(f)[:4])

import keras
import numpy as np
from keras import layers as L
from keras.models import Model, Sequential

import recipe

if keras.backend.backend() == "theano":
    import theano.ifelse  # which Keras 1 leaves to others

VERSION = keras.__version__
KERAS = int(VERSION[0])
# False with Theano.
COMPUTES = KERAS == 3 or keras.backend.backend() == "tensorflow"
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
IMAGE = (6, 5, 3)

# --- one way to say it, for every version


def keywords(**given):
    """Options by the names of the version."""
    old = {"filters": "nb_filter", "units": "output_dim", "strides": "subsample", "padding": "border_mode", "use_bias": "bias"}
    return {old.get(k, k): v for k, v in given.items()} if KERAS == 1 else given


def conv(filters, size, name, **given):
    if KERAS == 1:
        return L.Convolution2D(filters, size[0], size[1], name=name, **keywords(**given))
    return L.Conv2D(filters, size, name=name, **given)


def dense(units, name, **given):
    return L.Dense(**keywords(units=units, **given), name=name)


def dropout(rate, name, cls=L.Dropout):
    return cls(**{"p" if KERAS == 1 else "rate": rate}, name=name)


def pool(cls, name, size, strides, padding):
    return cls(size, strides=strides, **keywords(padding=padding), name=name)


def model(inputs, outputs, name):
    return Model(**({"input": inputs, "output": outputs} if KERAS == 1 else {"inputs": inputs, "outputs": outputs}), name=name)


def merge(kind, tensors, name):
    if KERAS == 1:
        mode = {"Add": "sum", "Multiply": "mul", "Average": "ave", "Maximum": "max", "Concatenate": "concat"}[kind]
        return L.merge(tensors, mode=mode, name=name)
    return getattr(L, kind)(name=name)(tensors)


def image(name="image", shape=IMAGE):
    return L.Input(shape, name=name)


def sequential(layers, name):
    made = Sequential(name=name)
    for layer in layers:
        made.add(layer)
    return made


# --- the models


def functional():
    x = inputs = image()
    x = conv(4, (3, 3), "conv1", strides=(2, 1), padding="same", activation="relu")(x)
    x = L.BatchNormalization(name="bn1")(x)
    x = L.Activation("hard_sigmoid", name="gate")(x)
    x = pool(L.MaxPooling2D, "pool1", (2, 2), (1, 2), "same")(x)
    x = dropout(0.25, "drop")(L.Flatten(name="flat")(x))
    return model(inputs, dense(5, "predictions", activation="softmax")(x), "functional")


def plain_sequential():
    return sequential(
        [
            conv(4, (3, 2), "conv1", use_bias=False, activation="tanh", input_shape=IMAGE),
            L.ZeroPadding2D((1, 2), name="pad"),
            pool(L.AveragePooling2D, "pool", (3, 3), (2, 2), "same"),
            L.Permute((2, 1, 3), name="turned"),
            L.Reshape((3, -1), name="rows") if KERAS > 1 else L.Reshape((3, 16), name="rows"),
            L.Flatten(name="flat"),
            dense(6, "hidden", activation="softplus"),
            dense(3, "predictions", activation="softmax"),
        ],
        "plain",
    )


def branches():
    inputs = image()
    one, two, three = [conv(4, (1, 1), f"conv{i}")(inputs) for i in (1, 2, 3)]
    x = merge("Add", [one, two, three], "sum")
    y = merge("Multiply", [x, one], "product")
    z = merge("Maximum", [y, merge("Average", [one, two], "mean")], "largest")
    return model(inputs, merge("Concatenate", [z, x, y], "joined"), "branches")


def shared():
    inputs = image()
    same = conv(3, (1, 1), "same")
    pooled = L.GlobalAveragePooling2D(name="pool")
    last = dense(3, "last")
    once = same(inputs)
    return model(inputs, merge("Add", [last(pooled(once)), last(pooled(same(once)))], "sum"), "shared")


def trunk(shape=IMAGE, name="trunk"):
    x = inputs = image(f"{name}_image", shape)
    x = conv(4, (3, 3), f"{name}_conv", activation="relu")(x)
    return model(inputs, L.BatchNormalization(name=f"{name}_bn")(x), name)


def nested():
    inputs = image()
    x = L.GlobalMaxPooling2D(name="pool")(trunk()(inputs))
    return model(inputs, dense(3, "predictions")(x), "nested")


def nested_twice():
    """A model in a model in a model; the middle one is a Sequential; the inner one is applied twice."""
    inner = trunk((6, 5, 3))
    a = image("middle_image")
    middle = model(a, merge("Add", [inner(a), inner(conv(3, (1, 1), "mixed")(a))], "sum"), "middle")
    inputs = image()
    tail = sequential([conv(2, (1, 1), "tail_conv", input_shape=(4, 3, 4)), L.Flatten(name="tail_flat")], "tail")
    return model(inputs, tail(middle(inputs)), "outer")


def nested_open():
    inputs = image()
    x = trunk((None, None, 3))(inputs)
    return model(inputs, dense(3, "predictions")(L.GlobalAveragePooling2D(name="pool")(x)), "nested_open")


def sequential_of_models():
    """A Sequential that begins with a Sequential that begins with a model."""
    first = sequential([trunk(), L.Activation("relu", name="relu")], "first" if KERAS > 1 else "sequential_1")  # Keras 1 does not save it
    return sequential(
        [first, L.GlobalAveragePooling2D(name="pool"), dropout(0.5, "drop"), dense(3, "predictions", activation="softmax")], "last"
    )


def outputs():
    x = inputs = image()
    x = conv(4, (1, 1), "conv1")(x)
    y = L.GlobalAveragePooling2D(name="pool")(x)
    return model(inputs, [dense(2, "sizes")(y), x, dense(3, "classes", activation="softmax")(y)], "outputs")


def gap(x, name):
    return L.GlobalAveragePooling2D(name=name)(x)


def numbers(name="numbers", size=4):
    return L.Input((size,), name=name)


def two_inputs():
    """Pictures and numbers about them."""
    inputs = [image(), numbers()]
    x = gap(conv(4, (3, 3), "conv1", activation="relu")(inputs[0]), "pool")
    y = dense(3, "about", activation="tanh")(inputs[1])
    return model(inputs, dense(3, "predictions", activation="softmax")(merge("Concatenate", [x, y], "joined")), "two_inputs")


def pair(name="pair", by_name=False):
    """Two inputs, two outputs."""
    a, b = numbers("a"), numbers("b")
    made = [dense(3, "sizes")(merge("Add", [a, b], "sum")), dense(2, "kinds", activation="relu")(merge("Concatenate", [a, b], "both"))]
    return model({"a": a, "b": b}, {"sizes": made[0], "kinds": made[1]}, name) if by_name else model([a, b], made, name)


def nested_pair():
    """A model of two inputs and two outputs in a model, applied twice; what it gives is given on, and is an output too."""
    inputs = [numbers(), image()]
    x = gap(conv(4, (1, 1), "conv1")(inputs[1]), "pool")
    inner = pair()
    one, two = inner([inputs[0], x]), inner([x, inputs[0]])
    last = dense(2, "predictions")(merge("Concatenate", [one[0], two[1]], "joined"))
    return model(inputs, [two[1], last, one[0], two[0]], "nested_pair")


def named():
    """Inputs and outputs by name, of the model and of one within."""
    inputs = {"picture": image("picture"), "about": numbers("about")}
    inner = pair(by_name=True)
    made = inner({"b": inputs["about"], "a": gap(conv(4, (1, 1), "conv1")(inputs["picture"]), "pool")})
    return model(inputs, {"second": made["sizes"], "first": dense(2, "last")(made["kinds"])}, "named")


def others():
    """Layers that only lie about in old files, on an image each."""
    inputs = image()
    x = conv(3, (1, 1), "conv1")(inputs)
    made = [
        L.UpSampling2D((2, 1), name="up")(x),
        L.Cropping2D(((1, 2), (0, 3)), name="crop")(x),
        L.ZeroPadding2D((1, 2, 0, 3) if KERAS == 1 else ((1, 2), (0, 3)), name="sides")(x),
        L.LeakyReLU(0.125, name="leaky")(x),
        L.ELU(0.5, name="elu")(x),
        L.PReLU(name="prelu")(x),
        L.GaussianNoise(0.5, name="noise")(x),
        dropout(0.5, "spatial", L.SpatialDropout2D)(x),
        L.BatchNormalization(name="bn", **({"mode": 0} if KERAS == 1 else {}))(x),
    ]
    if KERAS == 1:
        made.append(L.Deconvolution2D(2, 3, 3, (None, 12, 10, 2), subsample=(2, 2), border_mode="same", name="deconv")(x))
    else:
        made.append(L.Conv2DTranspose(2, 3, strides=2, padding="same", name="deconv")(x))
    return model(inputs, made, "others")


def newer():
    """What Keras 1 has not."""
    inputs = image()
    x = conv(4, (1, 1), "conv1", activation="selu")(inputs)
    y = conv(4, (1, 1), "conv2", activation="softsign")(inputs)
    made = [
        L.Subtract(name="difference")([x, y]),
        L.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(x),
        L.SeparableConv2D(2, 3, padding="same", activation="relu", name="separable")(x),
        L.ReLU(6.0, negative_slope=0.125, threshold=0.5, name="relu6")(x),
        L.Softmax(name="softmax")(x),
        L.Conv2DTranspose(2, 2, strides=2, output_padding=(1, 0), name="deconv")(x),
    ]
    return model(inputs, made, "newer")


def newest():
    """What Keras 2.2 has not: calls with training=False, layers for activations, layers that came with TensorFlow 2."""
    inputs = image()
    x = L.Rescaling(1 / 128, offset=-1.0, name="scaled")(L.RandomFlip(name="flip")(inputs))
    x = L.Resizing(8, 7, name="resized")(x)
    x = L.Conv2D(4, 3, activation=L.LeakyReLU(0.2), name="conv1")(x)
    x = L.BatchNormalization(name="bn1")(x, training=False)
    inner = trunk((6, 5, 4))
    x = inner(x, training=False)
    x = L.GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    x = L.Dense(3, activation=L.ReLU(6.0), name="dense1")(x)
    return model(inputs, L.Activation(keras.activations.swish, name="swish")(x), "newest")


def attention():
    """Layers that are made of others."""
    inputs = image()
    x = L.Reshape((15, 4), name="tokens")(L.Conv2D(4, (2, 1), strides=(2, 1), name="patches")(inputs))
    x = L.MultiHeadAttention(2, 3, value_dim=2, dropout=0.5, name="heads")(x, x)
    x = L.TimeDistributed(L.Dense(5, activation="relu", name="up"), name="each")(x)
    x = L.MultiHeadAttention(1, 3, name="head")(x, x)
    steps = Sequential([L.Input((3, 5)), L.Conv1D(4, 2, name="pairs"), L.BatchNormalization(name="means")], name="steps")
    x = L.TimeDistributed(steps, name="fives")(L.Reshape((5, 3, 5), name="cut")(x))
    x = L.EinsumDense("abcd,cde->abe", (None, 3), bias_axes="e", name="sums")(x)
    return model(inputs, x, "attention")


MODELS = {
    "functional": functional,
    "sequential": plain_sequential,
    "branches": branches,
    "shared layers": shared,
    "nested": nested,
    "nested twice": nested_twice,
    "nested, open size": nested_open,
    "Sequential of models": sequential_of_models,
    "several outputs": outputs,
    "two inputs": two_inputs,
    "nested with two inputs and outputs": nested_pair,
    "inputs and outputs by name": named,
    "other layers": others,
    "newer layers": newer,
    "newest layers": newest,
    "attention": attention,
}
# Whole files, by the version that writes them.
FILES = {
    "1.2.2": {"keras1.h5": "nested"},
    "2.2.4": {"keras2_2.h5": "Sequential of models"},
    "2.13.1": {"keras2_13.keras": "nested twice"},
    "2.14.0": {"keras2_14.keras": "branches"},
    "2.15.0": {"keras2_15.h5": "newest layers", "keras2_15.keras": "nested twice", "keras2_15_attention.keras": "attention"},
}
SINCE = {"inputs and outputs by name": "2.15", "newer layers": "2.2", "newest layers": "2.15", "attention": "2.15"}

# --- weights, outputs, files


def leaves(made):
    for layer in made.layers:
        yield from parts(layer)


def parts(layer):
    if hasattr(layer, "layers"):
        yield from leaves(layer)
    elif hasattr(L, "TimeDistributed") and isinstance(layer, L.TimeDistributed):
        yield from parts(layer.layer)
    elif type(layer).__name__ == "MultiHeadAttention":
        yield from (layer._query_dense, layer._key_dense, layer._value_dense, layer._output_dense)
    else:
        yield layer


WEIGHTS = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance", "alphas": "alpha"}


def weight_name(layer, weight):
    """`conv1/kernel:0`, `conv1_W` -> `kernel`"""
    name = weight.name.split(":")[0].split("/")[-1]
    if name.startswith(layer.name + "_"):
        name = re.sub(r"_\d+$", "", name[len(layer.name) + 1 :])  # `W_1`, where the name was taken
    return recipe.name_of(type(layer).__name__, WEIGHTS.get(name, name))


def fill(made):
    for layer in leaves(made):
        if layer.weights:
            shapes = [v.shape for v in layer.get_weights()]
            layer.set_weights([recipe.values(layer.name, weight_name(layer, w), s) for w, s in zip(layer.weights, shapes)])
    return made


def inputs_of(made):
    """Shapes by name, in the order of the model's inputs, of a model that has several; else nothing."""
    shapes = made.input_shape
    if not isinstance(shapes, (list, dict)):
        return {}
    names = [t.name for t in made.inputs] if KERAS == 3 else made.input_names
    return {name: list((shapes[name] if isinstance(shapes, dict) else shapes[i])[1:]) for i, name in enumerate(names)}


def predict(made):
    xs = {name: recipe.image((1, *shape)) / 256 for name, shape in inputs_of(made).items()}
    ys = made.predict(xs or recipe.image((1, *IMAGE)) / 256, verbose=0)
    if isinstance(ys, dict):
        ys = [ys[name] for name in sorted(ys)]
    return [np.asarray(y) for y in (ys if isinstance(ys, list) else [ys])]


def picked(y):
    flat = y.ravel()
    return [float(f"{v:.9g}") for v in flat[np.linspace(0, flat.size - 1, min(10, flat.size)).astype(int)]]


def as_of(version):
    return tuple(int(n) for n in version.split("."))


def save(made, path):
    if not COMPUTES and KERAS == 2:
        keras.backend._BACKEND = "tensorflow"  # Theano would have turned its kernels
    made.save(os.path.join(OUT, path))


if __name__ == "__main__":
    path = os.path.join(OUT, "dialects.json")
    by_name = {case["name"]: case for case in (json.load(open(path)) if os.path.exists(path) else [])}
    for name, build in MODELS.items():
        if as_of(VERSION) < as_of(SINCE.get(name, "0")) or VERSION in ("2.13.1", "2.14.0"):  # which differ from 2.15 in their files alone
            continue
        made = fill(build())
        several = inputs_of(made)
        case = by_name.setdefault(name, {"name": name, **({"inputs": several} if several else {"inputShape": list(IMAGE)}), "outputs": {}, "configs": {}})
        if COMPUTES:
            case["outputs"][str(KERAS)] = [{"shape": list(y.shape), "values": picked(y)} for y in predict(made)]
        case["configs"][VERSION] = {"config": json.loads(made.to_json()), "layers": [l.name for l in made.layers]}
    for file, name in FILES.get(VERSION, {}).items():
        save(fill(MODELS[name]()), file)
    with open(path, "w") as f:
        json.dump(list(by_name.values()), f, separators=(",", ":"))
    print(VERSION, os.path.getsize(path))
