"""From the encoded columns of a table to the outputs: a network of its own, or an ensemble in one."""

from collections.abc import Iterator, Sequence
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.activations import Activation as Formula
from glassnet.formulas.activations import Parametric
from glassnet.formulas.initializers import Constant, Normal
from glassnet.formulas.schedules import FlatCosine
from glassnet.layers.activation import Activation
from glassnet.layers.columns import Columns
from glassnet.layers.dense import Dense
from glassnet.layers.dropout import Dropout
from glassnet.layers.embeddings.embedding import Embedding
from glassnet.layers.embeddings.periodic import PeriodicEmbedding
from glassnet.layers.ensembles.batch_ensemble import BatchEnsemble
from glassnet.layers.ensembles.dense_per_member import DensePerMember
from glassnet.layers.ensembles.mean_of_members import MeanOfMembers
from glassnet.layers.ensembles.members import Members
from glassnet.layers.layer import Layer
from glassnet.layers.scale import Scale
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.training.inputs.checks import check_whole

LEARNED = 0.1  # the rate of biases, of activations and of the periodic embedding, beside that of weights
SCALE_RATE = 6.0
EMBEDDED = 8  # dimensions
TABM: dict[str, Any] = {
    "members": 32,
    "hidden": (512, 512),
    "activation": "relu",
    "parametric": False,
    "learning_rate": 0.002,
}
TABM |= {"dropout": 0.1, "weight_decay": 3e-4, "epochs": 1000, "patience": 16}


def units_of(hidden: Any) -> tuple[int, ...]:
    """The units of the hidden layers, at least one layer and one unit."""
    try:
        units = tuple(check_whole(n, "units") for n in hidden)
    except (TypeError, InvalidInput):
        units = ()
    if not units:
        raise InvalidInput(
            f"Recipe: `hidden` must hold whole numbers of at least 1, one per hidden layer, such as (256, 256), "
            f"got {brief(hidden)}."
        )
    return units


def hidden_layers(units: Sequence[int], f: Formula, dropout: float) -> Iterator[Layer]:
    """Factors of the inputs, and layers in neural-tangent parametrization."""
    yield Scale(learning_rate_factor=SCALE_RATE, penalize=True)
    for each in units:
        yield dense(each, f)
        if dropout:
            yield Dropout(FlatCosine(dropout))


def layers_of_members(
    members: int, units: Sequence[int], f: Formula, dropout: float, outputs: Dense
) -> Iterator[Layer]:
    """An ensemble whose members differ by factors of the encoded columns; `outputs` says what it predicts."""
    yield Members(members)
    for number, each in enumerate(units):
        yield BatchEnsemble(each, f, factors=Constant(1.0) if number else Normal())
        if dropout:
            yield Dropout(dropout)
    yield DensePerMember(outputs.units)
    yield MeanOfMembers(outputs.activation)


def hidden_activation(f: Any, parametric: bool) -> Formula:
    """The activation, whose strength is learned where it is parametric."""
    return Parametric(f, learning_rate_factor=LEARNED) if parametric else Formula.of(f)


def dense(units: int, f: Any) -> Dense:
    """A layer whose initial weights and biases depend on the data."""
    drawn: Any = {"weights": "unit_variance", "biases": "through_data"}
    return Dense(units, f, **drawn, bias_learning_rate_factor=LEARNED, parametrization="neural_tangent")


def input_layers(
    encoder: TableEncoder, frequencies: int, sigma: float | tuple[float, float], factor: float = LEARNED
) -> Iterator[Layer]:
    """The layer that reads encoded columns: periodic embeddings, embeddings of codes, others unchanged.

    `factor` is that of the learning rate of the periodic embeddings.
    """
    codes, measured = encoder.codes, encoder.measured if frequencies else ()
    others = [place for place in range(len(encoder.feature_names)) if place not in codes and place not in measured]
    parts: list[tuple[Any, Layer]] = [(place, Embedding(n, EMBEDDED, "normal")) for place, n in codes.items()]
    if measured:
        parts.insert(0, (list(measured), PeriodicEmbedding(frequencies, sigma=sigma, learning_rate_factor=factor)))
    if others:
        parts.append((others, Activation("linear")))
    if codes or measured:
        yield Columns(*parts)
