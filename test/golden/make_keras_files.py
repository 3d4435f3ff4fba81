"""Small weight files of every kind that is read, written by real Keras and h5py, with recipe weights.
Run: KERAS_BACKEND=jax python test/golden/make_keras_files.py   (keras 3.15.1, h5py 3.16)"""
import os

import h5py
import keras
import numpy as np

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_files")


def small():
    keras.utils.clear_session()
    x = inputs = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Conv2D(4, 3, name="conv1", activation="relu")(x)
    x = keras.layers.BatchNormalization(name="bn1", scale=False)(x)
    x = keras.layers.Flatten(name="flat")(x)
    return fill(keras.Model(inputs, keras.layers.Dense(5, name="predictions", activation="softmax")(x), name="small"))


def nested(frozen):
    keras.utils.clear_session()
    x = inner = keras.Input((8, 8, 3), name="inner_image")
    for i in (1, 2):
        x = keras.layers.Conv2D(2 + i, 3, use_bias=False, name=f"conv{i}")(x)
        x = keras.layers.BatchNormalization(name=f"bn{i}")(x)
    trunk = keras.Model(inner, x, name="trunk")
    trunk.trainable = not frozen
    outer = keras.Input((8, 8, 3), name="image")
    y = keras.layers.GlobalAveragePooling2D(name="pool")(trunk(outer))
    return fill(keras.Model(outer, keras.layers.Dense(5, name="predictions")(y), name="nested"))


def flat_layers(model):
    for layer in model.layers:
        yield from flat_layers(layer) if hasattr(layer, "layers") else [layer]


def fill(model):
    for layer in flat_layers(model):
        if layer.weights:
            layer.set_weights([recipe.values(layer.name, w.name, tuple(w.shape)) for w in layer.weights])
    return model


def legacy(path, model, names, attrs, dtype=None, **options):
    """The layout of Keras 1 and 2: layer_names on the root, weight_names on each group."""
    with h5py.File(path, "w", **options.pop("file", {})) as f:
        layers = [l for l in flat_layers(model)]
        f.attrs["layer_names"] = np.array([l.name.encode() for l in layers])
        for key, value in attrs.items():
            f.attrs[key] = value
        for layer in layers:
            group = f.create_group(layer.name)
            weight_names = [names(layer.name, w.name) for w in layer.weights]
            group.attrs["weight_names"] = np.array([n.encode() for n in weight_names]) if weight_names else np.zeros(0)
            for name, value in zip(weight_names, layer.get_weights()):
                group.create_dataset(name, data=value if dtype is None else value.astype(dtype), **options)


KERAS_1 = {"kernel": "W", "bias": "b", "gamma": "gamma", "beta": "beta", "moving_mean": "running_mean", "moving_variance": "running_std"}

if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    path = lambda name: os.path.join(OUT, name)
    two = lambda layer, weight: f"{layer}/{weight}:0"
    v2 = {"backend": b"tensorflow", "keras_version": b"2.15.0"}
    legacy(path("keras1_weights.h5"), small(), lambda layer, w: f"{layer}_{KERAS_1[w]}_1:0", {})
    legacy(path("keras2_weights.h5"), small(), two, v2)
    legacy(path("keras2_float16.h5"), small(), two, v2, dtype="float16")
    legacy(path("keras2_float64_big_endian.h5"), small(), two, v2, dtype=">f8")
    legacy(path("keras2_gzip.h5"), small(), two, v2, chunks=True, compression="gzip", shuffle=True, fletcher32=True)
    legacy(path("keras2_lzf.h5"), small(), two, v2, chunks=True, compression="lzf")
    legacy(path("keras2_latest.h5"), small(), two, v2, file={"libver": "latest"})
    legacy(path("keras2_user_block.h5"), small(), two, v2, file={"userblock_size": 512})
    legacy(path("theano.h5"), small(), two, {"backend": b"theano", "keras_version": b"2.0.0"})
    small().save(path("keras3_model.h5"))
    nested(False).save(path("keras3_nested.h5"))
    nested(True).save(path("keras3_nested_frozen.h5"))
    small().save_weights(path("keras3.weights.h5"))
    small().save(path("keras3.keras"))
    with h5py.File(path("not_keras.h5"), "w") as f:
        f["numbers"] = np.arange(4)
    for name in sorted(os.listdir(OUT)):
        print(name, os.path.getsize(path(name)))
