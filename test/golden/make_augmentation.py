"""What Keras's own Random* layers make of pictures where their random numbers are given.
Run: KERAS_BACKEND=jax python test/golden/make_augmentation.py   (keras 3.15.1, jax 0.10, numpy 2)"""
import json
import os

import numpy as np
from keras import layers as L
from keras.src.legacy.preprocessing import image as legacy
from keras.src.utils import image_utils

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(21)


def rounded(v):
    """Nine digits tell every f32 from its neighbours."""
    return [float(f"{float(x):.9g}") for x in np.asarray(v, np.float32).ravel()]


def tensor(v):
    v = np.asarray(v, np.float32)
    return {"shape": list(v.shape), "data": rounded(v)}


def case(layer, x, numbers, transformation, **attrs):
    """@param x which pictures
    @param numbers what our ops are told, a row for each sample"""
    y = layer.transform_images(PICTURES[x], transformation, training=True)
    return {"layer": type(layer).__name__, "attrs": attrs, "numbers": tensor(numbers), "x": x, "y": tensor(y)}


def column(*values):
    return np.asarray(values, np.float32)[:, None]


PICTURES = {name: random.uniform(0, 255, (2, 3, 4, C)).astype(np.float32).round(2) for name, C in (("grey", 1), ("rgb", 3))}
PICTURES["unit"] = PICTURES["rgb"] / np.float32(255)
MODES = ("constant", "nearest", "wrap", "reflect")


def sampled():
    """Every way of sampling, all layers in turn."""
    turn = 0
    for fill_mode in MODES:
        for interpolation in ("nearest", "bilinear"):
            how = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 7.5}
            attrs = {"fillMode": fill_mode, "interpolation": interpolation, "fillValue": 7.5}
            x = ("grey", "rgb")[turn % 2]
            shape = PICTURES[x].shape
            turns = column(0.13, -0.41)
            layer = L.RandomRotation(0.5, **how)
            zero = np.zeros(2, np.float32)
            matrix = layer._compute_affine_matrix(0.5, 0.5, turns[:, 0] * 360.0, zero, zero, zero + 1, zero, zero, shape[1], shape[2])
            yield case(layer, x, turns, {"rotation_matrix": matrix}, kind="rotation", **attrs)
            height, width = column(1.37, 0.71), column(0.83, 1.93)
            zoom = {"height_zoom": height, "width_zoom": width, "input_shape": shape}
            yield case(L.RandomZoom(0.5, 0.5, **how), x, np.hstack([height, width]), zoom, kind="zoom", **attrs)
            moves = np.hstack([column(0.37, -1.03), column(-0.53, 0.89)])
            pixels = {"translations": moves[:, ::-1] * np.float32([4, 3]), "input_shape": shape}
            yield case(L.RandomTranslation(0.5, 0.5, **how), x, moves, pixels, kind="translation", **attrs)
            slant = np.hstack([column(0.9, 0.1), column(0.23, 0.47), column(0.61, 0.13)])
            factors = slant[:, :0:-1] * np.float32([[-1], [1]])
            yield case(L.RandomShear(0.5, 0.5, **how), x, slant, {"shear_factor": factors, "input_shape": shape}, kind="shear", **attrs)
            turn += 1


def flips():
    for mode in ("horizontal", "vertical", "horizontal_and_vertical"):
        u = column(0.3, 0.7)
        yield case(L.RandomFlip(mode), "rgb", u, {"flips": u[:, :, None, None] <= 0.5}, kind="flip", axes=mode.split("_and_"))


def colors():
    bytes_ = [0, 255]
    by = column(0.31, -0.27)
    for x in ("grey", "rgb"):
        brightness = {"rgb_delta": by[:, :, None, None] * np.float32(255)}
        yield case(L.RandomBrightness(1.0), x, by, brightness, kind="brightness", range=bytes_)
        by_contrast = column(1.6, 0.4)
        yield case(L.RandomContrast(1.0), x, by_contrast, {"contrast_factor": by_contrast[:, :, None, None]}, kind="contrast", range=bytes_)
    for range_, pictures in (([0, 255], "rgb"), ([0, 1], "unit")):
        u = column(0.3, 0.65)
        factor = (u / (1 - u + np.float32(1e-7)))[:, 0]
        yield case(L.RandomSaturation(1.0, value_range=range_), pictures, u, {"factor": factor}, kind="saturation", range=range_)
        hue = np.hstack([column(0.7, 0.2), column(0.45, 0.9)])
        turned = np.where(hue[:, 0] > 0.5, -1, 1) * hue[:, 1] * np.float32(0.5)
        yield case(L.RandomHue(1.0, value_range=range_), pictures, hue, {"factor": turned}, kind="hue", range=range_)
    grey = column(0.4, 0.6)
    yield case(L.RandomGrayscale(0.5), "rgb", grey, grey[:, :, None, None] < 0.5, kind="grayscale", range=[0, 0.5])


def erased():
    """Rectangles that do not end on a pixel's edge."""
    for fill, what in ((9.0, "grey"), ([1.0, 2.0, 300.0], "rgb")):
        layer = L.RandomErasing(fill_value=fill)
        numbers = np.float32([[0.3, 0.2, 0.6, 0.3, 0.9, 0.1], [0.7, 0.6, 0.2, 0.7, 0.2, 0.5]])
        height, width = PICTURES[what].shape[1:3]
        extent = np.sqrt(numbers[:, :2]) * np.float32([width, height])
        low = numbers[:, 2:4] * (np.float32([width, height]) - extent)
        corners = (low[:, 0], low[:, 0] + extent[:, 0], low[:, 1], low[:, 1] + extent[:, 1])
        transformation = {
            "apply_erasing": numbers[:, 5] < numbers[:, 4],
            "batch_masks": layer._generate_batch_mask(PICTURES[what].shape, corners),
            # As layer._get_fill_value gives it, which fails on JAX for a list.
            "fill_value": np.clip(np.broadcast_to(np.float32(fill), PICTURES[what].shape), 0, 255),
        }
        yield case(layer, what, numbers, transformation, kind="erase", fill=fill, range=[0, 255])


def mixed():
    """Pictures and the labels [[1, 0], [0.25, 0.75]]."""
    labels = np.float32([[1, 0], [0.25, 0.75]])
    order = np.array([1, 0])
    x = PICTURES["rgb"]
    weights = np.float32([0.3, 0.8])
    blend = {"mix_weight": weights, "permutation_order": order}
    corners = [np.float32(v) for v in ([0.3, 1.0], [2.6, 3.7], [0.9, 0.0], [2.2, 1.5])]
    layer = L.CutMix()
    masks, areas = layer._generate_batch_mask(x.shape, corners)
    paste = {"mix_weight": areas, "permutation_order": order, "batch_masks": masks}
    for layer, kind, transformation, numbers in (
        (L.MixUp(), "blend", blend, np.stack([weights] + 4 * [0 * weights], 1)),
        (layer, "paste", paste, np.stack([np.ravel(areas), *corners], 1)),
    ):
        made = {"labels": tensor(labels), "mixed": tensor(layer.transform_labels(labels, transformation))}
        yield {**case(layer, "rgb", numbers, transformation, kind=kind), **made}


def cropped():
    x = random.uniform(0, 255, (1, 6, 8, 2)).astype(np.float32).round(2)
    for height, width in ((4, 5), (6, 8), (9, 5), (3, 11), (6, 4), (8, 12)):
        size = {"height": height, "width": width}
        resized = image_utils.smart_resize(x, (height, width))
        made = {"CenterCrop": L.CenterCrop(**size)(x), "RandomCrop": resized}
        if height >= 6 or width >= 8:
            made["RandomCrop, training"] = L.RandomCrop(**size)(x, training=True)
        yield {**size, "x": tensor(x), **{name: tensor(y) for name, y in made.items()}}


def lines(cases):
    return ",\n".join(json.dumps(c) for c in cases) + "\n"


def generated():
    """apply_affine_transform of ImageDataGenerator: SciPy's ways of going on."""
    for what in ("grey", "rgb"):
        for fill_mode in MODES:
            x = PICTURES[what]
            numbers = np.float32([[0.07, 0.6, -0.9, 0.04, 0.8, 1.3], [-0.11, -1.2, 0.3, -0.06, 1.4, 0.7]])
            y = []
            for picture, (turns, tx, ty, shear, zx, zy) in zip(x, numbers.astype(float)):
                how = {"row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode, "cval": 7.5}
                y.append(legacy.apply_affine_transform(picture, turns * 360, tx, ty, shear * 360, zx, zy, **how))
            attrs = {"kind": "generator", "fillMode": fill_mode, "interpolation": "bilinear", "fillValue": 7.5, "scipy": True}
            yield {"layer": "ImageDataGenerator", "attrs": attrs, "numbers": tensor(numbers), "x": what, "y": tensor(np.stack(y))}


def copied():
    """As `generated`, with interpolation_order=0."""
    x = PICTURES["rgb"]
    numbers = np.float32([[0.07, 0.6, -0.9, 0.04, 0.8, 1.3], [-0.11, -1.2, 0.3, -0.06, 1.4, 0.7]])
    for fill_mode in ("constant", "wrap"):
        y = []
        for picture, (turns, tx, ty, shear, zx, zy) in zip(x, numbers.astype(float)):
            how = {"row_axis": 0, "col_axis": 1, "channel_axis": 2, "fill_mode": fill_mode, "cval": 7.5, "order": 0}
            y.append(legacy.apply_affine_transform(picture, turns * 360, tx, ty, shear * 360, zx, zy, **how))
        attrs = {"kind": "generator", "fillMode": fill_mode, "interpolation": "nearest", "fillValue": 7.5, "scipy": True}
        yield {"layer": "ImageDataGenerator", "attrs": attrs, "numbers": tensor(numbers), "x": "rgb", "y": tensor(np.stack(y))}


def shifted():
    """apply_channel_shift and apply_brightness_shift; pictures that leave 0..255 are stretched to it."""
    wide = {"wide": (PICTURES["rgb"] * np.float32(1.5) - 60).round(1), "rgba": random.uniform(0, 255, (2, 3, 4, 4)).astype(np.float32).round(2)}
    for what, x in {**PICTURES, **wide}.items():
        for kind, by in (("channels", [31.5, -80.25]), ("brightness", [0.4, 1.7])):
            apply = (
                (lambda v, f: legacy.apply_channel_shift(v, f, 2))
                if kind == "channels"
                else (lambda v, f: legacy.apply_brightness_shift(v, f, False))
            )
            y = np.stack([apply(picture.copy(), f) for picture, f in zip(x, by)])
            yield {"kind": kind, "what": what, "by": by, "x": tensor(x), "y": tensor(y)}


def standardized():
    """ImageDataGenerator.fit and .standardize, in f64: more pictures than values, and fewer."""
    options = [
        {"samplewise_center": True},
        {"samplewise_std_normalization": True, "rescale": 1 / 255},
        {"featurewise_center": True},
        {"featurewise_std_normalization": True, "rescale": 1 / 255},
        {"samplewise_std_normalization": True, "featurewise_std_normalization": True},
        {"zca_whitening": True},
        {"zca_whitening": True, "zca_epsilon": 0.5, "rescale": 1 / 255, "featurewise_std_normalization": True},
        {"zca_whitening": True, "samplewise_center": True, "zca_epsilon": 100.0},
    ]
    sets = [random.uniform(0, 255, shape).astype(np.float32).round(1) for shape in ((40, 3, 2, 2), (7, 3, 2, 3))]
    for fitted in sets:
        x = random.uniform(0, 255, (2, *fitted.shape[1:])).astype(np.float32).round(1)
        made = []
        for each in options:
            generator = legacy.ImageDataGenerator(dtype="float64", **each)
            generator.fit(fitted)
            y = np.stack([generator.standardize(picture.astype(np.float64)) for picture in x])
            made.append({"options": each, "y": tensor(y)})
        yield {"fitted": tensor(fitted), "x": tensor(x), "made": made}


cases = [*flips(), *sampled(), *colors(), *erased(), *generated(), *copied()]
with open(os.path.join(HERE, "augmentation.json"), "w") as f:
    pictures = json.dumps({name: tensor(x) for name, x in PICTURES.items()})
    f.write('{"pictures": ' + pictures + ',\n"cases": [\n' + lines(cases) + "],\n")
    f.write('"mixed": [\n' + lines(mixed()) + '],\n"cropped": [\n' + lines(cropped()) + "],\n")
    f.write('"shifted": [\n' + lines(shifted()) + '],\n"standardized": [\n' + lines(standardized()) + "]}\n")
