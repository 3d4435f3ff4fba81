"""The weight recipe: a seeded formula of (layer name, weight name, element index), so that millions of weights need no file.
The same formula in TypeScript: test/support/recipe.ts."""

import json
import re
import zipfile

import numpy as np


def fnv1a(text):
    h = 0x811C9DC5
    for byte in text.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def unit(key, size):
    """`size` numbers in [0, 1), exact in f64: 32-bit integers over 2^32 (MurmurHash3's finalizer of key + index)."""
    x = (np.arange(size, dtype=np.uint64) * 0x9E3779B1 + fnv1a(key)) & 0xFFFFFFFF
    x = x.astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 4294967296.0


def interval(weight, shape):
    """Where the values of a weight lie. Kernels: He's limit, which keeps the size of activations through ReLU layers. What one value is
    made of is all axes of a kernel but the last; R*S alone for a depthwise kernel [R,S,C,M]."""
    if weight in ("kernel", "pointwise_kernel"):
        limit = np.sqrt(6.0 / np.prod(shape[:-1]))
        return -limit, limit
    if weight == "depthwise_kernel":
        limit = np.sqrt(6.0 / np.prod(shape[:2]))
        return -limit, limit
    return {
        "bias": (-0.1, 0.1),
        "beta": (-0.1, 0.1),
        "gamma": (0.9, 1.1),
        "scale": (0.9, 1.1),  # RMSNormalization, attention
        "concat_score_weight": (0.4, 0.6),
        "moving_mean": (-0.1, 0.1),
        "moving_variance": (0.9, 1.1),
        "alpha": (0.1, 0.4),  # PReLU
        "embeddings": (-0.5, 0.5),
        "mean": (-0.1, 0.1),  # Normalization
        "variance": (0.9, 1.1),
        "count": (0.0, 1.0),
    }[weight]


def name_of(class_name, weight):
    """The name that the recipe has for a weight: a depthwise layer's kernel is `depthwise_kernel`, as Keras 2 called it; LayerScale's has none in Keras."""
    if class_name == "LayerScale":
        return "gamma"
    return "depthwise_kernel" if class_name == "DepthwiseConv2D" and weight == "kernel" else weight


def values(layer, weight, shape):
    low, high = interval(weight, shape)
    u = unit(f"{layer}/{weight}", int(np.prod(shape)))
    return (low + (high - low) * u).astype(np.float32).reshape(shape)


def image(shape):
    """A picture of whole numbers 0..255."""
    return np.floor(unit("image", int(np.prod(shape))) * 256).astype(np.float32).reshape(shape)


def settle(path):
    """Writes a .keras archive anew without the time at which it was made and the addresses in memory that Keras takes for object ids, so that
    running a script again gives the same file."""
    with zipfile.ZipFile(path) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()}
    about = json.loads(members["metadata.json"])
    members["metadata.json"] = json.dumps({**about, "date_saved": "2026-01-01@00:00:00"}).encode()
    ids = {}
    number = lambda found: b'"shared_object_id": %d' % ids.setdefault(found[1], len(ids))
    members["config.json"] = re.sub(rb'"shared_object_id": (\d+)', number, members["config.json"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
