"""What operations of Keras 3 make of odd values: signed zeros, infinities, NaN, ties, what lies in the middle of two whole numbers.
Run: KERAS_BACKEND=jax python test/golden/make_odd.py          (keras 3.15.1, jax 0.10), and
     KERAS_BACKEND=tensorflow python test/golden/make_odd.py   (tensorflow 2.21): each writes its part of models/odd.json."""
import json
import os

import numpy as np
from keras import backend, ops

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models", "odd.json")
NAN, INF = float("nan"), float("inf")
ROWS = [
    [0.0, -0.0, 0.0, -0.0],
    [-0.0, 0.0, -0.0, 0.0],
    [1, -0.0, 0, -1],
    [-1, 0, -0.0, -2],
    [1, 0, -0.0, 2],
    [NAN, 1, INF, -INF],
    [1, NAN, 2, NAN],
    [-1, -INF, NAN, -5],
    [INF, INF, -INF, 0],
    [3, 3, 1, 3],
    [2.5, -2.5, 0.5, -0.5],
    [1.5, -1.5, 3.5, -3.5],
    [-100, 100, -50, 50],
    [1e-3, -1e-3, 4096, -4096],
]
ONE = """Absolute Ceil Exp Exp2 Expm1 Floor Log Log10 Log1p Log2 LogicalNot Negative Reciprocal Round Rsqrt Sign Sqrt Square Tanh OnesLike ZerosLike
Celu Elu Gelu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid Relu Relu6 Selu Sigmoid Silu SoftShrink Softplus Softsign SparsePlus
SparseSigmoid Squareplus TanhShrink"""
ALONG = "All Amax Amin Any Argmax Argmin Argsort LogSoftmax Max Mean Min Normalize Softmax Sort Sparsemax Std Sum Var"
TWO = """Add Divide Equal Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr Maximum Minimum Multiply NotEqual Power Subtract"""


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name).strip("_")


def main():
    x = ops.convert_to_tensor(np.array(ROWS, "float32"))
    turned = ops.flip(x, -1)
    cases = [(name, [], {}, lambda f: f(x)) for name in ONE.split()]
    cases += [(name, [], {"axis": -1}, lambda f: f(x, axis=-1)) for name in ALONG.split()]
    cases += [(name, ["turned"], {}, lambda f: f(x, turned)) for name in TWO.split()]
    cases += [("Power", [n], {}, lambda f, n=n: f(x, n)) for n in (0, 1, 2, 3, 0.5, -0.5, -1, 1.5, -2)]
    cases += [("Clip", [], {"x_min": a, "x_max": b}, lambda f, a=a, b=b: f(x, a, b)) for a, b in ((-1, 1), (0, 6), (-INF, 2))]
    cases += [("Where", ["turned", 7], {}, lambda f: f(x, turned, 7.0)), ("TopK", [4], {}, lambda f: f(x, 4)[0])]
    cases += [(name, [n], {}, lambda f, n=n: f(x, n)) for name in ("Divide", "Maximum", "Multiply", "Add") for n in (0, 3, -INF)]
    made = []
    for name, args, kwargs, call in cases:
        y = np.asarray(ops.convert_to_numpy(call(getattr(ops, snake(name))))).astype("float32").ravel()
        values = [str(float("%.9g" % v)) for v in y]
        made.append({"op": name, "args": [str(a) for a in args], "kwargs": {k: str(v) for k, v in kwargs.items()}, "values": values})
    everything = {}
    if os.path.exists(OUT):
        with open(OUT) as f:
            everything = json.load(f)
    everything["rows"] = [[str(float(v)) for v in row] for row in ROWS]
    everything[backend.backend()] = made
    with open(OUT, "w") as f:
        json.dump(everything, f, separators=(",", ":"))
    print(len(made), os.path.getsize(OUT))


if __name__ == "__main__":
    main()
