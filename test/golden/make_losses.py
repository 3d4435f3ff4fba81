"""What real Keras computes for losses, metrics, weights of samples and classes, several outputs, regularizers and constraints, on small data.
Run: KERAS_BACKEND=jax python test/golden/make_losses.py   (keras 3.15.1, jax 0.10, numpy 2)"""
import json
import os

import jax
import keras
import numpy as np
from keras import constraints, layers, losses, metrics, optimizers, regularizers

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(9)


def uniform(shape, low=-1.0, high=1.0):
    return random.uniform(low, high, shape).astype(np.float32)


def flat(v):
    """Nine digits tell every f32 from its neighbours."""
    return [float(f"{float(x):.9g}") for x in np.asarray(v, np.float32).ravel()]


def tensor(v):
    return {"shape": list(np.shape(v)), "data": flat(v)}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(r.capitalize() for r in rest)


def one_hot(shape, K):
    return np.eye(K, dtype=np.float32)[random.integers(0, K, shape)]


ENDS = {"none": lambda x: x, "softmax": jax.nn.softmax, "sigmoid": jax.nn.sigmoid}


def loss_case(cls, end, x, t, **options):
    loss = getattr(losses, cls)(**options)
    value, gradient = jax.value_and_grad(lambda v: loss(t, ENDS[end](v)))(x)
    name = cls[0].lower() + cls[1:]
    name = {"kLDivergence": "klDivergence"}.get(name, name)
    given = {camel(k): v for k, v in options.items()}
    return {"loss": name, "options": given, "end": end, "x": tensor(x), "t": tensor(t), "value": flat(value)[0], "gradient": flat(gradient)}


def loss_cases():
    N, K = 5, 4
    scores, shares = uniform((N, K), -3, 3), uniform((N, K), 0.05, 0.95)
    hot, labels, soft = one_hot(N, K), random.integers(0, K, N), uniform((N, K), 0, 1)
    bits = (uniform((N, K)) > 0).astype(np.float32)
    pixels, places = uniform((2, 3, 2, K), -3, 3), random.integers(0, K, (2, 3, 2))
    for cls in ["CategoricalCrossentropy", "CategoricalFocalCrossentropy"]:
        for options in [{}, {"label_smoothing": 0.1}]:
            yield loss_case(cls, "softmax", scores, hot, **options)
            yield loss_case(cls, "none", shares, hot, **options)
            yield loss_case(cls, "none", scores, hot, from_logits=True, **options)
    yield loss_case("CategoricalCrossentropy", "softmax", scores, soft)
    yield loss_case("CategoricalCrossentropy", "softmax", pixels, np.eye(K, dtype=np.float32)[places])
    yield loss_case("CategoricalFocalCrossentropy", "softmax", scores, hot, alpha=0.5, gamma=1.5)
    for end, x, options in [("softmax", scores, {}), ("none", shares, {}), ("none", scores, {"from_logits": True})]:
        yield loss_case("SparseCategoricalCrossentropy", end, x, labels, **options)
    yield loss_case("SparseCategoricalCrossentropy", "softmax", pixels, places)
    yield loss_case("SparseCategoricalCrossentropy", "none", 1e3 * scores, labels, from_logits=True)
    for cls in ["BinaryCrossentropy", "BinaryFocalCrossentropy"]:
        for options in [{}, {"label_smoothing": 0.1}]:
            yield loss_case(cls, "sigmoid", scores, bits, **options)
            yield loss_case(cls, "none", shares, bits, **options)
            yield loss_case(cls, "none", scores, bits, from_logits=True, **options)
    yield loss_case("BinaryCrossentropy", "sigmoid", pixels, (pixels > 1).astype(np.float32))
    yield loss_case("BinaryCrossentropy", "none", 1e3 * scores, bits, from_logits=True)
    yield loss_case("BinaryFocalCrossentropy", "sigmoid", scores, bits, apply_class_balancing=True, alpha=0.3, gamma=3.0)
    numbers = uniform((N, K), -3, 3)
    for cls in ["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "Huber", "LogCosh", "CosineSimilarity"]:
        yield loss_case(cls, "none", scores, numbers)
    yield loss_case("MeanSquaredError", "none", pixels, uniform(pixels.shape))
    yield loss_case("CosineSimilarity", "none", pixels, uniform(pixels.shape))
    yield loss_case("Huber", "none", scores, numbers, delta=0.4)
    for cls in ["MeanSquaredLogarithmicError", "Poisson"]:
        yield loss_case(cls, "none", uniform((N, K), 0.1, 3), uniform((N, K), 0, 3))
    yield loss_case("KLDivergence", "softmax", scores, soft)
    yield loss_case("KLDivergence", "none", uniform((2, 3, K), 0.05, 1), uniform((2, 3, K), 0, 1))
    for cls in ["Hinge", "SquaredHinge"]:
        yield loss_case(cls, "none", scores, bits)
        yield loss_case(cls, "none", scores, 2 * bits - 1)
    yield loss_case("CategoricalHinge", "none", scores, hot)


def metric_group(loss, y, t, weight, *given):
    """Each metric over three batches of which the last is smaller, without weights and with them."""
    cases = []
    for key, metric in given:
        results = []
        for weighted in [False, True]:
            metric.reset_state()
            for begin in range(0, len(y), 4):
                part = slice(begin, begin + 4)
                metric.update_state(t[part], y[part], weight[part] if weighted else None)
            results.append(np.asarray(metric.result()).tolist())
        cases.append({"metric": key[0], "options": key[1], "plain": results[0], "weighted": results[1]})
    return {"loss": loss, "y": tensor(y), "t": tensor(t), "weight": flat(weight), "metrics": cases}


def metric_groups():
    N, K = 11, 4
    m = metrics
    weight = uniform((N,), 0, 2)
    shares = jax.nn.softmax(uniform((N, K), -2, 2))
    shares = np.asarray(shares)
    hot, labels = one_hot(N, K), random.integers(0, K, (N, 1)).astype(np.float32)
    bits, column = (uniform((N, K)) > 0.2).astype(np.float32), uniform((N, 1), 0, 1)
    answers = ((column + uniform((N, 1), -0.4, 0.4)) > 0.5).astype(np.float32)
    yield metric_group(
        "categoricalCrossentropy", shares, hot, weight,
        (("categoricalAccuracy", {}), m.CategoricalAccuracy()),
        (("topKCategoricalAccuracy", {"k": 2}), m.TopKCategoricalAccuracy(k=2)),
        (("precision", {}), m.Precision()),
        (("recall", {"thresholds": [0.1, 0.4]}), m.Recall(thresholds=[0.1, 0.4])),
        (("precision", {"thresholds": 0.3, "classId": 2, "name": "of_class"}), m.Precision(thresholds=0.3, class_id=2)),
        (("f1Score", {}), m.F1Score()),
        (("f1Score", {"average": "macro", "name": "macro"}), m.F1Score(average="macro")),
        (("f1Score", {"average": "micro", "name": "micro"}), m.F1Score(average="micro")),
        (("f1Score", {"average": "weighted", "name": "by_support"}), m.F1Score(average="weighted")),
        (("fBetaScore", {"beta": 2.0, "threshold": 0.3, "average": "macro"}), m.FBetaScore(beta=2.0, threshold=0.3, average="macro")),
        (("auc", {}), m.AUC()),
        (("auc", {"multiLabel": True, "name": "by_label"}), m.AUC(multi_label=True)),
    )
    yield metric_group(
        "sparseCategoricalCrossentropy", shares, labels, weight,
        (("sparseCategoricalAccuracy", {}), m.SparseCategoricalAccuracy()),
        (("sparseTopKCategoricalAccuracy", {"k": 3}), m.SparseTopKCategoricalAccuracy(k=3)),
    )
    curves = [{"curve": "ROC"}, {"curve": "PR"}, {"curve": "ROC", "summationMethod": "minoring"}, {"curve": "PR", "summationMethod": "majoring"},
              {"curve": "PR", "numThresholds": 7}]
    yield metric_group(
        "binaryCrossentropy", column, answers, weight,
        (("binaryAccuracy", {}), m.BinaryAccuracy()),
        (("binaryAccuracy", {"threshold": 0.3, "name": "low"}), m.BinaryAccuracy(threshold=0.3)),
        *[(("auc", {**c, "name": f"auc_{i}"}), m.AUC(num_thresholds=c.get("numThresholds", 200), curve=c["curve"],
            summation_method=c.get("summationMethod", "interpolation"))) for i, c in enumerate(curves)],
    )
    yield metric_group("binaryCrossentropy", np.asarray(uniform((N, K), 0, 1)), bits, weight, (("binaryAccuracy", {}), m.BinaryAccuracy()),
                       (("recall", {}), m.Recall()), (("auc", {"curve": "PR"}), m.AUC(curve="PR")))
    yield metric_group(
        "meanSquaredError", uniform((N, K), 0.1, 3), uniform((N, K), 0.1, 3), weight,
        (("rootMeanSquaredError", {}), m.RootMeanSquaredError()),
        (("cosineSimilarity", {}), m.CosineSimilarity()),
        *[((k, {}), c()) for k, c in {"meanAbsoluteError": m.MeanAbsoluteError, "meanAbsolutePercentageError": m.MeanAbsolutePercentageError,
            "meanSquaredLogarithmicError": m.MeanSquaredLogarithmicError, "logCosh": m.LogCoshError, "poisson": m.Poisson}.items()],
    )


X, LABELS = uniform((11, 5)), random.integers(0, 3, 11)
Y2 = uniform((11, 1))
WEIGHT, WEIGHT2 = uniform((11,), 0, 2), uniform((11,), 0, 2)


def trained(name, model, y, fit, epochs=2, **compiled):
    """Two epochs in batches of 4 as they come, and an evaluation."""
    for w in model.weights:
        if "moving" not in w.path:
            w.assign(uniform(w.shape, -0.8, 0.8))
    before = [tensor(w) for w in model.weights]
    model.compile(optimizer=optimizers.SGD(0.2), **compiled)
    history = model.fit(X, y, batch_size=4, epochs=epochs, shuffle=False, verbose=0, **fit).history
    scores = model.evaluate(X, y, batch_size=4, verbose=0, return_dict=True, sample_weight=fit.get("sample_weight"))
    return {"name": name, "before": before, "after": [tensor(w) for w in model.weights],
            "history": {k: flat(v) for k, v in history.items()}, "scores": {k: float(v) for k, v in scores.items()}}


def classifier():
    x = layers.Input((5,))
    h = layers.Dense(4, activation="relu", name="hidden")(x)
    return keras.Model(x, layers.Dense(3, activation="softmax", name="out")(h))


def two_outputs():
    x = layers.Input((5,))
    h = layers.Dense(4, activation="tanh", name="hidden")(x)
    return keras.Model(x, [layers.Dense(3, activation="softmax", name="kind")(h), layers.Dense(1, name="size")(h)])


def regularized():
    x = layers.Input((5,))
    h = layers.Dense(4, name="hidden", kernel_regularizer=regularizers.L1L2(0.02, 0.03), bias_regularizer=regularizers.L2(0.1),
                     activity_regularizer=regularizers.L1(0.05))(x)
    h = layers.BatchNormalization(name="norm", gamma_regularizer=regularizers.L2(0.2), beta_regularizer=regularizers.L1(0.1))(h)
    h = layers.ActivityRegularization(l1=0.01, l2=0.02, name="active")(h)
    return keras.Model(x, layers.Dense(3, activation="softmax", name="out", kernel_regularizer="l2")(h))


def constrained():
    x = layers.Input((5,))
    h = layers.Dense(4, name="a", kernel_constraint=constraints.MaxNorm(0.7), bias_constraint=constraints.NonNeg())(x)
    h = layers.Dense(6, name="b", kernel_constraint=constraints.UnitNorm(axis=1))(h)
    return keras.Model(x, layers.Dense(3, activation="softmax", name="out", kernel_constraint=constraints.MinMaxNorm(0.5, 0.9, rate=0.6))(h))


def trainings():
    sparse = {"loss": "sparse_categorical_crossentropy"}
    both = {"metrics": ["accuracy"], "weighted_metrics": ["accuracy", "sparse_categorical_crossentropy"]}
    yield trained("sample weights", classifier(), LABELS, {"sample_weight": WEIGHT}, **sparse, **both)
    yield trained("class weights", classifier(), LABELS, {"class_weight": {0: 0.5, 2: 3.0}}, **sparse, **both)
    yield trained("two outputs", two_outputs(), [LABELS, Y2], {}, loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[0.7, 2.0],
                  metrics=[["accuracy"], ["mae"]])
    model = two_outputs()
    yield trained("two outputs with weights", model, [LABELS, Y2], {"sample_weight": [WEIGHT, WEIGHT2]},
                  loss={"kind": "sparse_categorical_crossentropy", "size": "huber"}, weighted_metrics={"size": ["mae"]})
    yield trained("regularizers", regularized(), LABELS, {}, **sparse)
    yield trained("constraints", constrained(), LABELS, {}, **sparse)


if __name__ == "__main__":
    data = {"x": tensor(X), "labels": [int(v) for v in LABELS], "y2": tensor(Y2), "weight": flat(WEIGHT), "weight2": flat(WEIGHT2)}
    out = {"losses": list(loss_cases()), "metrics": list(metric_groups()), "data": data, "trainings": list(trainings())}
    with open(os.path.join(HERE, "losses.json"), "w") as f:
        json.dump(out, f, separators=(",", ":"))
        f.write("\n")
