"""Models of one Lambda layer, their configs and what they give, by the Keras and the Python that run this file: keras 1.2.2, 2.2.4 (with
TensorFlow 1), tf.keras 2.3, 2.7 and 2.15, keras 3.15. Writes test/golden/python/lambdas_TAG.json; the argument is the tag. With `tf` as a second
argument the Keras in TensorFlow is taken. Another run gives the same but for places of this file in the code of functions."""
import json
import os
import sys

import numpy as np

if sys.argv[2:] == ["tf"]:
    import tensorflow
    from tensorflow import keras

    NAME = "tf.keras " + tensorflow.__version__
else:
    import keras

    NAME = "keras " + keras.__version__

Input = keras.layers.Input
Lambda, Model = keras.layers.Lambda, keras.models.Model
VERSION = int(NAME.split()[1].split(".")[0])
if VERSION < 3:
    K = keras.backend
    THEANO = K.backend() == "theano"
    HAS_TF = not THEANO
else:
    from keras import ops

    THEANO, HAS_TF = False, False
if HAS_TF:
    import tensorflow as tf

    TF1 = tf.__version__.startswith("1.")

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python")
SHAPE = (4, 6, 3)


def outer():
    low, high = 16.5, 3
    return lambda x: (x - low) / high


def standardized(image):
    """Each picture by itself."""
    mean = K.mean(image, axis=[1, 2, 3], keepdims=True)
    apart = image - mean
    return apart / (K.sqrt(K.mean(K.square(apart), axis=[1, 2, 3], keepdims=True)) + 0.5)


def with_import(x):
    import tensorflow as tf

    size = (7, 9)
    return tf.image.resize_bilinear(x, size)


def resized_corners(x):
    from keras.backend import tf as ktf

    return ktf.image.resize_images(x, (7, 9), align_corners=True)


def chosen(x, factor=2.0, negative=True):
    y = x * factor
    if negative:
        y = -y
    return y + 1


def luma(x):
    return 0.299 * x[:, :, :, 0:1] + 0.587 * x[:, :, :, 1:2] + 0.114 * x[:, :, :, 2:3]


def cases():
    plain = {
        "scaled": Lambda(lambda x: x / 127.5 - 1.0),
        "centred": Lambda(lambda x: (x / 255.0) - 0.5),
        "negative": Lambda(lambda x: -x),
        "turned": Lambda(lambda x: 1 - x / 255),
        "inverse": Lambda(lambda x: 3.0 / (x + 7)),
        "squared": Lambda(lambda x: x**2 - x * x + x),
        "sliced": Lambda(lambda x: x[:, 1:-1, ::2, :2]),
        "reversed": Lambda(lambda x: x[..., ::-1]),
        "luma": Lambda(luma),
        "closure": Lambda(outer()),
        "default": Lambda(chosen),
        "arguments": Lambda(chosen, arguments={"factor": 0.25, "negative": False}),
    }
    if VERSION == 3:
        for name in ("luma", "default", "arguments"):  # of functions that have a name it keeps only that
            del plain[name]
        plain.update(
            mean=Lambda(lambda x: ops.mean(x, axis=(1, 2), keepdims=True)),
            exponential=Lambda(lambda x: ops.exp(-ops.abs(x) / 50) + ops.sqrt(ops.square(x))),
            reshaped=Lambda(lambda x: ops.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3]))),
        )
        return {name: (layer, 1) for name, layer in plain.items()}, {"pair": (Lambda(lambda xs: ops.concatenate(xs, axis=-1)), 2)}
    backend = {
        "mean": Lambda(lambda x: K.mean(x, axis=1, keepdims=True)),
        "exponential": Lambda(lambda x: K.exp(-K.abs(x) / 50) + K.sqrt(K.square(x)) + K.clip(x, 10, 100)),
        "turned_axes": Lambda(lambda x: K.permute_dimensions(x, (0, 2, 1, 3))),
        "summed": Lambda(lambda x: K.sum(x, axis=-1)),
        "largest": Lambda(lambda x: K.max(x, axis=2) - K.min(x, axis=2)),
        "standardized": Lambda(standardized),
        "flat": Lambda(lambda x: K.batch_flatten(x)),
        "wider": Lambda(lambda x: K.expand_dims(x[:, :, :, 0], -1)),
    }
    tensorflow = {}
    if HAS_TF:
        tensorflow = {
            "l2": Lambda(lambda x: K.l2_normalize(x, axis=-1)),
            "reshaped": Lambda(lambda x: K.reshape(x, (-1, K.int_shape(x)[1] * K.int_shape(x)[2], 3))),
            "reduced": Lambda(lambda x: tf.reduce_mean(tf.square(x) / 1000, axis=[1, 2])),
            "batch": Lambda(lambda x: tf.reshape(x, (tf.shape(x)[0], -1, 9))),
            "grey": Lambda(lambda x: tf.image.rgb_to_grayscale(x)),
            "floor": Lambda(lambda x: x // 7 + x % 7),
            "padded": Lambda(lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]])),
            "activated": Lambda(lambda x: tf.nn.relu(x - 100) + tf.tanh(x / 255) + tf.sigmoid(x / 100)),
        }
        if TF1:
            tensorflow.update(
                import_inside=Lambda(with_import),
                legacy_resize=Lambda(lambda x: tf.image.resize_images(x, (8, 5))),
                nearest=Lambda(lambda x: tf.image.resize_images(x, (8, 12), method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)),
                corners=Lambda(lambda x: tf.image.resize_images(x, (7, 9), align_corners=True)),
            )
        else:
            tensorflow.update(
                resized=Lambda(lambda x: tf.image.resize(x, [8, 5])),
                standardized2=Lambda(lambda x: tf.image.per_image_standardization(x)),
            )
    one = dict(plain)
    one.update(backend)
    one.update(tensorflow)
    two = {"pair": Lambda(lambda pair: K.concatenate([pair[0] * 2, pair[1]], axis=-1))}
    if HAS_TF and VERSION > 1:
        two["distance"] = Lambda(lambda pair: K.abs(pair[0] - pair[1]))
    return {name: (layer, 1) for name, layer in one.items()}, {name: (layer, 2) for name, layer in two.items()}


def made(layer, count):
    inputs = [Input(shape=SHAPE) for _ in range(count)]
    if VERSION == 1:
        y = layer(inputs[0] if count == 1 else inputs)
        model = Model(input=inputs, output=y)
    else:
        y = layer(inputs[0] if count == 1 else inputs)
        model = Model(inputs, y)
    values = [np.random.RandomState(7 + i).randint(0, 256, (2,) + SHAPE).astype("float32") for i in range(count)]
    output = model.predict(values if count > 1 else values[0])
    config = json.loads(model.to_json())
    return {"config": config, "output": [[float(v) for v in np.ravel(output)], list(output.shape)]}


if __name__ == "__main__":
    one, two = cases()
    models = {}
    for name, (layer, count) in list(one.items()) + list(two.items()):
        models[name] = made(layer, count)
    values = [[float(v) for v in np.ravel(np.random.RandomState(7 + i).randint(0, 256, (2,) + SHAPE))] for i in range(2)]
    made_by = {"keras": NAME, "python": "%d.%d" % sys.version_info[:2], "inputs": values, "models": models}
    with open(os.path.join(OUT, "lambdas_%s.json" % sys.argv[1]), "w") as f:
        json.dump(made_by, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
    print(NAME, len(models))
