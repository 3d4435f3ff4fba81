"""What Keras's image_dataset_from_directory makes of a folder of pictures: files, their order, splits, labels, values.
The pictures are noise, which TypeScript makes too (test/support/picture_folder.ts).
Run: KERAS_BACKEND=tensorflow python test/golden/make_image_dataset.py   (keras 3.15.1, tensorflow 2.21)"""
import base64
import json
import os
import tempfile

import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from keras.utils import image_dataset_from_directory
from PIL import Image

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")

# path: [height, width, seed]
PICTURES = {
    "b_dog/2.png": [9, 14, 1],
    "b_dog/10.png": [7, 5, 2],
    "b_dog/more/1.png": [12, 12, 3],
    "b_dog.x/z.PNG": [8, 8, 4],
    "a_cat/1.png": [16, 6, 5],
    "a_cat/B.png": [6, 16, 6],
    "a_cat/a.png": [5, 7, 7],
    "C_owl/1.png": [10, 13, 8],
    "C_owl/2.png": [31, 3, 9],
    "C_owl/sub/a/3.png": [4, 29, 10],
    "C_owl/sub.b/4.png": [8, 8, 11],
}
OTHER = ["a_cat/readme.txt", "top.png", ".hidden/1.png"]


def noise(shape, seed):
    """Bytes that TypeScript makes too: test/support/pictures.ts."""
    out, x = np.empty(int(np.prod(shape)), np.uint8), seed
    for i in range(out.size):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = x >> 24
    return out.reshape(shape)


def folder():
    root = tempfile.mkdtemp()
    for path in [*PICTURES, *OTHER]:
        file = os.path.join(root, path)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        height, width, seed = PICTURES.get(path, [2, 2, 99])
        if path.endswith(".txt"):
            open(file, "w").write("no picture")
        else:
            Image.fromarray(noise((height, width, 3), seed)).save(file, "PNG")
    return root


ROOT = folder()


def relative(dataset):
    return [os.path.relpath(path, ROOT) for path in dataset.file_paths]


def batches(dataset):
    pairs = [(x.numpy(), y.numpy()) for x, y in dataset]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


BASE = {"image_size": (8, 8), "verbose": False}
LISTS = [
    {"shuffle": False},
    {"shuffle": False, "class_names": ["b_dog", "C_owl"]},
    {"shuffle": True, "seed": 7},
    {"shuffle": False, "validation_split": 0.3, "subset": "both"},
    {"shuffle": True, "seed": 1234567890, "validation_split": 0.4, "subset": "both"},
    {"shuffle": False, "label_mode": "categorical"},
    {"shuffle": False, "label_mode": "binary", "class_names": ["a_cat", "C_owl"]},
    {"shuffle": False, "labels": [3, 0, 1, 2, 2, 1, 0, 0, 3, 1, 2, 0, 1]},
]


def listed(options):
    made = image_dataset_from_directory(ROOT, **BASE, **options)
    sides = made if isinstance(made, list) else [made]
    result = []
    for side in sides:
        entry = {"files": relative(side), "class_names": side.class_names}
        if not options["shuffle"]:  # tf.data shuffles the epochs in its own way
            y = batches(side)[1]
            entry["y"], entry["shape"] = y.ravel().tolist(), list(y.shape)
        result.append(entry)
    return {"options": options, "sides": result}


VALUES = [
    {"image_size": [8, 8], "interpolation": "bilinear"},
    {"image_size": [5, 11], "interpolation": "bilinear"},
    {"image_size": [23, 6], "interpolation": "nearest"},
    {"image_size": [8, 6], "interpolation": "bilinear", "crop_to_aspect_ratio": True},
    {"image_size": [5, 9], "interpolation": "nearest", "crop_to_aspect_ratio": True},
    {"image_size": [12, 13], "interpolation": "bilinear", "pad_to_aspect_ratio": True},
]


def valued(options):
    dataset = image_dataset_from_directory(ROOT, shuffle=False, verbose=False, labels=None, **options)
    x = np.concatenate([x.numpy() for x in dataset]).astype(np.float32)
    # Three of every hundred values are enough to tell, and a sum.
    return {
        "options": options,
        "shape": list(x.shape),
        "sample": base64.b64encode(x.ravel()[::37].tobytes()).decode(),
        "sum": float(x.astype(np.float64).sum()),
    }


# Hidden folders are classes to flow_from_directory, and are not here.
VISIBLE = ["C_owl", "a_cat", "b_dog", "b_dog.x"]
FLOWS = [
    {"target_size": [8, 8]},
    {"target_size": [5, 7], "interpolation": "bilinear", "class_mode": "sparse"},
    {"target_size": [6, 6], "color_mode": "grayscale", "classes": ["a_cat", "C_owl"], "class_mode": "binary"},
    {"target_size": [4, 4], "subset": "training", "validation_split": 0.4},
    {"target_size": [4, 4], "subset": "validation", "validation_split": 0.4},
]


def flowed(options):
    """In order: what is drawn for the epochs is Keras's own."""
    own = {k: v for k, v in options.items() if k != "validation_split"}
    generator = ImageDataGenerator(validation_split=options.get("validation_split", 0.0))
    flow = generator.flow_from_directory(ROOT, **{"classes": VISIBLE, **own}, shuffle=False, batch_size=100)
    x, y = flow[0]
    sample = base64.b64encode(x.astype(np.uint8).ravel()[::7].tobytes()).decode()
    made = {"files": flow.filenames, "classes": list(flow.class_indices), "shape": list(x.shape), "y": np.ravel(y).tolist()}
    return {"options": options, **made, "sample": sample, "sum": float(x.astype(np.float64).sum())}


with open(os.path.join(HERE, "dataset.json"), "w") as f:
    made = {"lists": [listed(o) for o in LISTS], "values": [valued(o) for o in VALUES], "flows": [flowed(o) for o in FLOWS]}
    json.dump({"pictures": PICTURES, "other": OTHER, **made}, f)
    f.write("\n")
