"""How a network for a table is built and trained: the settings, and what follows from them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from glassnet.calls import answered
from glassnet.engine.selection import check_engine
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.clipping import ClipNorm
from glassnet.formulas.losses import AbsoluteError, CrossEntropy, Loss, SquaredError
from glassnet.formulas.registry import is_one_of, require_number
from glassnet.formulas.schedules import CosineLog, FlatCosine
from glassnet.formulas.update_rules import AdamW
from glassnet.layers.embeddings.periodic import PeriodicEmbedding
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.tables.distributions.head import Head
from glassnet.tables.distributions.score_metric import SCORES, ScoreOf
from glassnet.tables.encoding.encoder import ONE_HOT, TableEncoder
from glassnet.tables.encoding.several_targets import Targets, n_outputs
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.fitting.networks.equal_batches import even
from glassnet.tables.fitting.networks.recipe_layers import (
    LEARNED,
    TABM,
    dense,
    hidden_activation,
    hidden_layers,
    input_layers,
    layers_of_members,
    units_of,
)
from glassnet.training.inputs.checks import check_whole
from glassnet.training.loop.settings import streams
from glassnet.training.stopping import EarlyStopping, MaxTime, Stop, StopAfter

RATES = {"classification": 0.04, "regression": 0.2}
SIGMAS: dict[str, float | tuple[float, float]] = {"classification": 0.1, "regression": (0.1, 2.0)}
ACTIVATIONS = {"classification": "selu", "regression": "mish"}
DECAY = 0.02  # of weights
SMOOTHING = 0.1  # of labels: good for the error rate, and for probabilities that are calibrated afterwards
LOSSES = {  # of each metric that a model can be trained for
    "accuracy": CrossEntropy(SMOOTHING),
    "balanced_accuracy": CrossEntropy(SMOOTHING),
    "f1": CrossEntropy(),
    "log_loss": CrossEntropy(SMOOTHING),
    "brier": CrossEntropy(),
    "roc_auc": CrossEntropy(),
    "average_precision": CrossEntropy(),
    "rmse": SquaredError(),
    "mae": AbsoluteError(),
    "median_absolute_error": AbsoluteError(),
}
LEAST = {"epochs": 1, "batch_size": 1, "frequencies": 0, "one_hot": 0, "members": 0}
MEMBERS_CLIP = 1.0  # the largest norm of a gradient of members


@answered
@dataclass(frozen=True, repr=False)
class Recipe:
    """A network for a table and its training settings: by default the pre-tuned RealMLP-TD, changed a little.

    After Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data", NeurIPS 2024, arXiv 2407.04491, appendix A; `Recipe.simple()` is its simplified form, and `Recipe.tabm()` an
    ensemble in one network. Numbers go through a `PeriodicEmbedding`; categories of up to `one_hot` levels have one
    input per level, others an `Embedding` of 8 dimensions. A learned `Scale` and hidden layers in neural-tangent
    parametrization follow, with data-dependent initial parameters.

    Parameters
    ----------
    hidden, activation
        Units of the hidden layers, `(128, 128, 128)` by default; their activation, by default a parametric SELU for
        classes and Mish for numbers.
    learning_rate
        Peak rate of Adam with β₂ = 0.95, along ½ (1 − cos(2π log₂(1 + 15 t))); by default 0.04 for classes, 0.2 for
        numbers.
    epochs, batch_size
        Passes over the training rows, and rows per update (equal batches of that size or a little more); 256 each by
        default.
    dropout, weight_decay
        After each hidden layer, 0.15 by default, and of all weights, 0.02 by default; both constant for half the
        training, then down to zero along a cosine. With `members` 3e-4 by default, and both constant.
    metric
        The metric to optimise: "accuracy" (default for classes), "balanced_accuracy", "f1", "log_loss", "brier",
        "roc_auc" or "average_precision"; "rmse" (default for numbers), "mae" or "median_absolute_error"; of
        distributions "crps" or "log_score". The parameters of its best epoch are kept, for
        "log_loss" of that with the best `TemperedLogLoss`; labels are smoothed by 0.1 for it and both accuracies.
    frequencies, sigma
        Frequencies per number in its periodic embedding, 16 by default, 0 for no embedding; their standard deviation,
        or a pair for the first and the last of them; by default 0.1 for classes, `(0.1, 2.0)` for numbers.
    parametric
        Learn the strength of the activation; True by default.
    one_hot
        Categories of at most this many levels have one input per level; 9 by default.
    levels
        A number whose single values clearly tell more of the target than a tree of 16 leaves on it has an `Embedding`
        of its values as well; True by default.
    members
        How many members the network is an ensemble of, whose hidden layers are `BatchEnsemble`; 0 by default, for a
        single one. See `Recipe.tabm()`.
    test, validation
        Share of rows held out for the result, and share of the rest used for validation (choosing the best epoch); 0.2
        each by default.
    patience, max_time
        Training ends after this many epochs without a better metric, or when this time is up (seconds, or "5m"); None
        by default.
    seed, engine
        Seed for everything random, 0 by default (None draws one); "auto" (default), "numpy" or "compiled".
    stop_after
        Stop after this epoch; the schedules still assume all `epochs`. None by default.

    Raises InvalidInput for a setting that cannot work.

    >>> gn.Recipe(hidden=(64, 64), epochs=50).dropout, gn.Recipe.simple().frequencies
    (0.15, 0)
    """

    hidden: tuple[int, ...] = (128, 128, 128)
    activation: str | None = None
    learning_rate: float | None = None
    epochs: int = 256
    batch_size: int = 256
    dropout: float = 0.15
    weight_decay: float | None = None
    metric: str | None = None
    frequencies: int = 16
    sigma: float | tuple[float, float] | None = None
    parametric: bool = True
    one_hot: int = ONE_HOT
    levels: bool = True
    members: int = 0
    test: float = 0.2
    validation: float = 0.2
    seed: int | None = 0
    engine: str = "auto"
    patience: int | None = None
    max_time: Any = None
    stop_after: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", units_of(self.hidden))
        if self.activation is not None:
            hidden_activation(self.activation, self.parametric)
        if self.learning_rate is not None:
            require_number(self, "learning_rate", 0)
        require_number(self, "dropout", 0, 1, open_low=False)
        if self.weight_decay is not None:
            require_number(self, "weight_decay", 0, open_low=False)
        for share in ("test", "validation"):
            require_number(self, share, 0, 1)
        if self.sigma is not None:
            object.__setattr__(self, "sigma", PeriodicEmbedding(sigma=self.sigma).sigma)
        for name, least in LEAST.items():
            check_whole(getattr(self, name), name, least)
        if self.seed is not None:
            check_whole(self.seed, "seed", 0)
        for name in ("parametric", "levels"):
            if not isinstance(given := getattr(self, name), bool):
                raise InvalidInput(f"Recipe: `{name}` must be True or False, got {brief(given)}.")
        if self.metric is not None and not is_one_of(self.metric, [*LOSSES, *SCORES]):
            raise UnknownName("metric", self.metric, [*LOSSES, *SCORES])
        check_engine(self.engine)
        tuple(self._stops("loss"))  # they check patience, time and the last epoch

    def __repr__(self) -> str:
        """The settings that differ from the defaults."""
        given = ((field, getattr(self, field.name)) for field in fields(self))
        return f"Recipe({', '.join(f'{field.name}={value!r}' for field, value in given if value != field.default)})"

    @classmethod
    def simple(cls, **settings: Any) -> "Recipe":
        """RealMLP-TD-S: every category one-hot, numbers as they are, neither dropout nor weight decay.

        >>> Recipe.simple(epochs=64)
        Recipe(epochs=64, dropout=0.0, weight_decay=0.0, frequencies=0, parametric=False, one_hot=1000, levels=False)
        """
        plain = {"frequencies": 0, "parametric": False, "dropout": 0.0, "weight_decay": 0.0, "one_hot": 1000}
        plain["levels"] = False
        return cls(**plain | settings)

    @classmethod
    def tabm(cls, **settings: Any) -> "Recipe":
        """TabM: 32 members that share the weights of two hidden layers, each with a head and a loss of its own.

        After Gorishniy, Kotelnikov and Babenko, "TabM: advancing tabular deep learning with parameter-efficient
        ensembling", arXiv 2410.24210, with the columns encoded as in other recipes: ReLU, dropout of 0.1, AdamW at a
        constant rate of 0.002 with weight decay 3e-4, gradients of a norm of at most 1, and an end after 16 epochs
        without a better metric, or 1,000.

        >>> Recipe.tabm(members=8, hidden=(128, 128)).patience
        16
        """
        recipe = cls(**TABM | settings)
        check_whole(recipe.members, "members")
        return recipe

    def seed_and_split(self) -> tuple[int, "np.random.Generator"]:
        """The seed, drawn where there is none, and the generator that splits rows; a network has three others."""
        _, seed = streams(self.seed)
        assert seed is not None  # as it is not a generator
        return seed, np.random.default_rng(seed).spawn(4)[3]

    def chosen_metric(self, task: str) -> str:
        """The metric of classes or numbers; refused if it does not suit the task."""
        known = [metric for metric in METRICS[task] if metric in LOSSES]
        if self.metric in SCORES and task == "regression":
            return known[0]  # by which the mean of a distribution is judged
        if self.metric is not None and self.metric not in known:
            raise UnknownName(f"metric for {task}", self.metric, known)
        return self.metric or known[0]

    def chosen_by(self, task: str) -> str:
        """The metric whose best epoch is kept: how sure a network is, which calibration mends, does not choose it."""
        metric = self.chosen_metric(task)
        return "tempered_log_loss" if metric == "log_loss" else metric

    def rate(self, task: str, head: Head | None = None) -> float:
        """The highest learning rate."""
        usual = TABM["learning_rate"] if self.members else RATES[task] * (1.0 if head is None else head.gentler)
        return usual if self.learning_rate is None else self.learning_rate

    @property
    def decay(self) -> float:
        """The weight decay, at the beginning where it changes."""
        usual: float = TABM["weight_decay"] if self.members else DECAY
        return usual if self.weight_decay is None else self.weight_decay

    def activation_name(self, task: str) -> str:
        """The name of the hidden layers' activation: "SELU", "Mish"."""
        return type(Formula.of(self.activation or ACTIVATIONS[task])).__name__

    def network(self, encoder: TableEncoder, target: Targets, head: Head | None = None) -> Network:
        """The network for encoded rows, not built yet; with the outputs of a head in place of those of the target."""
        return Network([*self.layers(encoder, target, head)], engine=self.engine)

    def layers(self, encoder: TableEncoder, target: Targets, head: Head | None = None) -> Iterator[Layer]:
        """From the encoded columns to the outputs."""
        if self.members and head is not None:
            raise InvalidInput(
                "TabM (a recipe with `members`) predicts classes and numbers, but neither distributions nor learned "
                "intervals: leave them out, or train without TabM."
            )
        f = hidden_activation(self.activation or ACTIVATIONS[target.task], self.parametric)
        outputs = dense(n_outputs(target), "softmax" if isinstance(target, ClassTarget) else "linear")
        factor = 1.0 if self.members else LEARNED
        yield from input_layers(encoder, self.frequencies, self.sigma or SIGMAS[target.task], factor)
        if self.members:
            yield from layers_of_members(self.members, self.hidden, f, self.dropout, outputs)
        else:
            yield from hidden_layers(self.hidden, f, self.dropout)
            yield outputs if head is None else dense(head.n_outputs, head.activation)

    def settings(
        self,
        task: str,
        n_rows: int,
        loss: Loss | None = None,
        head: Head | None = None,
        score: ScoreOf | None = None,
    ) -> dict[str, Any]:
        """What `Network.training` is given beside the rows to train on, of which there are `n_rows`, and the seed.

        Another `loss` chooses the epoch too, in the place of the metric; `head` says what rate and gradient it bears,
        and a `score` of its distributions chooses the epoch in place of both.
        """
        metric, chosen_by = self.chosen_metric(task), self.chosen_by(task)
        clip = MEMBERS_CLIP if self.members else None if head is None else head.clip
        return {
            "loss": loss or self.loss(metric),
            "optimizer": self.optimizer(self.rate(task, head)),
            "epochs": self.epochs,
            "batch_size": even(n_rows, self.batch_size),
            "metrics": [score] if score else [] if loss else [chosen_by],
            "clip": None if clip is None else ClipNorm(clip),
            "stop": [*self._stops(score.name if score else "loss" if loss else chosen_by)],
        }

    def loss(self, metric: str) -> Loss:
        """The loss by which a metric is optimised; members average out what smoothed labels would."""
        return CrossEntropy() if self.members and isinstance(LOSSES[metric], CrossEntropy) else LOSSES[metric]

    def optimizer(self, rate: float) -> AdamW:
        """The update rule, along its schedules; at a constant rate for members."""
        if self.members:
            return AdamW(rate, weight_decay=self.decay)
        return AdamW(CosineLog(rate), beta2=0.95, weight_decay=FlatCosine(self.decay))

    def _stops(self, metric: str) -> Iterator[Stop]:
        yield EarlyStopping(f"val_{metric}", self.patience, ties="last")
        if self.max_time is not None:
            yield MaxTime(self.max_time)
        if self.stop_after is not None:
            yield StopAfter(self.stop_after)
