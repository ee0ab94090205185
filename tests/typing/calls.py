"""What users write, right and wrong, as `mypy --strict` reads it; a wrong line is marked with the error it must give.

Nothing of it is run.
"""

from collections.abc import Sequence
from typing import assert_type

import numpy as np

import glassnet as gn
from glassnet.typing import LossLike, OwnSettings, TrainingSettings

iris = gn.datasets.iris()
X, y = iris.X, iris.y
net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])


class Cube(gn.activations.Activation):
    """An activation of one's own."""


class Cubic(gn.Loss):
    """A loss of one's own."""


def compared(losses: Sequence[LossLike]) -> list[float]:
    """Losses by name or as objects, from a function of one's own."""
    return [net.fit(X, y, loss=loss)["loss"][-1] for loss in losses]


def right() -> None:
    """No line gives an error."""
    assert_type(net.fit(X, y, loss="cross_entropy", optimizer="adam", epochs=5, batch_size=16, seed=0), gn.History)
    net.fit([[0.0, 1.0], [1.0, 0.0]], [0, 1], loss=gn.CrossEntropy(label_smoothing=0.1), optimizer=gn.Adam(0.05))
    net.fit(X, y, loss=Cubic, validation=0.2, metrics=["accuracy", gn.metrics.F1()], stop="early_stopping", verbose=1)
    net.fit(X, y, loss=Cubic(), validation=(X, y), class_weight="balanced", penalty="l2", clip=gn.ClipNorm(1.0))
    net.fit(X, y, loss={"name": "huber"}, validation=(X, y, np.ones(150)), class_weight={0: 2.0}, average=0.9)
    net.fit(X, y, loss="poisson", accumulate=4, mixup=0.2, shuffle=np.random.default_rng(0))
    net.fit(X, y, loss="huber", stop=[gn.MaxTime("5m"), gn.Target("loss", 0.1)], checkpoint="runs/a", resume=True)
    net.fit(X, y, loss="huber", seed=np.random.default_rng(0), sample_weight=[1.0] * 150)
    net.fit(X, y, loss="huber", checkpoint=gn.Checkpoint("runs/a"), optimizer_state=gn.OptimizerState())
    net.fit(gn.Blocks(lambda: iter([(X, y)])), loss="huber", listeners=[gn.listeners.CSVLog("log.csv")])
    for epoch in net.training(X, y, loss="cross_entropy", optimizer=gn.SGD(gn.Cosine(0.1))):
        assert_type(epoch.loss, float)

    settings: TrainingSettings = {"optimizer": "lion", "batch_size": 8}
    each: list[OwnSettings] = [{"seed": seed, "rows": np.arange(100)} for seed in range(3)]
    assert_type(gn.train_many([net], X, y, loss="cross_entropy", each=each, **settings), list[gn.History])
    several = gn.train_many([net], X, y, loss="huber", on_error="return")
    assert_type(several, list[gn.History | gn.Diverged])
    assert_type(gn.learning_rate_range(net, X, y, loss="huber", optimizer="momentum").suggestion, float)
    training = gn.TableTraining(iris.to_polars(), "species", recipe=gn.Recipe(), n_ensemble=2, columns={"drop": ["a"]})
    assert_type(training.model, gn.TableModel)
    assert_type(gn.cross_validate(iris.to_polars(), "species", folds=3, group="plant"), gn.CrossValidation)
    assert_type(net.evaluate(X, y, loss="cross_entropy", metrics=["roc_auc"]), dict[str, float])

    model = gn.load("model.safetensors")
    if isinstance(model, gn.Network):
        model.predict(X)
    assert_type(gn.Network.load("model.safetensors"), gn.Network)
    assert_type(gn.TableModel.load("model.safetensors"), gn.TableModel)

    gn.Dense(3, "selu", weights="he_normal", biases=gn.ThroughData(), penalty="l1")
    gn.Dense(3, Cube()), gn.Dense(3, Cube), gn.Activation("mish")
    assert_type(gn.Dense(2, "tanh").activation, gn.activations.Activation)


def wrong() -> None:
    """Each line gives the error that it is marked with."""
    net.fit(X, y, loss="huber", epochz=5)  # type: ignore[call-arg]
    net.fit(X, y)  # type: ignore[call-arg]
    net.fit(X, y, loss="cros_entropy")  # type: ignore[arg-type]
    net.fit(X, y, loss=gn.Adam(0.1))  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", optimizer="adm")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", optimizer=0.01)  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", metrics=["acuracy"])  # type: ignore[list-item]
    net.fit(X, y, loss="huber", metrics="accuracy")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", penalty="L2")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", penalty=1e-4)  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", clip=1.0)  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", epochs="5")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", batch_size=0.5)  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", class_weight="balanced_subsample")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", validation=[X])  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", stop="stop")  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", checkpoint=True)  # type: ignore[arg-type]
    net.fit(X, y, loss="huber", seed="0")  # type: ignore[arg-type]
    net.training(X, y, loss="huber", verbose=1)  # type: ignore[call-arg]
    net.training(X, y, loss="huber", lr=0.1)  # type: ignore[call-arg]
    gn.train_many([net], X, y, loss="huber", epochz=5)  # type: ignore[call-overload]
    gn.train_many([net], X, y, loss="huber", each=[{"sed": 1}])  # type: ignore[call-overload]
    gn.train_many([net], X, y, loss="huber", on_error="ignore")  # type: ignore[call-overload]
    gn.learning_rate_range(net, X, y, loss="cros_entropy")  # type: ignore[arg-type]
    gn.learning_rate_range(net, X, y, loss="huber", epochs=5)  # type: ignore[call-arg]
    gn.learning_rate_range(net, X, y, loss="huber", batch_size=0.5)  # type: ignore[arg-type]
    gn.TableTraining(iris.to_polars(), "species", n_ensembles=2)  # type: ignore[call-arg]
    gn.TableTraining(iris.to_polars(), "species", interval="0.9")  # type: ignore[arg-type]
    gn.cross_validate(iris.to_polars(), "species", weights="w")  # type: ignore[call-arg]
    net.evaluate(X, y, loss="cros_entropy")  # type: ignore[arg-type]
    gn.load("model.safetensors").parameters  # type: ignore[union-attr]
    gn.load(5)  # type: ignore[arg-type]
    gn.Dense(3, "relo")  # type: ignore[arg-type]
    gn.Dense(3, weights="he")  # type: ignore[arg-type]
    gn.Dense(3, units=4)  # type: ignore[misc]
    gn.Adam(lr=0.1)  # type: ignore[call-arg]
