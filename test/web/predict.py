"""What real Keras says of one picture, with each of some files. Run by test/web/teach.test.ts: python predict.py SIDE PIXELS FILE...,
where PIXELS is a file of bytes, R G B of SIDE x SIDE pixels. Prints a list of probabilities for each file."""
import json
import sys

import keras
import numpy as np

side, pixels, *files = sys.argv[1:]
x = np.fromfile(pixels, np.uint8).reshape(1, int(side), int(side), 3).astype(np.float32)
models = [keras.models.load_model(file, compile=False) for file in files]
print(json.dumps([np.asarray(model(x, training=False)).ravel().astype(float).tolist() for model in models]))
