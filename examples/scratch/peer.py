"""Trains what main.ts has left in a folder with real Keras: the same first weights, pictures, order and epochs; and compares.
Run: KERAS_BACKEND=jax python examples/scratch/peer.py FOLDER   (keras 3.15.1)"""
import json
import os
import sys

import keras
import numpy as np

folder = sys.argv[1]
read = lambda name: np.fromfile(os.path.join(folder, name), np.uint8)
pictures = lambda name: read(name).reshape(-1, 32, 32, 3).astype(np.float32)
with open(os.path.join(folder, "thaw.json")) as f:
    ours = json.load(f)

model = keras.models.load_model(os.path.join(folder, "model.keras"))
model.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    pictures("train_x.bin"),
    read("train_y.bin"),
    batch_size=ours["batch"],
    epochs=len(ours["epochs"]),
    shuffle=False,
    validation_data=(pictures("val_x.bin"), read("val_y.bin")),
    verbose=0,
).history
with open(os.path.join(folder, "keras.json"), "w") as f:
    json.dump(history, f)
print("epoch  " + "  ".join(f"{side} {k:12}" for k in ("loss", "accuracy", "val_loss", "val_accuracy") for side in ("Keras", "Thaw ")))
for i, logs in enumerate(ours["epochs"]):
    pairs = [(history[k][i], logs[k]) for k in ("loss", "accuracy", "val_loss", "val_accuracy")]
    print(f"{i + 1:5}  " + "  ".join(f"{v:<18.4f}" for pair in pairs for v in pair))
