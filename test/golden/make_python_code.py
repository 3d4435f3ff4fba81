"""Functions as each Python compiles, marshals and disassembles them; run by Python 2.7 and 3.6 to 3.13, each of which writes
test/golden/python/code_VERSION.json."""
import base64
import dis
import json
import marshal
import os
import sys

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python")
VERSION = "%d.%d" % sys.version_info[:2]

SOURCES = {
    "scaled": "f = lambda x: x / 127.5 - 1.",
    "centred": "f = lambda x: (x / 255.0) - 0.5",
    "negative": "f = lambda x: -x",
    "mean": "f = lambda x: K.mean(x, axis=[1, 2], keepdims=True)",
    "resized": "f = lambda image: tf.image.resize_images(image, (66, 200))",
    "slices": "f = lambda x: x[:, :, 1:, ::2]",
    "range": "f = lambda x: x[1:3]",
    "ends": "f = lambda x: x[1:] + x[:-1] - x[:]",
    "default": "f = lambda x, s=2.0: x * s if s > 1 else x",
    "either": "f = lambda x, s=None: x * (s or 3.0)",
    "keywords": "f = lambda x: tf.reduce_sum(tf.square(x) ** 2 // 3 % 5, axis=-1, keepdims=True)",
    "list": "f = lambda x: K.reshape(x, [-1, 2, 3, 4])",
    "pair": "def f(pair):\n  a, b = pair\n  a, b = b, a\n  return K.abs(a - b) * K.exp(a) / 2",
    "locals": "def f(x):\n  y = x * 2\n  y += 1\n  z = y - x\n  return y * z + y",
    "inside": "def f(x):\n  import tensorflow as tf\n  from keras import backend as K\n  return tf.image.resize_images(K.square(x), (4, 5), align_corners=True)",
    "closure": "def g():\n  low, high = 1.5, 7\n  return lambda x: (x - low) / high\nf = g()",
    "cell": "def f(x):\n  return (lambda y: y + x)(x)",
    "shape": "f = lambda x: K.reshape(x, (-1, x.shape[1] * K.int_shape(x)[2]))",
    "constants": "f = lambda x: x + 12345678901234567890123456789 + 5 + True + 2147483648 - 1e300 + 1j + (1, 'a', b'b', (None, ...))[0]"
    if sys.version_info[0] > 2
    else "f = lambda x: x + 12345678901234567890123456789 + 5 + True + 2147483648 - 1e300 + 1j + (1, 'a', u'\\u00e4\\u20ac', (None,))[0]",
    "member": "f = lambda x, n=2: x * 2 if n in {1, 2, 3} and n is not None and not n != 2 else x",
    "far": "f = lambda x, n=1: " + " + ".join("x * %d.5" % i for i in range(260)) + " if n else -x",
    "loop": "def f(x):\n  for i in range(3):\n    x = x * 2\n  return x",
    "noise": "f = lambda x: x + K.random_normal(K.shape(x))",
    "text": "f = lambda x: tf.cast(x, 'float32') / len('a%s' % 'b')",
    "tried": "def f(x):\n  try:\n    return x / 2\n  except ValueError as e:\n    return -x",
    "with": "def f(x):\n  with tf.name_scope('a'):\n    return x * 3.0",
    "comprehension": "f = lambda x: sum([x[i] for i in range(3)])",
    "rest": "f = lambda x, *rest, **named: x - len(rest)",
}


def instructions(code):
    """[offset, name, argument] of each; prefixes and caches are part of what they belong to."""
    if hasattr(dis, "get_instructions"):
        found, begin = [], None
        for i in dis.get_instructions(code):
            begin = i.offset if begin is None else begin
            if i.opname == "CACHE":
                begin = None
            elif i.opname != "EXTENDED_ARG":
                found.append([begin, i.opname, i.arg])
                begin = None
        return found
    found, at, raw, high = [], 0, bytearray(code.co_code), 0
    begin = 0
    while at < len(raw):
        op = raw[at]
        long = op >= dis.HAVE_ARGUMENT
        arg = raw[at + 1] + 256 * raw[at + 2] + high if long else None
        at += 3 if long else 1
        if op == dis.EXTENDED_ARG:
            high = arg << 16
            continue
        found.append([begin, dis.opname[op], arg])
        begin, high = at, 0
    return found


def made(source):
    space = {}
    exec(compile(source, "lambda.py", "exec"), space)
    f = space["f"]
    return {
        "code": base64.b64encode(marshal.dumps(f.__code__)).decode("ascii"),
        "defaults": f.__defaults__,
        "closure": [c.cell_contents for c in f.__closure__] if f.__closure__ else None,
        "instructions": instructions(f.__code__),
    }


if __name__ == "__main__":
    functions = {name: made(source) for name, source in SOURCES.items()}
    os.makedirs(OUT) if not os.path.isdir(OUT) else None
    with open(os.path.join(OUT, "code_%s.json" % VERSION), "w") as f:
        json.dump({"python": VERSION, "functions": functions}, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
