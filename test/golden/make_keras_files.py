"""Small weight files of every kind that is read, written by real Keras and h5py, with recipe weights.
Run: KERAS_BACKEND=jax python test/golden/make_keras_files.py   (keras 3.15.1, h5py 3.16)
chunks.h5 differs in some bytes from run to run; its values do not."""
import os
import zipfile

import h5py
import keras
import numpy as np

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_files")


def small(dtype="float32"):
    keras.utils.clear_session()
    x = inputs = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Conv2D(4, 3, name="conv1", activation="relu", dtype=dtype)(x)
    x = keras.layers.BatchNormalization(name="bn1", scale=False, dtype=dtype)(x)
    x = keras.layers.Flatten(name="flat")(x)
    return fill(keras.Model(inputs, keras.layers.Dense(5, name="predictions", activation="softmax", dtype=dtype)(x), name="small"))


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


def branches():
    """Unnamed layers of one shape: created 0, 1, 2, but in model.layers 1, 0, 2, by which .weights.h5 numbers its groups."""
    keras.utils.clear_session()
    conv = lambda: keras.layers.Conv2D(3, 1)
    x = inputs = keras.Input((4, 4, 3), name="image")
    short = conv()(x)
    long = conv()(x)
    long = conv()(long)
    return fill(keras.Model(inputs, keras.layers.Add(name="sum")([short, long]), name="branches"))


class Block(keras.layers.Layer):
    """A layer of the user's, with a value of its own, a model, and a layer that draws."""

    def __init__(self, i):
        super().__init__(name=f"block{i}")
        conv, bn = keras.layers.Conv2D(2 + i, 3, name=f"conv{i}"), keras.layers.BatchNormalization(name=f"bn{i}")
        self.body = keras.Sequential([conv, bn], name=f"body{i}")
        self.drop = keras.layers.Dropout(0.2)

    def build(self, shape):
        self.body.build(shape)
        self.scale = self.add_weight(shape=(1,), name="gamma")

    def call(self, x):
        return self.drop(self.body(x)) * self.scale


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="subclassed")
        self.first = Block(1)
        self.blocks = [Block(2), Block(3)]
        self.head = keras.layers.Dense(5, name="predictions")

    def call(self, x):
        for block in (self.first, *self.blocks):
            x = block(x)
        return self.head(keras.ops.mean(x, (1, 2)))


def subclassed():
    keras.utils.clear_session()
    model = Subclassed()
    model(np.zeros((1, 8, 8, 3), "float32"))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    for block in (model.first, *model.blocks):
        fill(block.body)
        block.scale.assign(recipe.values(block.name, "gamma", (1,)))
    model.head.set_weights([recipe.values("predictions", w.name, tuple(w.shape)) for w in model.head.weights])
    return model


def without_names(source, path, tf_keras_2_12=False):
    """The same .weights.h5 as earlier versions write it: no names; 2.12 to 2.14 with another container and every other number."""
    with h5py.File(source) as old, h5py.File(path, "w") as new:

        def copy(a, b):
            for name, item in a.items():
                if isinstance(item, h5py.Dataset):
                    b[name] = item[()]
                    continue
                if tf_keras_2_12 and name == "layers":
                    name = "_layer_checkpoint_dependencies"
                elif tf_keras_2_12 and a.name.endswith("/layers"):
                    stem, _, k = name.rpartition("_")
                    name = f"{stem}_{2 * int(k)}" if k.isdigit() else name
                copy(item, b.create_group(name))

        copy(old, new)


def zipped_again(source, path):
    """As after unpacking and packing with another program: deflated, in a folder, with noise."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr(zipfile.ZipInfo("__MACOSX/model.weights.h5"), b"noise")
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(f"model/{name}"), old.read(name), zipfile.ZIP_DEFLATED)


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
    legacy(path("keras2_latest_gzip.h5"), small(), two, v2, chunks=True, compression="gzip", shuffle=True, fletcher32=True, file={"libver": "latest"})
    legacy(path("keras2_user_block.h5"), small(), two, v2, file={"userblock_size": 512})
    small().save(path("keras3_model.h5"))
    nested(False).save(path("keras3_nested.h5"))
    nested(True).save(path("keras3_nested_frozen.h5"))
    small().save_weights(path("keras3.weights.h5"))
    without_names(path("keras3.weights.h5"), path("keras3_0.weights.h5"))
    nested(True).save_weights(path("keras3_nested.weights.h5"))
    without_names(path("keras3_nested.weights.h5"), path("keras3_0_nested.weights.h5"))
    branches().save_weights(path("keras3_branches.weights.h5"))
    without_names(path("keras3_branches.weights.h5"), path("keras3_0_branches.weights.h5"))
    without_names(path("keras3_branches.weights.h5"), path("tf_keras_2_12_branches.weights.h5"), tf_keras_2_12=True)
    subclassed().save_weights(path("keras3_subclassed.weights.h5"))
    small("bfloat16").save_weights(path("keras3_bfloat16.weights.h5"))
    small().save(path("keras3.keras"))
    recipe.settle(path("keras3.keras"))
    zipped_again(path("keras3.keras"), path("keras3_zipped_again.keras"))
    with h5py.File(path("chunks.h5"), "w", libver="latest") as f:
        for name, shape, chunk, options in (
            ("single", (100,), (100,), {}),
            ("single_gzip", (100,), (100,), {"compression": "gzip"}),
            ("fixed", (50, 20), (7, 6), {}),
            ("fixed_gzip", (50, 20), (7, 6), {"compression": "gzip", "shuffle": True}),
            ("paged", (1500,), (1,), {}),
            ("growing", (300,), (10,), {"maxshape": (None,)}),
            ("growing_both", (60, 50), (10, 10), {"maxshape": (None, None)}),
        ):
            f.create_dataset(name, data=np.arange(np.prod(shape), dtype="<f4").reshape(shape), chunks=chunk, track_times=False, **options)
        many = f.create_group("many")  # enough for indirect blocks and trees of two levels
        for i in range(120):
            many.attrs[f"attribute_{i}"] = i
            many[f"hard_link_with_a_rather_long_name_{i}"] = f["single"]
        f.create_dataset("never_written", shape=(6, 5), chunks=(4, 4), dtype="<f4")
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_chunk((4, 4))
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        dataset = h5py.h5d.create(f.id, b"implicit", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((6, 5)), early)
        h5py.Dataset(dataset)[:] = np.arange(30, dtype="<f4").reshape(6, 5)
    with h5py.File(path("not_keras.h5"), "w") as f:
        f["numbers"] = np.arange(4)
    for name in sorted(os.listdir(OUT)):
        print(name, os.path.getsize(path(name)))
