"""Optimizers: a small network after ten steps, with the state of its optimizer, and schedules, as real Keras computes them.
Run: python test/golden/make_optimizers.py   (keras 3.15.1, jax 0.10); runs itself once for each precision

optimizers.json: for each optimizer and its options the weights after ten steps in f64, and how far those in f32 are from them at most, which is
how far the same operations in f32 may be off; schedules by step."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH, FEATURES, UNITS, CLASSES = 10, 4, 3, 5, 3

EMA = {"use_ema": True, "ema_momentum": 0.8}
CASES = [
    ("SGD", {}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.1}),
    ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.1, "momentum": 0.5}),
    ("SGD", {"learning_rate": 0.1, "clipvalue": 0.02}),
    ("SGD", {"learning_rate": 0.1, "weight_decay": 0.05}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.9, **EMA}),
    ("SGD", {"learning_rate": 0.1, "ema_overwrite_frequency": 3, **EMA}),
    ("RMSprop", {}),
    ("RMSprop", {"learning_rate": 0.01, "rho": 0.8, "momentum": 0.7, "epsilon": 1e-3}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True}),
    ("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.5, **EMA}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 1e-2}),
    ("Adadelta", {}),
    ("Adadelta", {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-4}),
    ("Adam", {}),
    ("Adam", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4, "amsgrad": True}),
    ("Adam", {"learning_rate": 0.02, "weight_decay": 0.1, "global_clipnorm": 0.1, "ema_overwrite_frequency": 4, **EMA}),
    ("AdamW", {"learning_rate": 0.02}),
    ("AdamW", {"learning_rate": 0.02, "weight_decay": 0.3, "exclude": ["bias"]}),
    ("Adamax", {"learning_rate": 0.01}),
    ("Nadam", {"learning_rate": 0.01}),
    ("Nadam", {"learning_rate": 0.01, "beta_1": 0.7, "beta_2": 0.9, "clipnorm": 0.2}),
    ("Lion", {"learning_rate": 0.003}),
    ("Lion", {"learning_rate": 0.003, "beta_1": 0.7, "beta_2": 0.8, "weight_decay": 0.1}),
    ("SGD", {"schedule": ["CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 8, "warmup_target": 0.2, "warmup_steps": 4}]}),
]

SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9}),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5, "staircase": True}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5}),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5, "staircase": True}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 9}),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 9, "end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
    ("PiecewiseConstantDecay", {"boundaries": [3, 7], "values": [0.3, 0.2, 0.1]}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 11}),
    ("CosineDecay", {"initial_learning_rate": 0.01, "decay_steps": 11, "alpha": 0.2, "warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 4}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.8, "alpha": 0.1}),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3, "t_mul": 1.5, "m_mul": 0.7}),
]


def numbers(shape, seed):
    """A formula, so that no generator is needed: multiples of 1/64 from -1 to 1."""
    import numpy as np

    size = int(np.prod(shape))
    return np.array([((i * 37 + seed * 71) % 129 - 64) / 64 for i in range(size)]).reshape(shape)


def network(keras, precision):
    import numpy as np

    model = keras.Sequential(
        [keras.Input((FEATURES,)), keras.layers.Dense(UNITS, "tanh", name="hidden"), keras.layers.Dense(CLASSES, "softmax", name="predictions")],
        name="small",
    )
    model.set_weights([numbers(w.shape, i + 1) * 0.75 for i, w in enumerate(model.weights)])
    x = numbers((STEPS * BATCH, FEATURES), 5).astype(precision)
    y = np.eye(CLASSES)[[(i * 5 + i // 7) % CLASSES for i in range(STEPS * BATCH)]].astype(precision)
    return model, x, y


def optimizer(keras, name, options):
    options = dict(options)
    exclude = options.pop("exclude", None)
    if "schedule" in options:
        kind, given = options.pop("schedule")
        options["learning_rate"] = getattr(keras.optimizers.schedules, kind)(**given)
    made = getattr(keras.optimizers, name)(**options)
    if exclude:
        made.exclude_from_weight_decay(var_names=exclude)
    return made


def run(precision):
    import keras
    import numpy as np

    keras.config.set_floatx(precision)
    cases = []
    for name, options in CASES:
        model, x, y = network(keras, precision)
        model.compile(optimizer(keras, name, options), "categorical_crossentropy")
        model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        variables = [(v.path.split("/")[-1], np.asarray(v).astype(float).ravel().tolist()) for v in model.optimizer.variables]
        cases.append({"weights": [np.asarray(w).astype(float).ravel().tolist() for w in model.get_weights()], "variables": variables})
    rates = [[float(getattr(keras.optimizers.schedules, name)(**options)(np.asarray(s))) for s in range(30)] for name, options in SCHEDULES]
    json.dump({"cases": cases, "rates": rates}, sys.stdout)


def of_precision(precision):
    env = {**os.environ, "KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1" if precision == "float64" else "0"}
    return json.loads(subprocess.run([sys.executable, __file__, precision], env=env, check=True, capture_output=True, text=True).stdout)


def main():
    exact, single = of_precision("float64"), of_precision("float32")

    def off(a, b):
        return float(f"{max(abs(p - q) for u, v in zip(a, b, strict=True) for p, q in zip(u, v, strict=True)):.3g}")

    def values(list_of):
        return [[float(f"{v:.10g}") for v in some] for some in list_of]

    cases = []
    for (name, options), e, s in zip(CASES, exact["cases"], single["cases"], strict=True):
        names = [n for n, _ in e["variables"]]
        slots = [v for _, v in e["variables"]]
        cases.append(
            {
                "name": name,
                "options": options,
                "weights": values(e["weights"]),
                "off": off(e["weights"], s["weights"]),
                "names": names,
                "variables": values(slots),
                "variablesOff": off(slots, [v for _, v in s["variables"]]),
            }
        )
    schedules = [{"name": n, "options": o, "rates": r} for (n, o), r in zip(SCHEDULES, values(exact["rates"]), strict=True)]
    with open(os.path.join(HERE, "optimizers.json"), "w") as f:
        json.dump({"cases": cases, "schedules": schedules}, f, separators=(",", ":"))
    print(os.path.getsize(f.name))


if __name__ == "__main__":
    run(sys.argv[1]) if len(sys.argv) > 1 else main()
