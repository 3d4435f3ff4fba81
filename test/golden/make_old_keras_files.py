"""Small weight files in the dialects that today's Keras does not write, as the old writers wrote them, and files that must be refused.
Recipe weights throughout; what the reader must undo (Theano's kernels, channels-first rows, standard deviations) is done to them here.
Run: KERAS_BACKEND=jax python test/golden/make_old_keras_files.py   (keras 3.15.1, h5py 3.16)
outside.h5 differs in some bytes from run to run; its values do not."""
import io
import json
import os
import zipfile

import h5py
import keras
import numpy as np

import recipe
from make_keras_files import KERAS_1, OUT, fill, small, without_names

EPSILON = 1e-3
BN = ("gamma", "beta", "moving_mean", "moving_variance")


def layer(name, **weights):
    """A layer by name, with its weights' names and recipe values."""
    return name, [(weight, recipe.values(name, weight, shape)) for weight, shape in weights.items()]


def conv(name, *shape):
    return layer(name, kernel=shape, bias=shape[-1:])


def old(dtype=None):
    """[8,8,3] -> conv1 -> bn1 -> Flatten -> predictions, with the layers without weights."""
    bn = layer("bn1", **{weight: (4,) for weight in BN})
    return [("image", []), conv("conv1", 3, 3, 3, 4), bn, ("flat", []), conv("predictions", 144, 5), ("softmax", [])]


def theano(kernel):
    """A correlation's kernel as the convolution's: turned round. convert_kernel of Keras 1 and 2."""
    return kernel[::-1, ::-1]


def axes_th(kernel):
    """[R,S,C,K] -> [K,C,R,S]"""
    return kernel.transpose(3, 2, 0, 1)


def rows_th(kernel, size):
    """Rows [H,W,C] -> [C,H,W], as Flatten gives a channels-first feature map."""
    return kernel.reshape(*size, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)


def deviation(variance):
    """What (x - mean) / (std + epsilon) needs for the same result as variance and sqrt(variance + epsilon)."""
    return np.sqrt(variance.astype("f8") + EPSILON).astype("f4") - np.float32(EPSILON)


def changed(layers, kernel=lambda k: k, rows=lambda k: k, variance=lambda v: v):
    def change(weight, value):
        if weight == "kernel":
            return kernel(value) if value.ndim == 4 else rows(value)
        return variance(value) if weight == "moving_variance" else value

    return [(name, [(weight, change(weight, value)) for weight, value in weights]) for name, weights in layers]


def write_keras_0(path, layers):
    """Sequential.save_weights of Keras 0.1 to 0.3."""
    with h5py.File(path, "w") as f:
        f.attrs["nb_layers"] = len(layers)
        for k, (_, weights) in enumerate(layers):
            g = f.create_group(f"layer_{k}")
            g.attrs["nb_params"] = len(weights)
            for n, (_, value) in enumerate(weights):
                dataset = g.create_dataset(f"param_{n}", value.shape, dtype=value.dtype)
                dataset[:] = value


def write_keras_0_graph(path, layers):
    """Graph.save_weights of Keras 0.1 to 0.3."""
    with h5py.File(path, "w") as f:
        g = f.create_group("graph")
        weights = [value for _, weights in layers for _, value in weights]
        g.attrs["nb_params"] = len(weights)
        for n, value in enumerate(weights):
            dataset = g.create_dataset(f"param_{n}", value.shape, dtype=value.dtype)
            dataset[:] = value


def write_layers(group, layers, names, encode=np.array):
    """Keras 1 and 2: layer_names on a group, weight_names on each layer's."""
    group.attrs["layer_names"] = encode([name.encode() for name, _ in layers])
    for name, weights in layers:
        g = group.create_group(name)
        weight_names = [names(name, weight) for weight, _ in weights]
        g.attrs["weight_names"] = encode([n.encode() for n in weight_names]) if weight_names else np.zeros(0)
        for weight_name, (_, value) in zip(weight_names, weights):
            g.create_dataset(weight_name, data=value)


def keras_1(name, weight):
    return f"{name}_{KERAS_1[weight]}"  # Theano's names have no :0


def keras_1_tensorflow(name, weight):
    return f"{name}_{KERAS_1[weight]}:0"


def keras_2(name, weight):
    return f"{name}/{weight}:0"


def write(path, layers, names=keras_1, attrs={}, **options):
    with h5py.File(path, "w") as f:
        for key, value in attrs.items():
            f.attrs[key] = value
        write_layers(f, layers, names, **options)


def write_chunked(path, layers):
    """Lists of names above 64 KiB are cut in pieces (save_attributes_to_hdf5_group); here, above two names."""
    with h5py.File(path, "w") as f:

        def put(group, name, values):
            for i, part in enumerate(np.array_split(np.array(values), (len(values) + 1) // 2)):
                group.attrs[f"{name}{i}"] = part

        f.attrs["keras_version"] = b"2.2.4"
        put(f, "layer_names", [name.encode() for name, _ in layers])
        for name, weights in layers:
            g = f.create_group(name)
            put(g, "weight_names", [keras_2(name, weight).encode() for weight, _ in weights])
            for weight, value in weights:
                g.create_dataset(keras_2(name, weight), data=value)


ENCODINGS = {
    "fixed": lambda names: np.array(names),
    "fixed_utf8": lambda names: np.array(names, dtype=h5py.string_dtype("utf-8", max(map(len, names)) + 3)),
    "variable_ascii": lambda names: np.array(names, dtype=h5py.string_dtype("ascii")),
    "variable_utf8": lambda names: np.array([n.decode() for n in names], dtype=h5py.string_dtype("utf-8")),
}


def shared():
    """One Dense and one trunk, each applied twice."""
    keras.utils.clear_session()
    inner = keras.Input((4, 4, 3), name="inner_image")
    trunk = keras.Model(inner, keras.layers.Conv2D(3, 3, padding="same", name="conv1")(inner), name="trunk")
    inputs = keras.Input((4, 4, 3), name="image")
    pool = keras.layers.GlobalAveragePooling2D(name="pool")
    dense = keras.layers.Dense(3, name="twice")
    return fill(keras.Model(inputs, dense(dense(pool(trunk(trunk(inputs))))), name="shared"))


def write_archive(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def write_outside(path):
    """Values and objects that lie elsewhere, in a file of Keras 2's form."""
    with h5py.File(path, "w") as f:
        write_layers(f, [conv("conv1", 1, 1, 3, 4)], keras_2)
        conv1 = f["conv1"]["conv1"]
        conv1["text"] = np.array([b"ab", b"cd"])
        conv1["soft"] = h5py.SoftLink("/conv1/conv1/kernel:0")
        conv1["external_link"] = h5py.ExternalLink("other.h5", "/x")
        conv1.create_dataset("external", (4,), "f4", external=[("values.bin", 0, 16)])
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
        conv1.create_virtual_dataset("virtual", layout)


def write_bombs(path):
    """Small files that promise much, or lead round in circles."""
    with h5py.File(path, "w") as f:
        f.create_dataset("never_written", (10**7,), "f4")
        f.create_dataset("never_written_chunks", (10**7,), "f4", chunks=(10**4,))
        f.create_dataset("zeros", data=np.zeros((10**6,), "f4"), chunks=(10**6,), compression="gzip")
        f.attrs["layer_names"] = np.array([b"round"])
        round = f.create_group("round")
        round["a"] = round
        round.attrs["weight_names"] = np.array([b"a/" * 100 + b"kernel:0"])


def main(path):
    th = changed(old(), lambda k: axes_th(theano(k)), lambda k: rows_th(k, (6, 6, 4)))
    write_keras_0(path("keras0.h5"), changed(th, variance=deviation))
    write_keras_0_graph(path("keras0_graph.h5"), changed(th, variance=deviation))
    write(path("keras1_theano.h5"), th)
    write(path("keras1_th_ordering.h5"), changed(old(), axes_th, lambda k: rows_th(k, (6, 6, 4))), keras_1_tensorflow)
    write(path("keras1_std.h5"), changed(old(), variance=deviation), keras_1_tensorflow)
    with h5py.File(path("keras1_model.h5"), "w") as f:
        f.attrs["keras_version"] = b"1.2.2"
        f.attrs["model_config"] = json.dumps({"class_name": "Model", "config": [{"dim_ordering": "th"}]}).encode()
        write_layers(f.create_group("model_weights"), changed(old()[4:5], rows=lambda k: rows_th(k, (6, 6, 4))), keras_1)
    deconv = layer("deconv1", kernel=(2, 2, 3, 3), bias=(3,))
    write(path("keras1_deconvolution.h5"), changed([deconv], lambda k: k.transpose(0, 1, 3, 2)), keras_1_tensorflow)
    theano_2 = {"backend": b"theano", "keras_version": b"2.0.0"}
    write(path("theano.h5"), changed(old(), theano), keras_2, theano_2)
    kernel = recipe.values("conv2", "kernel", (3, 3, 2, 8))
    bias = recipe.values("conv2", "bias", (8,))
    halves = [(f"conv_2_{i + 1}", [("kernel", kernel[..., 4 * i : 4 * i + 4]), ("bias", bias[4 * i : 4 * i + 4])]) for i in (0, 1)]
    write(path("keras1_grouped.h5"), changed([conv("conv1", 3, 3, 3, 4), *halves], lambda k: axes_th(theano(k))))
    reduce = [conv(f"inception_3{b}/3x3_reduce", 1, 1, 3, 4) for b in "ab"]
    write(path("keras1_slashes.h5"), reduce)
    write(path("keras2_slashes.h5"), reduce, keras_2)  # as other programs write it: no version
    both = [("googlenet", [(f"{name}/{weight}", value) for name, weights in reduce for weight, value in weights])]
    write(path("keras2_nested_slashes.h5"), both, lambda _, weight: f"{weight}:0", {"keras_version": b"2.1.6"})
    write_chunked(path("keras2_chunked_names.h5"), [conv(f"conv{i}", 1, 1, 3, 4) for i in range(5)])
    for name, encode in ENCODINGS.items():
        write(path(f"names_{name}.h5"), [conv("größe" if "utf8" in name else "size", 1, 1, 3, 4), ("flat", [])], keras_2, {"keras_version": encode([b"2.1.6"])[0]}, encode=encode)
    automatic = [conv("conv2d", 1, 1, 3, 4), layer("batch_normalization_v1", **{w: (4,) for w in BN}), layer("batch_normalization_v1_1", **{w: (4,) for w in BN})]
    write(path("tf_keras_1_13.h5"), automatic, keras_2, {"keras_version": b"2.2.4-tf", "backend": b"tensorflow"})
    shared().save(path("keras3_shared.h5"))
    shared().save_weights(path("keras3_shared.weights.h5"))
    small().save_weights(path("keras3_sharded.weights.json"), max_shard_size=2890 / 1024**3)
    without_names(path("keras3.weights.h5"), path("variables.h5"), tf_keras_2_12=True)
    with open(path("variables.h5"), "rb") as f:
        write_archive(path("tf_keras_2_11.keras"), {"metadata.json": "{}", "config.json": "{}", "variables.h5": f.read()})
    os.remove(path("variables.h5"))
    arrays = io.BytesIO()
    np.savez(arrays, x=np.zeros(3))
    write_archive(path("npz.keras"), {"metadata.json": "{}", "config.json": "{}", "model.weights.npz": arrays.getvalue()})
    write_outside(path("outside.h5"))
    write_bombs(path("bombs.h5"))


if __name__ == "__main__":
    main(lambda name: os.path.join(OUT, name))
