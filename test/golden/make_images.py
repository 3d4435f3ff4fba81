"""What Pillow and Keras make of pictures: resizing, PNG and JPEG to RGB, EXIF orientation, preprocessing, decoded predictions.
Run: KERAS_BACKEND=jax python test/golden/make_images.py   (keras 3.15.1, Pillow 12.3.0, numpy 2)
Pillow before 13: the newer one makes the vertical pass of a bilinear resize first where it thinks that faster; bytes differ by up to 1."""
import base64
import io
import json
import os
import struct
import zlib

import numpy as np
import PIL
from keras import applications
from keras.src.applications import imagenet_utils
from keras.utils import load_img
from PIL import Image, ImageOps

assert int(PIL.__version__.split(".")[0]) < 13, PIL.__version__
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")


def noise(shape, seed):
    """Bytes that TypeScript makes too: test/support/pictures.ts."""
    out, x = np.empty(int(np.prod(shape)), np.uint8), seed
    for i in range(out.size):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = x >> 24
    return out.reshape(shape)


def fnv(data):
    """FNV-1a, 32 bits."""
    h = 0x811C9DC5
    for byte in bytes(data):
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def text(data):
    return base64.b64encode(bytes(data)).decode()


def summary(data):
    return {"first": list(bytes(data)[:12]), "fnv": fnv(data)}


def save(name, cases):
    with open(os.path.join(HERE, f"{name}.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


def encoded(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


# Resizing: noise pictures of [height, width] to several sizes.
SIZES = {
    (17, 23): [(1, 1), (7, 5), (17, 24), (16, 23), (34, 46), (3, 100), (224, 224), (23, 17)],
    (48, 64): [(24, 32), (29, 13), (64, 96), (227, 227), (47, 63), (48, 7), (5, 64)],
    (1, 1): [(4, 5)],
    (3, 1000): [(3, 7), (1, 999)],
    (375, 500): [(224, 224), (299, 299), (32, 32)],
}


def resized(size, target, interpolation):
    file = io.BytesIO(encoded(Image.fromarray(noise((*size, 3), 1)), "PNG"))
    result = np.asarray(load_img(file, target_size=target, interpolation=interpolation))
    return {"size": size, "target": target, "interpolation": interpolation, **summary(result.tobytes())}


save("resize", [resized(s, t, i) for s, targets in SIZES.items() for t in targets for i in ("nearest", "bilinear")])


# PNG of every kind, written here because Pillow writes few of them; Pillow reads them.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(samples, depth):
    """Rows of samples to rows of bytes."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype(np.uint8).tobytes() for row in samples]
    bits = (samples[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    return [np.packbits(row.astype(np.uint8).ravel()).tobytes() for row in bits]


def paeth(a, b, c):
    distances = [abs(b - c), abs(a - c), abs(a + b - 2 * c)]
    return (a, b, c)[distances.index(min(distances))]


def filtered(rows, bpp):
    """Each row with another filter."""
    out, above = b"", bytes(len(rows[0]))
    for n, row in enumerate(rows):
        left, corner = bytes(bpp) + row, bytes(bpp) + above
        kind = (n + 1) % 5
        guess = [lambda i: 0, lambda i: left[i], lambda i: above[i], lambda i: (left[i] + above[i]) // 2, lambda i: paeth(left[i], above[i], corner[i])][kind]
        out += bytes([kind]) + bytes((row[i] - guess(i)) & 255 for i in range(len(row)))
        above = row
    return out


def png(height, width, colour, depth, interlaced, extra=b""):
    channels = CHANNELS[colour]
    raw = noise((height, width * channels, 2), 2).astype(np.int64)
    samples = (raw[..., 0] * 256 + raw[..., 1]) >> (16 - depth)
    if colour == 0 and depth == 16:
        samples[:, ::2] >>= 8  # some below 256, which Pillow keeps
    samples = samples.reshape(height, width, channels)
    data = b""
    for x, y, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered(packed(part.reshape(part.shape[0], -1), depth), max(1, channels * depth // 8))
    stream = zlib.compress(data, 9)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    idat = chunk(b"IDAT", stream[:20]) + chunk(b"IDAT", stream[20:])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + idat + chunk(b"IEND", b"")


def picture(name, file):
    image = Image.open(io.BytesIO(file))
    rgb = np.asarray(image.convert("RGB"))
    return {"name": name, "file": text(file), "size": rgb.shape[:2], "rgb": text(rgb.tobytes())}


KINDS = {"grey": (0, (1, 2, 4, 8, 16)), "RGB": (2, (8, 16)), "palette": (3, (1, 2, 4, 8)), "grey and alpha": (4, (8, 16)), "RGBA": (6, (8, 16))}


def palette(depth):
    colours = min(2**depth, 200)  # indices above it are black
    return chunk(b"PLTE", noise((colours, 3), 3).tobytes())


def pngs():
    for name, (colour, depths) in KINDS.items():
        for depth in depths:
            extra = palette(depth) if colour == 3 else b""
            for interlaced in (False, True):
                yield picture(f"{name}, {depth} bits{', interlaced' if interlaced else ''}", png(5, 9, colour, depth, interlaced, extra))
    yield picture("1x1 interlaced", png(1, 1, 2, 8, True))
    yield picture("3x2 interlaced", png(3, 2, 0, 1, True))
    yield picture("palette with opacity", png(3, 4, 3, 2, False, palette(2) + chunk(b"tRNS", b"\0\x80\xff")))
    first = noise((1, 6, 2), 2)[0, :3, 0].tolist()  # the first pixel of png()
    yield picture("RGB with a colour that is transparent", png(2, 2, 2, 8, False, chunk(b"tRNS", bytes(b for v in first for b in (0, v)))))
    yield picture("grey with a transparent value", png(2, 2, 0, 8, False, chunk(b"tRNS", bytes([0, first[0]]))))
    yield picture("as Pillow writes it", encoded(Image.fromarray(noise((4, 6, 3), 4)), "PNG"))


save("png", pngs())


# JPEG: a smooth picture with one colour per corner, and greys.
def smooth(height, width, chroma=1.0):
    y, x = np.mgrid[0:height, 0:width].astype(float)
    y, x = y / max(1, height - 1), x / max(1, width - 1)
    grey = 60 + 130 * (0.6 * x + 0.4 * y)
    tints = np.stack([60 * (x - 0.5), 50 * (y - 0.5), 60 * (0.5 - x * y)], -1) * chroma
    return Image.fromarray(np.clip(np.rint(grey[..., None] + tints), 0, 255).astype(np.uint8))


def jpegs():
    size = (13, 19)
    image = smooth(*size)
    yield picture("grey", encoded(image.convert("L"), "JPEG", quality=90, optimize=True))
    yield picture("4:4:4", encoded(image, "JPEG", quality=90, subsampling=0, optimize=True))
    yield picture("4:4:4 progressive", encoded(image, "JPEG", quality=90, subsampling=0, progressive=True))
    yield picture("4:4:4 with restart marks", encoded(image, "JPEG", quality=90, subsampling=0, restart_marker_blocks=1, optimize=True))
    yield picture("RGB without chroma", encoded(image, "JPEG", quality=90, keep_rgb=True, optimize=True))
    tinted = Image.merge("YCbCr", [image.convert("L"), Image.new("L", image.size, 90), Image.new("L", image.size, 150)]).convert("RGB")
    yield picture("4:2:0, one tint", encoded(tinted, "JPEG", quality=95, subsampling=2, optimize=True))
    speckled = Image.fromarray(noise((13, 19, 3), 8))
    yield picture("4:2:0", encoded(speckled, "JPEG", quality=80, subsampling=2, optimize=True))
    yield picture("4:2:0 progressive, 17x11", encoded(speckled.crop((1, 2, 12, 19)), "JPEG", quality=75, subsampling=2, progressive=True))
    yield picture("grey progressive", encoded(image.convert("L"), "JPEG", quality=60, progressive=True))
    yield picture("4:2:0, 4x3", encoded(speckled.crop((0, 0, 3, 4)), "JPEG", quality=80, subsampling=2, optimize=True))
    wide = encoded(Image.fromarray(noise((16, 16, 3), 9)), "JPEG", quality=80, subsampling=1, optimize=True)
    yield picture("4:2:2", wide)
    # The same blocks, which are then two beside each other instead of two below each other: chroma of half height.
    frame = wide.index(b"\xff\xc0")
    yield picture("4:4:0", wide[: frame + 11] + b"\x12" + wide[frame + 12 :])
    # The JFIF segment's place taken by Adobe's, which says that there is luma and chroma.
    plain = encoded(image, "JPEG", quality=90, subsampling=0, optimize=True)
    yield picture("4:4:4 by Adobe", plain[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01" + plain[20:])
    yield picture("CMYK", encoded(image.convert("CMYK"), "JPEG", quality=90, optimize=True))


save("jpeg", jpegs())


# One channel, as load_img(color_mode="grayscale") has it; None where Keras keeps 16 bits.
def greys():
    for kind, cases in (("PNG", pngs()), ("JPEG", (c for c in jpegs() if c["name"] in ("grey", "4:4:4")))):
        for case in cases:
            grey = load_img(io.BytesIO(base64.b64decode(case["file"])), color_mode="grayscale")
            yield {"format": kind, "name": case["name"], "grey": text(np.asarray(grey).tobytes()) if grey.mode == "L" else None}


def resized_grey(size, target, interpolation):
    file = io.BytesIO(encoded(Image.fromarray(noise((*size, 3), 1)), "PNG"))
    result = np.asarray(load_img(file, color_mode="grayscale", target_size=target, interpolation=interpolation))
    return {"size": size, "target": target, "interpolation": interpolation, **summary(result.tobytes())}


save("grey", greys())
save("resize_grey", [resized_grey((48, 64), t, i) for t in ((24, 32), (29, 13), (64, 96)) for i in ("nearest", "bilinear")])


# Orientation: what a camera wrote, and what Pillow makes of it.
def oriented(orientation, format):
    exif = Image.Exif()
    exif.endian = "<>"[orientation % 2]
    exif[0x010F] = "camera"
    exif[0x0112] = orientation
    options = {"JPEG": {"quality": 90, "subsampling": 0, "optimize": True}, "PNG": {}}[format]
    file = encoded(smooth(6, 10), format, exif=exif, **options)
    image = Image.open(io.BytesIO(file))
    seen = np.asarray(ImageOps.exif_transpose(image))
    return {
        "name": f"{format} {orientation}", "format": format, "orientation": orientation, "file": text(file), "stored": text(np.asarray(image).tobytes()),
        "size": seen.shape[:2], "rgb": text(seen.tobytes()),
    }


save("exif", [oriented(o, f) for f in ("JPEG", "PNG") for o in range(1, 9)])


# Preprocessing of bytes, in f32.
NETWORKS = {
    "vgg16": applications.vgg16, "vgg19": applications.vgg19, "resnet50": applications.resnet50, "resnet101": applications.resnet,
    "resnet152": applications.resnet, "inception_v3": applications.inception_v3, "xception": applications.xception,
    "mobilenet": applications.mobilenet, "mobilenet_v2": applications.mobilenet_v2, "densenet121": applications.densenet,
    "efficientnet_b0": applications.efficientnet,
}


def preprocessed(network, module):
    y = np.asarray(module.preprocess_input(noise((2, 5, 7, 3), 5).astype(np.float32)), np.float32)
    return {"network": network, "shape": y.shape, "values": [float(f"{v:.9g}") for v in y.ravel()[:6]], "fnv": fnv(y.tobytes())}


save("preprocess", [preprocessed(n, m) for n, m in NETWORKS.items()])


# Decoded predictions: scores of 24 bits, which differ; and scores of one of eight values, where a stable argsort says what comes first.
imagenet_utils.CLASS_INDEX = {str(i): [f"n{i:08d}", f"label_{i}"] for i in range(1000)}


def decoded(top):
    raw = noise((2, 1000, 3), 6).astype(np.float32)
    scores = (raw[..., 0] * 65536 + raw[..., 1] * 256 + raw[..., 2]) / np.float32(2**24)
    assert all(len(set(row)) == 1000 for row in scores.tolist())
    rows = imagenet_utils.decode_predictions(scores, top)
    return {"top": top, "rows": [[[wnid, label, float(score)] for wnid, label, score in row] for row in rows]}


ties = (noise((1000,), 7) >> 5).astype(np.float32)
stable = ties.argsort(kind="stable")[-20:][::-1]
print("numpy's argsort is stable on these ties:", (ties.argsort()[-20:][::-1] == stable).all())
save("decode", [decoded(1), decoded(5), decoded(12), {"ties": stable.tolist()}])
