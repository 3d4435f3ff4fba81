"""Networks of keras.applications that are known by their configs only: config, recipe weights, output, and figures of every layer.
Run: KERAS_BACKEND=jax python test/golden/make_applications.py [NAME ...]   (keras 3.15.1, jax 0.10)
Writes models/NAME.json."""
import base64
import gzip
import sys

import keras
import numpy as np

import recipe
from make_models import fill, outputs_of, put
from make_networks import figures, samples

NETWORKS = {
    "mobilenet_64": (lambda apps: apps.MobileNet(weights=None, include_top=False, input_shape=(64, 64, 3)), 1 / 255),
    "mobilenet_v2_64": (lambda apps: apps.MobileNetV2(weights=None, include_top=False, input_shape=(64, 64, 3)), 1 / 255),
    "mobilenet_v2": (lambda apps: apps.MobileNetV2(weights=None), 1 / 255),
    "xception_71": (lambda apps: apps.Xception(weights=None, include_top=False, input_shape=(71, 71, 3)), 1 / 255),
    "densenet121_64": (lambda apps: apps.DenseNet121(weights=None, include_top=False, input_shape=(64, 64, 3)), 1 / 255),
    "efficientnet_b0_64": (lambda apps: apps.EfficientNetB0(weights=None, include_top=False, input_shape=(64, 64, 3)), 1.0),
    "efficientnet_b0": (lambda apps: apps.EfficientNetB0(weights=None), 1.0),
}


def main(wanted):
    """The format of make_networks.py, and the config. Networks with a top: the output alone."""
    for name, (make, scale) in NETWORKS.items():
        if wanted and name not in wanted:
            continue
        keras.utils.clear_session()
        model = fill(make(keras.applications))
        x = recipe.image((1, *model.input_shape[1:])) * scale
        inner = [l for l in model.layers if type(l).__name__ != "InputLayer"]
        every = keras.Model(model.inputs, [l.output for l in inner])
        ys = outputs_of(every, x)
        with_layers = len(model.output_shape) == 4
        packed = gzip.compress(model.to_json().encode(), mtime=0)
        put(
            f"{name}.json",
            {
                "keras": keras.__version__,
                "inputShape": list(model.input_shape[1:]),
                "scale": scale,
                "params": model.count_params(),
                "config": base64.b64encode(packed).decode(),
                "layers": [{"name": l.name, "shape": list(y.shape), **figures(y)} for l, y in zip(inner, ys)] if with_layers else [],
                "output": samples(ys[-1].ravel(), min(1000 if not with_layers else 200, ys[-1].size)),
            },
        )
        print("  absMean", [f"{np.abs(y).mean():.3g}" for y in ys[:: max(1, len(ys) // 8)]], "max", ys[-1].max())


if __name__ == "__main__":
    main(sys.argv[1:])
