"""What real Keras computes for single ops, on small inputs.
Run: KERAS_BACKEND=jax python test/golden/make_ops.py   (keras 3.15.1, jax 0.10, numpy 2)"""
import json
import os

import keras
import numpy as np
from keras import applications, layers, losses, optimizers

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(20)


def uniform(shape, low=-1.0, high=1.0):
    return random.uniform(low, high, shape).astype(np.float32)


def tensor(v):
    """Nine digits tell every f32 from its neighbours."""
    v = np.asarray(v, np.float32)
    return {"shape": list(v.shape), "data": [float(f"{float(x):.9g}") for x in v.ravel()]}


def case(name, inputs, attrs, *outputs):
    return {"name": name, "inputs": [None if v is None else tensor(v) for v in inputs], "attrs": attrs, "outputs": [tensor(v) for v in outputs]}


def resize(shape, height, width):
    x = uniform(shape, 0, 255)
    y = layers.Resizing(height, width, interpolation="bilinear")(x)
    return case(f"{shape} to {height}x{width}", [x], {"height": height, "width": width, "mode": "halfPixel"}, y)


def pool(layer, shape, pool_size, strides, padding):
    x = uniform(shape)
    attrs = {"poolSize": pool_size, "strides": strides, "padding": padding}
    return case(f"{shape} by {pool_size}, {padding}", [x], attrs, layer(pool_size, strides=strides, padding=padding)(x))


POOLS = [((1, 5, 7, 3), [2, 2], [2, 2], "valid"), ((1, 5, 7, 3), [3, 3], [2, 2], "same"), ((2, 6, 6, 1), [3, 3], [1, 1], "same"),
         ((1, 8, 5, 2), [3, 2], [1, 3], "same")]


def preprocess(mode, module):
    x = uniform((1, 3, 4, 3), 0, 255)
    return case(mode, [x], {"mode": mode}, module.preprocess_input(x.copy()))


def batch_norm(scale, center):
    x, gamma, beta, mean, variance = uniform((2, 3, 3, 4)), uniform((4,), 0.5, 2), uniform((4,)), uniform((4,)), uniform((4,), 0, 3)
    layer = layers.BatchNormalization(scale=scale, center=center)
    layer.build(x.shape)
    layer.set_weights([w for w, used in ((gamma, scale), (beta, center), (mean, True), (variance, True)) if used])
    inputs = [x, gamma if scale else None, beta if center else None, mean, variance]
    return case(f"scale {scale}, center {center}", inputs, {"epsilon": 1e-3}, layer(x, training=False))


def cross_entropy(shape, soft):
    x = uniform(shape, -6, 6)
    t = uniform(shape, 0, 1) if soft else np.eye(shape[1], dtype=np.float32)[random.integers(0, shape[1], shape[0])]
    t = (t / t.sum(axis=1, keepdims=True)).astype(np.float32)
    y = losses.categorical_crossentropy(t, x, from_logits=True)
    return case(f"soft {soft}", [x, t, np.ones(shape[0])], {}, y)


def steps(make, hyper, state_names, attrs, count=3):
    """Runs an optimizer; each step is a case from the state before to the state after."""
    w = keras.Variable(uniform((6,)))
    optimizer = make()
    optimizer.build([w])
    kept = [v for v in optimizer.variables if any(v.name.endswith(s) or s in v.path for s in state_names)]
    cases = []
    for t in range(1, count + 1):
        g = uniform((6,))
        before = [keras.ops.convert_to_numpy(v).copy() for v in (w, *kept)]
        optimizer.apply([g], [w])
        made = case(f"step {t}", [g, np.float32([hyper(t)])], attrs, *[keras.ops.convert_to_numpy(v).copy() for v in (w, *kept)])
        cases.append({**made, "state": [tensor(v) for v in before]})
    return cases


def adam_size(t, rate=0.01, beta1=0.9, beta2=0.999):
    return rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)


x4 = uniform((2, 3, 5, 2))
golden = {
    "resizeBilinear": [resize((1, 4, 4, 3), 9, 17), resize((2, 5, 7, 1), 13, 4), resize((1, 5, 7, 2), 2, 3), resize((1, 6, 6, 1), 6, 6)],
    "maxPool": [pool(layers.MaxPooling2D, *p) for p in POOLS],
    "avgPool": [pool(layers.AveragePooling2D, *p) for p in POOLS],
    "globalAvgPool": [case("3x5", [x4], {}, layers.GlobalAveragePooling2D()(x4))],
    "globalMaxPool": [case("3x5", [x4], {}, layers.GlobalMaxPooling2D()(x4))],
    "pad": [case("uneven", [x4], {"padding": [1, 0, 2, 3]}, layers.ZeroPadding2D(((1, 2), (0, 3)))(x4))],
    "preprocess": [preprocess("caffe", applications.vgg16), preprocess("tf", applications.inception_v3), preprocess("torch", applications.densenet)],
    "rescale": [case("to -1..1", [x4], {"scale": 1 / 127.5, "offset": -1}, layers.Rescaling(1 / 127.5, -1)(x4))],
    "batchNorm": [batch_norm(True, True), batch_norm(False, True), batch_norm(True, False)],
    "softmax": [case("3x5", [x], {}, layers.Softmax()(x)) for x in [uniform((3, 5), -9, 9)]],
    "softmaxCrossEntropy": [cross_entropy((4, 5), False), cross_entropy((4, 5), True)],
    "adam": steps(lambda: optimizers.Adam(0.01), adam_size, ("momentum", "velocity"), {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}),
    "sgd": steps(lambda: optimizers.SGD(0.1), lambda t: 0.1, (), {}),
    "sgdMomentum": [
        *steps(lambda: optimizers.SGD(0.1, momentum=0.9), lambda t: 0.1, ("momentum",), {"momentum": 0.9, "nesterov": False}),
        *steps(lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True), lambda t: 0.1, ("momentum",), {"momentum": 0.9, "nesterov": True}),
    ],
}
with open(os.path.join(HERE, "ops.json"), "w") as f:
    f.write("{\n" + ",\n".join(f"{json.dumps(op)}: [\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]" for op, cases in golden.items()) + "\n}\n")
