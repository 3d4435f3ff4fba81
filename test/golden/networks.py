"""Networks that Keras Applications lacks, or has no more, built of Keras layers from their published descriptions: AlexNet and GoogLeNet
(BVLC's Caffe prototxt files) and ResNet50 of keras-applications 1.0.8 (resnet50.py). Keras 3 allows no slash in a name: `__` stands for it."""
import keras
from keras import layers as L
from keras import ops


class LRN(L.Layer):
    """Caffe's local response normalisation over 5 channels: alpha 1e-4 divided by 5, beta 0.75, k 1."""

    def call(self, x):
        squares = ops.pad(ops.square(x), [[0, 0], [0, 0], [0, 0], [2, 2]])
        channels = x.shape[-1]
        total = sum(squares[..., i : i + channels] for i in range(5))
        return x / ops.power(1.0 + 1e-4 / 5 * total, 0.75)


def conv(x, name, filters, size, strides=1, padding="same", groups=1):
    return L.Conv2D(filters, size, strides, padding, groups=groups, activation="relu", name=name)(x)


def ceil_pool(x, name, size=3, strides=2, kind=L.MaxPooling2D):
    """Caffe rounds the output up: rows and columns are added below and beside, which are below all values (behind a relu, or a mean of ones
    that are all inside)."""
    bottom, right = [-(n - size) % strides for n in x.shape[1:3]]
    if bottom or right:
        x = L.ZeroPadding2D(((0, bottom), (0, right)), name=f"skip__{name}")(x)
    return kind(size, strides, name=name)(x)


def alexnet(include_top=True, input_shape=(227, 227, 3), caffenet=False):
    def shrink(x, n):
        steps = [lambda y: LRN(name=f"norm{n}")(y), lambda y: ceil_pool(y, f"pool{n}")]
        for step in reversed(steps) if caffenet else steps:
            x = step(x)
        return x

    i = L.Input(input_shape)
    x = shrink(conv(i, "conv1", 96, 11, 4, "valid"), 1)
    x = shrink(conv(x, "conv2", 256, 5, groups=2), 2)
    x = conv(x, "conv3", 384, 3)
    x = conv(x, "conv4", 384, 3, groups=2)
    x = ceil_pool(conv(x, "conv5", 256, 3, groups=2), "pool5")
    if include_top:
        x = L.Flatten(name="flatten")(x)
        for n in (6, 7):
            x = L.Dropout(0.5, name=f"drop{n}")(L.Dense(4096, activation="relu", name=f"fc{n}")(x))
        x = L.Dense(1000, activation="softmax", name="fc8")(x)
    return keras.Model(i, x)


MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(include_top=True, input_shape=(224, 224, 3), auxiliary=False):
    i = L.Input(input_shape)
    x = L.ZeroPadding2D(3, name="skip__conv1")(i)
    x = conv(x, "conv1__7x7_s2", 64, 7, 2, "valid")
    x = LRN(name="pool1__norm1")(ceil_pool(x, "pool1__3x3_s2"))
    x = conv(conv(x, "conv2__3x3_reduce", 64, 1), "conv2__3x3", 192, 3)
    x = ceil_pool(LRN(name="conv2__norm2")(x), "pool2__3x3_s2")
    heads = {}
    for id, (one, reduce3, three, reduce5, five, proj) in MODULES.items():
        if id in ("4a", "5a"):
            x = ceil_pool(x, "pool3__3x3_s2" if id == "4a" else "pool4__3x3_s2")
        n = f"inception_{id}"
        a = conv(x, f"{n}__1x1", one, 1)
        b = conv(conv(x, f"{n}__3x3_reduce", reduce3, 1), f"{n}__3x3", three, 3)
        c = conv(conv(x, f"{n}__5x5_reduce", reduce5, 1), f"{n}__5x5", five, 5)
        d = conv(L.MaxPooling2D(3, 1, "same", name=f"{n}__pool")(x), f"{n}__pool_proj", proj, 1)
        x = heads[id] = L.Concatenate(name=f"{n}__output")([a, b, c, d])
    if not include_top:
        return keras.Model(i, x)
    y = L.GlobalAveragePooling2D(name="pool5__7x7_s1")(x)
    outputs = [L.Dense(1000, activation="softmax", name="loss3__classifier")(L.Dropout(0.4, name="pool5__drop_7x7_s1")(y))]
    for head, id in (("loss1", "4a"), ("loss2", "4d")) if auxiliary else ():
        y = conv(ceil_pool(heads[id], f"{head}__ave_pool", 5, 3, L.AveragePooling2D), f"{head}__conv", 128, 1)
        y = L.Dense(1024, activation="relu", name=f"{head}__fc")(L.Flatten(name=f"{head}__flatten")(y))
        outputs.append(L.Dense(1000, activation="softmax", name=f"{head}__classifier")(L.Dropout(0.7, name=f"{head}__drop_fc")(y)))
    return keras.Model(i, outputs if auxiliary else outputs[0])


def resnet50_legacy(include_top=True, input_shape=(224, 224, 3), pool_padding=True):
    count = {"activation": 0, "add": 0}

    def number(kind):
        count[kind] += 1
        return f"{kind}_{count[kind]}"

    def relu(x):
        return L.Activation("relu", name=number("activation"))(x)

    def conv_bn(x, name, filters, size, strides=1):
        y = L.Conv2D(filters, size, strides, "same" if size == 3 else "valid", name=f"res{name}")(x)
        return L.BatchNormalization(name=f"bn{name}")(y)

    def block(x, name, filters, strides, first):
        y = relu(conv_bn(x, f"{name}_branch2a", filters, 1, strides))
        y = relu(conv_bn(y, f"{name}_branch2b", filters, 3))
        y = conv_bn(y, f"{name}_branch2c", 4 * filters, 1)
        shortcut = conv_bn(x, f"{name}_branch1", 4 * filters, 1, strides) if first else x
        return relu(L.Add(name=number("add"))([y, shortcut]))

    i = L.Input(input_shape)
    x = L.Conv2D(64, 7, 2, name="conv1")(L.ZeroPadding2D(3, name="conv1_pad")(i))
    x = relu(L.BatchNormalization(name="bn_conv1")(x))
    if pool_padding:
        x = L.ZeroPadding2D(1, name="pool1_pad")(x)
    x = L.MaxPooling2D(3, 2, name="max_pooling2d_1")(x)
    for stage, (letters, filters) in enumerate((("abc", 64), ("abcd", 128), ("abcdef", 256), ("abc", 512)), 2):
        for letter in letters:
            x = block(x, f"{stage}{letter}", filters, 2 if stage > 2 and letter == "a" else 1, letter == "a")
    if include_top:
        x = L.Dense(1000, activation="softmax", name="fc1000")(L.GlobalAveragePooling2D(name="avg_pool")(x))
    return keras.Model(i, x)
