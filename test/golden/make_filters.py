"""Datasets that h5py wrote through filters, each beside the same values as they are: keras_files/filters.h5.
Run: python test/golden/make_filters.py   (h5py 3.16)"""
import os

import h5py
import numpy as np

import recipe

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "keras_files", "filters.h5")

VALUES = {
    "zeros": np.zeros((70, 11), np.float32),  # one long copy of what it has just made
    "ramp": (np.arange(3000, dtype=np.float32) % 173).reshape(60, 50),
    "noise": recipe.unit("noise", 900).astype(np.float32).reshape(30, 30),  # not smaller: stored as it is
    "far": np.tile(recipe.unit("far", 1500).astype(np.float32), 2).reshape(60, 50),  # copies from thousands of bytes before
}
FILTERS = {
    "lzf": {"compression": "lzf"},
    "lzf_shuffle": {"compression": "lzf", "shuffle": True},
    "lzf_all": {"compression": "lzf", "shuffle": True, "fletcher32": True},
}

with h5py.File(OUT, "w") as f:
    for name, data in VALUES.items():
        f[f"plain/{name}"] = data
        for filters, options in FILTERS.items():
            chunks = data.shape if filters == "lzf" else (data.shape[0] // 2, data.shape[1] - 3)
            f.create_dataset(f"{filters}/{name}", data=data, chunks=chunks, **options)
    f.create_dataset("refused/scaleoffset", data=np.arange(100, dtype=np.int32), chunks=(10,), scaleoffset=0)
    if h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
        try:
            f.create_dataset("refused/szip", data=np.arange(1000, dtype=np.float32), chunks=(100,), compression="szip")
        except ValueError as error:
            print("szip:", error)
print(os.path.getsize(OUT))
