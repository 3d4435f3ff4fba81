"""Models whose input sizes are open, and what real Keras computes at several sizes, with recipe weights.
Run: KERAS_BACKEND=tensorflow python test/golden/make_open.py   (keras 3.15.1, tf_keras 2.21, tensorflow 2.21)

models/open.json   for each model the config, what Keras says of the outputs' shapes, and for each list of input shapes values of every output
models/*.h5, *.keras   some of them as files, with weights"""
import json
import os

import keras
import numpy as np
import tf_keras

import recipe

L = keras.layers
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")
COUNT = 16


def leaves(model):
    for layer in model.layers:
        yield from leaves(layer) if hasattr(layer, "layers") else [layer]


def fill(model):
    for layer in leaves(model):
        if layer.weights:
            named = [(w.name.split("/")[-1].split(":")[0], tuple(w.shape)) for w in layer.weights]
            layer.set_weights([recipe.values(layer.name, recipe.name_of(type(layer).__name__, n), s) for n, s in named])
    return model


def stripped(value):
    """A config without what nothing reads."""
    if isinstance(value, list):
        return [stripped(v) for v in value]
    if not isinstance(value, dict):
        return value

    def left_out(key, v):
        plain = v is None or isinstance(v, dict)
        return key == "build_config" or (plain and key.split("_")[-1] in ("dtype", "initializer", "regularizer", "constraint"))

    return {k: stripped(v) for k, v in value.items() if not left_out(k, v)}


def samples(data, count):
    return [float(v) for v in data[np.linspace(0, data.size - 1, min(count, data.size)).astype(int)]]


def outputs(model, shapes):
    xs = [(recipe.image((2, *shape)) / 256).astype(np.float32) for shape in shapes]
    ys = model(xs if len(xs) > 1 else xs[0], training=False)
    ys = [np.asarray(y) for y in (ys if isinstance(ys, (list, tuple)) else [ys])]
    return [{"shape": list(y.shape), "values": samples(y.ravel(), COUNT)} for y in ys]


def case(model, *sizes):
    """The batch of the shapes that Keras says is null, as in its configs."""
    fill(model)
    said = model.output_shape if isinstance(model.output_shape, list) else [model.output_shape]
    return {
        "name": model.name,
        "config": stripped(json.loads(model.to_json())),
        "says": [list(s) for s in said],
        "sizes": [{"inputs": shapes, "outputs": outputs(model, shapes)} for shapes in sizes],
    }


def block(x, filters, name, **options):
    x = L.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv", **options)(x)
    return L.Activation("relu", name=f"{name}_relu")(L.BatchNormalization(name=f"{name}_bn")(x))


def unet(keras=keras):
    """Down twice and up again, in all the ways that models go up; sizes are multiples of 4."""
    L = keras.layers

    def block(x, filters, name):
        x = L.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
        return L.Activation("relu", name=f"{name}_relu")(L.BatchNormalization(name=f"{name}_bn")(x))

    image = keras.Input((None, None, 3), name="image")
    a = block(image, 4, "a")
    b = block(L.MaxPooling2D(2, name="down1")(a), 6, "b")
    c = block(L.AveragePooling2D(2, name="down2")(b), 8, "c")
    x = L.Conv2DTranspose(6, 3, strides=2, padding="same", name="up1")(c)
    x = block(L.Concatenate(name="cat1")([x, b]), 6, "d")
    x = L.UpSampling2D(2, name="up2")(x)
    x = block(L.Concatenate(name="cat2")([x, a]), 4, "e")
    return keras.Model(image, L.Conv2D(2, 1, activation="softmax", name="classes")(x), name="unet")


def classifier():
    """Any size: borders, strides, depthwise and separable convolutions, pools with and without padding, a residual, two heads."""
    image = keras.Input((None, None, 3), name="image")
    x = L.Rescaling(2.0, -1.0, name="centred")(image)
    x = L.ZeroPadding2D(((0, 1), (0, 1)), name="border")(x)
    x = block(x, 4, "stem", strides=2)
    y = L.DepthwiseConv2D(3, padding="same", name="deep")(x)
    x = L.Add(name="sum")([x, L.PReLU(shared_axes=[1, 2], name="bent")(y)])
    x = L.SeparableConv2D(6, 3, name="apart")(x)
    x = L.MaxPooling2D(3, strides=2, padding="same", name="pool")(x)
    x = L.Dropout(0.5, name="drop")(x)
    gate = L.GlobalAveragePooling2D(name="squeeze")(x)
    gate = L.Reshape((1, 1, 6), name="as_picture")(gate)
    x = L.Multiply(name="gated")([x, L.Conv2D(6, 1, activation="sigmoid", name="gate")(gate)])
    x = L.LayerNormalization(name="norm")(x)
    heat = L.Conv2D(1, 1, name="heat")(x)
    score = L.Dense(3, name="score")(L.GlobalMaxPooling2D(name="most")(x))
    return keras.Model(image, [score, heat], name="classifier")


def width():
    """Lines of text: the height is known, the width open, and becomes the steps of a sequence."""
    image = keras.Input((8, None, 1), name="line")
    x = L.Conv2D(4, 3, padding="same", strides=(2, 1), activation="relu", name="conv")(image)
    x = L.Permute((2, 1, 3), name="turned")(x)
    x = L.Reshape((-1, 16), name="steps")(x)
    return keras.Model(image, L.Dense(5, name="letters")(x), name="width")


def sequence():
    steps = keras.Input((None, 3), name="steps")
    x = L.Conv1D(4, 3, dilation_rate=2, padding="causal", activation="relu", name="causal")(steps)
    x = L.MaxPooling1D(2, name="pool")(L.ZeroPadding1D(1, name="border")(x))
    x = L.Conv1DTranspose(4, 3, strides=2, name="longer")(x)
    return keras.Model(steps, [L.Dense(2, name="mean")(L.GlobalAveragePooling1D(name="all")(x)), x], name="sequence")


def two_inputs():
    """One of each size; what they give is put together behind pools."""
    left, right = keras.Input((None, None, 2), name="left"), keras.Input((None, 6, 1), name="right")
    x = L.GlobalAveragePooling2D(name="left_mean")(L.Conv2D(3, 3, name="left_conv")(left))
    y = L.GlobalMaxPooling2D(name="right_most")(L.Conv2D(3, 2, name="right_conv")(right))
    return keras.Model([left, right], L.Dense(2, name="both")(L.Concatenate(name="cat")([x, y])), name="two_inputs")


def style():
    """Instance normalisation, resizing to a size and by a factor; sizes from 7 on."""
    image = keras.Input((None, None, 3), name="image")
    x = L.Conv2D(4, 5, padding="same", activation="relu", name="conv")(image)
    x = L.GroupNormalization(-1, name="instance")(x)
    x = L.UpSampling2D((2, 3), interpolation="bilinear", name="larger")(x)
    x = L.Cropping2D((1, 2), name="less")(x)
    x = L.CenterCrop(5, 6, name="middle")(x)
    small = L.Resizing(4, 3, name="small")(image)
    flat = L.Dense(2, name="known")(L.Flatten(name="flat")(small))
    return keras.Model(image, [x, flat], name="style")


def nested():
    """A trunk of open sizes in a model of known ones, and in one that leaves one open."""
    inner = keras.Input((None, None, 4), name="inner_image")
    trunk = keras.Model(inner, L.MaxPooling2D(name="inner_pool")(L.Conv2D(4, 3, name="inner_conv")(inner)), name="trunk")
    image = keras.Input((None, 12, 3), name="image")
    x = trunk(L.Conv2D(4, 1, name="first")(image))
    x = trunk(L.ZeroPadding2D(2, name="around")(x))
    return keras.Model(image, x, name="nested")


def operations():
    """What operations give of open sizes."""
    ops = keras.ops
    image = keras.Input((None, None, 3), name="image")
    x = image[..., ::-1] * 2.0 - np.array([0.5, 0.25, 0.125], np.float32)
    mean = ops.mean(x, axis=[1, 2], keepdims=True)
    x = L.Conv2D(4, 3, padding="same", name="conv")(x - mean)
    x = ops.concatenate([x, ops.sigmoid(x)], axis=-1)
    x = ops.pad(x[:, 1:-1], [[0, 0], [1, 0], [0, 2], [0, 0]], constant_values=0.5)
    return keras.Model(image, [x, ops.max(x, axis=[1, 2])], name="operations")


def application():
    """MobileNet's layers as Keras Applications has them without top: sizes stay open."""
    return keras.applications.MobileNet(include_top=False, alpha=0.25, weights=None, input_shape=None, name="mobilenet")


def put(made):
    with open(os.path.join(OUT, "open.json"), "w") as f:
        json.dump(made, f, separators=(",", ":"))
    print(os.path.getsize(f.name), [m["name"] for m in made])


def main():
    old = unet(tf_keras)
    put(
        [
            case(unet(), [[4, 8, 3]], [[12, 20, 3]], [[16, 4, 3]]),
            case(classifier(), [[9, 13, 3]], [[32, 7, 3]], [[8, 8, 3]]),
            case(width(), [[8, 5, 1]], [[8, 31, 1]]),
            case(sequence(), [[7, 3]], [[50, 3]], [[1, 3]]),
            case(two_inputs(), [[5, 4, 2], [3, 6, 1]], [[3, 9, 2], [8, 6, 1]]),
            case(style(), [[7, 9, 3]], [[16, 10, 3]]),
            case(nested(), [[14, 12, 3]], [[9, 12, 3]]),
            case(operations(), [[3, 5, 3]], [[10, 4, 3]]),
            case(application(), [[32, 32, 3]], [[45, 70, 3]]),
            {**case(old, [[8, 4, 3]], [[20, 12, 3]]), "name": "keras2", "keras": 2},
        ]
    )
    for model, file in ((unet(), "open.h5"), (classifier(), "open.keras"), (old, "open_keras2.h5")):
        fill(model).save(os.path.join(OUT, file))


if __name__ == "__main__":
    main()
