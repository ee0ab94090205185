"""glassnet, with both engines."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.cases import Case
from benchmarks.model import Model
from benchmarks.peers import Unavailable, blas_threads
from benchmarks.search import Search
from benchmarks.sizes import Size
from benchmarks.tasks import Task, Trainer
from benchmarks.whole_fits import Whole
from benchmarks.worker import Call
from glassnet.engine.compiled.runtime.slots import UPDATE
from glassnet.engine.job import Job
from glassnet.engine.plan import Plan
from glassnet.engine.selection import engine_of
from glassnet.training.inputs.prepared import prepare
from glassnet.typing import InitializerName, OwnSettings

SMALL = 20_000  # numbers in a batch, below which a call costs more than a few hundredths of a step
PRODUCTS = "affine", "input_gradient", "weight_gradient", "column_sums"
LOSSES = "SquaredError", "CrossEntropy"
INITIALIZER: InitializerName = "glorot_uniform"  # as scikit-learn draws, so that the race is one of speed
threads = blas_threads
Settings = dict[str, Any]


def network(case: Case) -> gn.Network:
    """The network of a case, with parameters."""
    hidden = [gn.Dense(width, gn.activations.Activation.of(case.activation)) for width in case.widths[1:-1]]
    output = gn.Dense(case.widths[-1], "softmax" if case.classifies else "linear")
    return gn.Network([*hidden, output]).build(case.widths[0], seed=0)


def job_of(case: Case, steps: int) -> Job:
    """A job as `Network.training` lays it out, over so many copies of the batch."""
    net = network(case)
    layout, parameters = net.built()
    loss, rule = gn.Loss.of(case.loss), gn.UpdateRule.of({"name": case.optimizer, "learning_rate": case.learning_rate})
    X, y = (np.concatenate([array] * steps) for array in case.data())
    samples, _ = prepare(layout, loss, net.dtype, X, y)
    return Job(Plan(layout, parameters, case.rows), samples, loss, rule)


def epoch(case: Case, engine: str, steps: int) -> Call:
    """An epoch of so many batches."""
    job, running = job_of(case, steps), engine_of(engine)
    order = None if steps == 1 else np.arange(len(job.data))
    return Call(lambda: running.epoch(job, order, case.learning_rate), steps)


def step_numpy(case: Case) -> Call:
    """One step a call."""
    return epoch(case, "numpy", 1)


def step_compiled(case: Case) -> Call:
    """A hundred steps a call for small batches, as in JAX's scan; one for large ones, where a call is cheap."""
    return epoch(case, "compiled", 100 if case.rows * case.widths[0] < SMALL else 1)


def sized_epoch(size: Size) -> Call:
    """An epoch of the compiled engine over shuffled rows."""
    case = Case("", size.batch, size.widths, "relu", "squared_error", "adam")
    job, running = job_of(case, size.rows // size.batch), engine_of("compiled")
    order = np.random.default_rng(0).permutation(size.rows)
    return Call(lambda: running.epoch(job, order, case.learning_rate))


def parts_of(case: Case) -> dict[str, Call]:
    """The kernels of the compiled engine by kind, to be run by themselves on one thread; "nothing" runs none."""
    job, running = job_of(case, 1), engine_of("compiled")
    running.epoch(job, None, case.learning_rate)
    (made,) = job.made.values()
    n_tiles = -(-case.rows // made.cut.tile)
    rows = -(-case.rows // n_tiles)

    def alone(program: int, kernels: np.ndarray, n_rows: int, times: int) -> Call:
        return Call(lambda: made.loops.run_kernels(made.table(job), program, kernels, n_rows, times))

    found = {"nothing": alone(0, np.zeros(0, np.int64), rows, 1)}
    for part, kernels in kinds(made.programs[0].compiled().names).items():
        found[part] = alone(0, kernels, rows, n_tiles)
    updates = made.updates.compiled()
    stretch = updates.tasks[updates.stages[updates.parts[UPDATE]] : updates.stages[updates.parts[UPDATE + 1]]]
    return found | {"update": alone(1, np.arange(stretch[0, 0], stretch[-1, 1]), 1, 1)}


def kinds(names: list[str]) -> dict[str, np.ndarray]:
    """The numbers of kernels by what they do."""
    kind = {**dict.fromkeys(PRODUCTS, "products"), **dict.fromkeys(LOSSES, "loss")}
    found: dict[str, list[int]] = {"products": [], "activations": [], "loss": []}
    for number, name in enumerate(names):
        found[kind.get(name, "activations")].append(number)
    return {name: np.array(numbers, np.int64) for name, numbers in found.items()}


# ------------------------------------------------------------------ predictions


def loaded(model: Model, engine: str) -> gn.Network:
    """The network of the predictions, with its given parameters."""
    layers = [gn.Dense(width, "relu") for width in model.widths[1:-1]]
    net = gn.Network([*layers, gn.Dense(model.widths[-1])], engine=engine).build(model.widths[0], seed=0)
    for number, (W, b) in enumerate(model.parameters()):
        net.arrays[f"{number}.W"][...], net.arrays[f"{number}.b"][...] = W, b
    return net


def predict(model: Model, X: np.ndarray) -> Call:
    """`net.predict`, which checks its input."""
    net = loaded(model, "compiled")
    return Call(lambda: net.predict(X))


def predict_numpy(model: Model, X: np.ndarray) -> Call:
    net = loaded(model, "numpy")
    return Call(lambda: net.predict(X))


def predictor(model: Model, X: np.ndarray) -> Call:
    """`net.predictor()`, for one row after the other."""
    net = loaded(model, "compiled")
    if len(X) > 1 or not hasattr(net, "predictor"):
        raise Unavailable("net.predictor() is for one row" if len(X) > 1 else "Network has no predictor()")
    run: Callable[[np.ndarray], Any] = net.predictor()
    x = X[0]
    return Call(lambda: run(x))


def save(model: Model) -> None:
    loaded(model, "numpy").save("model.safetensors")


# ------------------------------------------------------------------ training


def fit(task: Task, seed: int, engine: str = "compiled") -> Trainer:
    """An epoch after the other through `Network.training`, the loop of `fit`."""
    output = gn.Loss.of(task.loss).output_activation or "linear"
    layers = [gn.Dense(width, "relu", weights=INITIALIZER) for width in task.hidden]
    net = gn.Network([*layers, gn.Dense(task.outputs, output, weights=INITIALIZER)], engine=engine)
    epochs: Iterator[gn.Epoch] | None = None

    def epoch() -> None:
        nonlocal epochs
        if epochs is None:
            settings: Settings = {"loss": task.loss, "optimizer": gn.Adam(task.rate), "batch_size": task.batch}
            epochs = net.training(task.X, task.y, seed=seed, **settings)
        next(epochs)

    return Trainer(epoch, net.predict)


def fit_numpy(task: Task, seed: int) -> Trainer:
    return fit(task, seed, "numpy")


def whole_fit(whole: Whole, engine: str = "compiled") -> Call:
    """`Network.fit` from a fresh network to the history."""
    case, ((X, y), held_out) = whole.case, whole.parts
    settings: Settings = {"loss": case.loss, "optimizer": {"name": case.optimizer, "learning_rate": case.learning_rate}}
    if whole.measured:
        settings |= {"validation": held_out, "metrics": ["accuracy"]}

    def run() -> gn.History:
        hidden = [gn.Dense(width, gn.activations.Activation.of(case.activation)) for width in case.widths[1:-1]]
        net = gn.Network(
            [*hidden, gn.Dense(case.widths[-1], "softmax" if case.classifies else "linear")], engine=engine
        )
        return net.fit(X, y, epochs=whole.epochs, batch_size=whole.batch, seed=0, **settings)

    return Call(run, whole.epochs)


def whole_fit_numpy(whole: Whole) -> Call:
    return whole_fit(replace(whole, epochs=max(1, whole.epochs // 20)), "numpy")


# ------------------------------------------------------------------ many small fits


def search(wanted: Search) -> float:
    """All fits of a search in one call."""
    if not hasattr(gn, "train_many"):
        raise Unavailable("glassnet has no train_many()")
    X, y = wanted.data
    nets = [candidate(wanted) for _ in wanted.rates for _ in wanted.splits]
    each: list[OwnSettings] = [
        {"rows": rows, "seed": wanted.seed, "optimizer": gn.Adam(rate)}
        for rate in wanted.rates
        for rows, _ in wanted.splits
    ]
    settings: Settings = {"loss": "binary_cross_entropy", "epochs": wanted.epochs, "batch_size": wanted.batch}
    gn.train_many(nets, X, y, each=each, **settings)
    return scored(wanted, nets)


def search_by_fit(wanted: Search) -> float:
    """The same with a `fit` for each."""
    X, y = wanted.data
    settings: Settings = {"loss": "binary_cross_entropy", "epochs": wanted.epochs, "batch_size": wanted.batch}
    nets = []
    for rate in wanted.rates:
        for rows, _ in wanted.splits:
            nets.append(net := candidate(wanted))
            net.fit(X[rows], y[rows], optimizer=gn.Adam(rate), seed=wanted.seed, **settings)
    return scored(wanted, nets)


def candidate(wanted: Search) -> gn.Network:
    return gn.Network([gn.Dense(wanted.hidden, "relu"), gn.Dense(1, "sigmoid")])


def scored(wanted: Search, nets: list[gn.Network]) -> float:
    """The best mean accuracy on the rows held out."""
    X, y = wanted.data
    held = [rows for _ in wanted.rates for _, rows in wanted.splits]
    scores = [np.mean((net.predict(X[rows])[:, 0] > 0.5) == y[rows]) for net, rows in zip(nets, held, strict=True)]
    return wanted.best(np.array(scores))
