"""Whole models that the Theano backend saved, with what it computes itself: kernels are turned round, and `same` begins elsewhere than in TensorFlow.
Run under each version, with Python 3.6, Theano 1.0.5, numpy 1.16.6, h5py 2.10.0 and a C++ compiler:
  KERAS_BACKEND=theano python test/golden/make_theano.py   keras 1.2.2; keras 2.2.4
Writes models/theano<version>.h5, and its part of models/theano.json."""
import json
import os

import numpy as np

os.environ.setdefault("THEANO_FLAGS", "device=cpu,floatX=float32,optimizer=fast_compile")
import keras
from keras import layers as L

import recipe
from make_old_models import KERAS, OUT, conv, dense, fill, image, model, picked, pool

IMAGE = (7, 6, 3)
keras.backend.set_image_dim_ordering("tf") if KERAS == 1 else keras.backend.set_image_data_format("channels_last")


def dilated(size, name):
    rate = (2, 2)
    if KERAS == 1:
        return L.AtrousConvolution2D(3, size[0], size[1], atrous_rate=rate, border_mode="same", name=name)
    return L.Conv2D(3, size, dilation_rate=rate, padding="same", name=name)


def transposed(name):
    if KERAS == 1:
        return L.Deconvolution2D(2, 3, 2, (None, 15, 12, 2), subsample=(2, 2), name=name)
    return L.Conv2DTranspose(2, (3, 2), strides=2, name=name)


def windows():
    """Odd and even windows with and without strides, each an output; and a Dense behind a Flatten."""
    inputs = image(shape=IMAGE)
    made = [conv(3, (3, 2), "valid")(inputs), dilated((2, 3), "dilated")(inputs), transposed("transposed")(inputs)]
    for i, (size, strides) in enumerate([((3, 3), (1, 1)), ((2, 4), (1, 1)), ((3, 2), (2, 1)), ((4, 3), (2, 2)), ((1, 5), (3, 2))]):
        made.append(conv(3, size, f"conv{i}", strides=strides, padding="same", activation="relu")(inputs))
        made.append(pool(L.MaxPooling2D, f"max{i}", size, strides, "same")(inputs))
        made.append(pool(L.AveragePooling2D, f"mean{i}", size, strides, "same")(inputs))
    made.append(dense(4, "predictions", activation="softmax")(L.Flatten(name="flat")(made[0])))
    return model(inputs, made, "windows")


if __name__ == "__main__":
    path = os.path.join(OUT, "theano.json")
    cases = {case["file"]: case for case in (json.load(open(path)) if os.path.exists(path) else [])}
    made = fill(windows())
    ys = made.predict(recipe.image((1, *IMAGE)) / 256, verbose=0)
    file = f"theano{KERAS}.h5"
    made.save(os.path.join(OUT, file))
    outputs = [{"shape": list(y.shape), "values": picked(y)} for y in ys]
    cases[file] = {"file": file, "inputShape": list(IMAGE), "outputs": outputs}
    with open(path, "w") as f:
        json.dump(sorted(cases.values(), key=lambda c: c["file"]), f, separators=(",", ":"))
    print(file, len(ys))
