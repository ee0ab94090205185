"""The network: layers, parameters, and methods to train and use them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from glassnet.calls import answered, for_each_row
from glassnet.copies import Copied
from glassnet.engine.layout import Layout
from glassnet.engine.machine.memory import allocate
from glassnet.engine.network_fields import network_fields
from glassnet.engine.overflow import told
from glassnet.engine.parametrized import Parametrized
from glassnet.engine.plan import PredictionPlans
from glassnet.engine.selection import check_engine, engine_for
from glassnet.errors import InvalidInput, ModelFileError, brief
from glassnet.files.flat_embeddings import with_flatten
from glassnet.files.model_file import model_in, write_model
from glassnet.files.schema import check_fields
from glassnet.formulas.elementary import Array
from glassnet.layers.layer import Layer, Shape
from glassnet.predictor import Predictor
from glassnet.training.inputs.checks import as_shape, check_dtype, check_inputs, check_whole, lay_out, listed
from glassnet.training.keywords import ClassWeight, TrainingSettings, check_names, shows_settings

if TYPE_CHECKING:  # what trains and measures is imported where it begins: a prediction does not need it
    from pathlib import Path

    from glassnet.engine.engine import Engine
    from glassnet.engine.passes import HeldOut
    from glassnet.formulas.losses import Loss, LossLike
    from glassnet.training.blocks.source import Blocks, Inputs
    from glassnet.training.epoch import Epoch
    from glassnet.training.history import History
    from glassnet.training.inputs.prepared import Checked, Data
    from glassnet.training.keywords import Seed
    from glassnet.training.loop.epochs import Training
    from glassnet.training.loop.validated_run import ValidatedRun
    from glassnet.training.metrics import Metric, MetricLike

Listener = Callable[["Epoch"], Any]


@answered
class Network(Parametrized, Copied):
    """A feedforward network: layers in sequence, with the parameters that training gives them.

    Parameters
    ----------
    layers
        Layers from the input to the output. The number of features is taken from the first data.
    dtype
        "float32" (default) or "float64": of parameters, computations and predictions.
    engine
        "numpy", "compiled" (extra `fast`), or "auto" (default): the compiled one where it is installed.

    Attributes
    ----------
    loss, metrics, seed
        Those of the last training (or `build`); the seed also where it was drawn.
    state
        What layers remember besides their parameters, such as the running means of `BatchNorm`, as one vector.

    Raises InvalidInput for what is not a layer, dtype or engine, and UnknownName for an unknown name.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")])
    >>> history = net.fit(iris.X, iris.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=25, seed=0)
    >>> net.predict(iris.X[:2]).shape
    (2, 3)
    """

    def __init__(self, layers: Sequence[Layer], dtype: DTypeLike = "float32", engine: str = "auto"):
        if not (given := listed(layers)):
            raise InvalidInput(f"Network needs a list of at least one layer, such as [Dense(1)], got {brief(layers)}.")
        self.layers = tuple(Layer.of(layer) for layer in given)
        self.dtype = check_dtype(dtype)
        self._adopt(None, None, np.zeros(0, self.dtype))
        self.loss: Loss | None = None
        self.metrics: tuple[Metric, ...] = ()
        self.seed: int | None = None
        self.trained_with: dict[str, Any] = {}
        self.engine_name = check_engine(engine)
        self._plans = PredictionPlans()

    def engine_for(self, loss: "Loss | None" = None) -> "Engine":
        """What runs it, trained by a loss: the engine that it was given, or NumPy for functions of one's own."""
        return engine_for(self.engine_name, self.layers, loss)

    def build(self, input_shape: int | Shape, seed: "Seed" = None, X: ArrayLike | None = None) -> Self:
        """Initialise the parameters for a number of features (or the shape of one sample); returns the network itself.

        Parameters
        ----------
        input_shape
            The number of features, or the shape of one sample.
        seed
            Seed for the parameters; None (default) draws one. It is recorded as `net.seed`.
        X
            Rows (n, n_features) for initialisers that look at data; None by default.

        Raises InvalidInput for a shape that does not fit the layers.
        """
        from glassnet.training.initialization import drawn
        from glassnet.training.loop.settings import streams

        layout = lay_out(self.layers, as_shape(input_shape))
        (draws, *_), self.seed = streams(seed)
        self._adopt(*drawn(layout, draws, self.dtype, X))
        return self

    def __repr__(self) -> str:
        size = f", {self.layout.n_parameters} parameters" if self.layout else ", not built yet"
        return f"Network({list(self.layers)!r}{size})"

    def summary(self) -> str:
        """Summarise the layers in a table, with the shape of their output and their number of parameters."""
        from glassnet.summary import summary_table

        return summary_table(self.built()[0], self.dtype)

    @shows_settings
    def training(
        self,
        X: "Inputs",
        y: ArrayLike | None = None,
        *,
        loss: "LossLike",
        epochs: int | None = None,
        **settings: Unpack[TrainingSettings],
    ) -> "Training":
        """Train, yielding an `Epoch` after each pass over the data; the loop is yours to break, log and steer.

        All input is checked at the call. A network without parameters is built first; one that has parameters continues
        from them. The optimizer starts anew with each call.

        Parameters
        ----------
        X, y
            (n_samples, n_features), finite numbers, with `Flatten` in front (n_samples, …), or `Blocks` alone; for
            cross_entropy class numbers (n,) or one-hot rows, for binary_cross_entropy 0 and 1, else numbers.
        loss, optimizer
            By name or as objects: "cross_entropy", Adam(0.01); the optimizer is "adam" by default.
        metrics
            Metrics to report, by name or as objects: ["accuracy"]; none by default.
        epochs
            Passes over the data; None (default) continues until you break.
        batch_size
            Rows per update, 32 by default; the last batch of an epoch may be smaller.
        validation
            A share of the rows to hold out, such as 0.2 (classes keep theirs), or arrays (X, y) or (X, y, weights);
            None by default.
        sample_weight, class_weight
            Weights of at least 0, (n,); "balanced", or weights by class or in order. Both multiply; None by default.
        shuffle
            Draw a new order of the rows for each epoch, True by default; or the random generator that shuffles them.
        penalty, clip
            By name or as objects: L2(1e-4), ClipNorm(1.0); None by default.
        accumulate, average, mixup
            Batches per update, 1 by default; the decay of a moving average of the parameters, such as 0.999; the α of
            mixup, such as 0.2; both None by default. See docs/schedules.md, also for settings that follow schedules, as
            in Adam(Cosine(0.01)).
        seed
            Seed for parameters, hold-out, order and dropout; None (default) draws one and records it.
        stop
            When to end early: `EarlyStopping`, `MaxTime`, `Target`, one or a list of them; `history.about["ended"]`
            says why. None by default.
        checkpoint, resume
            A `Checkpoint`, or its path, that the whole run is saved to; a checkpoint or its folder to continue from,
            bit for bit, with the same data, layers and settings (epochs may differ), or True for the newest, if any.
            None by default.
        optimizer_state
            An `OptimizerState` to continue from, which then holds what the optimizer remembers at the end; None by
            default.
        communicator, reduction
            The processes that share the training, as of mpi4py: MPI.COMM_WORLD; each calls this with the same rows. How
            their gradients are summed up: "ordered" (default), to the bits of one process, or "fast", to rounding. See
            docs/cluster/mpi.md. None by default.

        Raises InvalidInput for what cannot work, in one sentence; Diverged when the loss is no longer finite.

        >>> import glassnet as gn
        >>> xor = gn.datasets.xor()
        >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1, "sigmoid")])
        >>> for epoch in net.training(xor.X, xor.y, loss="binary_cross_entropy", optimizer=gn.Adam(0.1), seed=1):
        ...     if epoch.loss < 0.01: break
        >>> net.predict(xor.X).round().ravel()
        array([1., 1., 0., 0.], dtype=float32)
        """
        from glassnet.training.ranks.setting import communicator_of

        asked: dict[str, Any] = {"loss": loss, "epochs": epochs, **settings}
        communicator = communicator_of(settings)
        if communicator is not None:
            from glassnet.training.ranks.beginning import begin_together

            return begin_together(self, communicator, X, y, asked)
        return self.start_training(self.check_run(X, y, {**asked, "communicator": None}))

    def check_run(self, X: "Inputs", y: ArrayLike | None, asked: Mapping[str, Any]) -> "ValidatedRun":
        """Check the names of settings, and everything about a training run; nothing is changed yet."""
        from glassnet.training.blocks.source import in_blocks
        from glassnet.training.inputs.prepared import Checked

        check_names(asked)
        X, y, weights = in_blocks(X, y, asked.get("sample_weight"), self.dtype)
        return self.validate_run(X, y, {**asked, "sample_weight": weights}, Checked())

    def validate_run(
        self, X: "ArrayLike | Blocks", y: ArrayLike | None, asked: Mapping[str, Any], checked: "Checked"
    ) -> "ValidatedRun":
        """Check everything about a training run; nothing is changed yet."""
        from glassnet.training.loop.validated_run import validate_run

        return validate_run(self._layout_for, self.dtype, X, y, asked, checked, fresh=self.layout is None)

    def _layout_for(self, shape: Shape) -> Layout:
        return self.layout or lay_out(self.layers, shape)

    def start_training(self, validated: "ValidatedRun") -> "Training":
        """Start the loop of a validated run; a network without parameters is built first."""
        from glassnet.training.initialization import drawn
        from glassnet.training.loop.assembly import start

        settings, data = validated.settings, validated.train.data()
        engine = self.engine_for(settings.loss)
        fresh = self.layout is None
        built = (
            drawn(validated.layout, validated.draws, self.dtype, validated.first_rows)
            if fresh
            else (*self.built(), self.state)
        )
        if validated.ranks is not None:
            from glassnet.training.ranks.agreement import share_first

            share_first(validated.ranks, built[1:])
        described, held_out = validated.describe(engine), validated.held_out
        training = start(  # the last check that may refuse
            built=built,
            engine=engine,
            validated=validated,
            data=data,
            held_out=None if held_out is None else self._held_out(built, held_out.data(), settings.loss),
            about={"seed": validated.seed, **described},
        )
        self._adopt(*built)
        self._remember(validated, described)
        return training

    def _remember(self, validated: "ValidatedRun", described: dict[str, Any]) -> None:
        settings = validated.settings
        self.loss, self.metrics, self.seed, self.trained_with = (
            settings.loss,
            settings.metrics,
            validated.seed,
            described,
        )

    def take_over(self, validated: "ValidatedRun", parameters: Array, state: Array) -> None:
        """Have the parameters and the state that another process has given a copy of this network in a run."""
        if self.layout is None:
            self._adopt(validated.layout, parameters, state)
        else:
            self.parameters[...], self.state[...] = parameters, state
        self._remember(validated, validated.describe(self.engine_for(validated.settings.loss)))

    def _held_out(self, built: tuple[Layout, Array, Array], data: "Data", loss: "Loss") -> "tuple[HeldOut, Array]":
        from glassnet.engine.passes import HeldOut

        return HeldOut(self._plans, built, data[0], loss), data[1]

    @shows_settings
    def fit(
        self,
        X: "Inputs",
        y: ArrayLike | None = None,
        *,
        loss: "LossLike",
        epochs: int = 100,
        listeners: Sequence[Listener] = (),
        verbose: int = 0,
        **settings: Unpack[TrainingSettings],
    ) -> "History":
        """Train for a number of epochs and return the history.

        After Ctrl-C the network keeps the parameters of the last complete epoch (or the best, if they are to be
        restored).

        Parameters
        ----------
        X, y, loss, settings
            As in `training`; among the settings are optimizer, batch_size, validation, metrics and seed.
        epochs
            Passes over the data; 100 by default.
        listeners
            Functions and `glassnet.listeners`, called with each `Epoch`; none by default.
        verbose
            Show progress: 0 or False (default) not at all, 1 or True as one live line in a terminal and a few plain
            lines elsewhere, 2 as a plain line per epoch.

        Raises InvalidInput and Diverged as `training` does.

        >>> iris = gn.datasets.iris()
        >>> net = gn.Network([gn.Dense(3, "softmax")])
        >>> len(net.fit(iris.X, iris.y, loss="cross_entropy", epochs=5, seed=0))
        5
        """
        from glassnet.listeners.progress import check_listeners, shown  # imported late: a prediction does not need it

        check_whole(epochs, "epochs")
        check_names(settings, "listeners", "verbose")
        progress = [*check_listeners(listeners), *shown(verbose, epochs)]
        training = self.training(X, y, loss=loss, epochs=epochs, **settings)
        return training.follow(progress)

    @for_each_row
    def predict(self, X: ArrayLike) -> Array:
        """Predict the outputs, such as class probabilities, for X (n_samples, n_features): (n_samples, n_outputs).

        Raises InvalidInput for inputs that do not fit or are not finite, and for a network without parameters.
        """
        return told(*self.outputs(X), self.parameters)

    @for_each_row
    def outputs(self, X: ArrayLike) -> tuple[Array, bool]:
        """The result of `predict`, and whether all of it is finite."""
        layout, _ = self.built()
        X = check_inputs(X, layout.input_shape, self.dtype, codes=layout.codes)
        plan, out = self._plans.of(*self.built(), self.state), allocate((len(X), *layout.output_shape), self.dtype)
        return out, self.engine_for().predict(plan, X, out)

    def predictor(self) -> Predictor:
        """Make a faster `predict` for one sample or a few at a time, as in a small service: see `Predictor`."""
        return Predictor(*self.built(), self.state, self.engine_for())

    def evaluate(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: "LossLike | None" = None,
        metrics: "Sequence[MetricLike] | None" = None,
        sample_weight: ArrayLike | None = None,
        class_weight: ClassWeight | None = None,
    ) -> dict[str, float]:
        """Compute loss and metrics on given rows: {"loss": 0.08, "accuracy": 0.97}.

        Parameters
        ----------
        X, y, sample_weight, class_weight
            Rows, targets and weights, as in `training`.
        loss, metrics
            By name or as objects; by default those of the last training.

        Raises InvalidInput for data that do not fit, and without a loss for a network that was not trained.
        """
        from glassnet.formulas.losses import Loss
        from glassnet.training.inputs.class_weights import weigh
        from glassnet.training.inputs.prepared import prepare
        from glassnet.training.loop.compatibility import check_metrics, check_output
        from glassnet.training.loop.settings import metrics_of

        layout, _ = self.built()
        if loss is None and self.loss is None:
            raise InvalidInput("evaluate needs a loss, as this network was not trained: evaluate(X, y, loss=…).")
        chosen = Loss.of(self.loss if loss is None else loss)
        measures = self.metrics if metrics is None else metrics_of(metrics)
        check_output(chosen, layout)
        check_metrics(measures, chosen, layout)
        data = weigh(prepare(layout, chosen, self.dtype, X, y, sample_weight), chosen, class_weight)
        value, measured = self._measure(chosen, measures, data)
        return {"loss": value, **measured}

    def _measure(self, loss: "Loss", metrics: "Sequence[Metric]", data: "Data") -> tuple[float, dict[str, float]]:
        from glassnet.engine.objective import Objective
        from glassnet.training.metrics import measure

        samples, y = data
        outputs = np.empty_like(samples.Y)
        objective, plan = Objective.of(loss, samples.Y, self.dtype), self._plans.of(*self.built(), self.state)
        value = self.engine_for(loss).evaluate(plan, samples, objective, outputs)
        return value, measure(metrics, y, outputs, samples.weights)

    def describe(self) -> dict[str, Any]:
        """Everything but the arrays, as JSON values."""
        return {
            "layers": [layer.describe() for layer in self.layers],
            "input_shape": list(self.built()[0].input_shape),
            "dtype": self.dtype.name,
            "loss": self.loss and self.loss.describe(),
            "metrics": [metric.describe() for metric in self.metrics],
            "trained_with": self.trained_with,
            "seed": self.seed,
        }

    @classmethod
    def from_description(cls, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """The network from its description and arrays; InvalidInput if they do not fit."""
        found = network_fields(description)
        layers, arrays = with_flatten(found["layers"], arrays)
        net = cls([Layer.from_description(layer) for layer in layers], found["dtype"])
        layout = lay_out(net.layers, tuple(found["input_shape"]), loaded=True)
        net._adopt(layout, *layout.filled(arrays, net.dtype))
        if found["loss"] is not None:
            from glassnet.formulas.losses import Loss

            net.loss = Loss.from_description(found["loss"])
        if found["metrics"]:
            from glassnet.training.metrics import Metric

            net.metrics = tuple(Metric.from_description(metric) for metric in found["metrics"])
        net.trained_with, net.seed = found["trained_with"], found["seed"]
        return net

    @classmethod
    def load(cls, path: "str | Path") -> Self:
        """Read the network in a model file or a folder that has one; `glassnet.load` reads models of tables too.

        >>> import tempfile, glassnet as gn
        >>> net = gn.Network([gn.Dense(3, "softmax")]).build(4, seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     again = gn.Network.load(net.save(f"{folder}/model.safetensors"))
        >>> again.layers == net.layers
        True
        """
        return model_in(path, partial(cls._of_file, path))

    @classmethod
    def _of_file(cls, path: "str | Path", arrays: Mapping[str, Array], description: Mapping[str, Any]) -> Self:
        check_fields(description, ("network", "table"), ("network",))
        if description.get("table") is not None:
            raise ModelFileError(f"{path} holds a model of a table: read it with gn.TableModel.load, or gn.load.")
        return cls.from_description(description["network"], arrays)

    def save(self, path: "str | Path") -> "Path":
        """Write the network to a safetensors file, completely or not at all; `load` reads it."""
        return write_model(path, self.arrays, {"network": self.describe()})
