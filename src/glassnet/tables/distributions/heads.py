"""The heads by their names, and in model files."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from glassnet.errors import InvalidInput, UnknownName
from glassnet.files.schema import checked
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.gaussian_head import GaussianHead
from glassnet.tables.distributions.head import DistributionName, Head
from glassnet.tables.distributions.histogram_head import HistogramHead
from glassnet.tables.distributions.mixture_head import MixtureHead
from glassnet.tables.distributions.quantile_head import QuantileHead
from glassnet.tables.encoding.target import ClassTarget, NumberTarget, Target

HEADS: dict[str, type[Head]] = {head.kind: head for head in (GaussianHead, MixtureHead, QuantileHead, HistogramHead)}


def check_distribution(name: object) -> DistributionName | None:
    """The name of a head, or None."""
    if name is not None and (not isinstance(name, str) or name not in HEADS):
        raise UnknownName("distribution", name, HEADS)
    return name  # type: ignore[return-value]


def learn_head(name: DistributionName | None, y: Array) -> Head | None:
    """The head of this name for standardised numbers of training rows; None without a name."""
    return None if name is None else HEADS[name].learn(y)


def head_of(head: Head | None, target: Target) -> tuple[Head, NumberTarget]:
    """The head and the target of a model that predicts distributions; refused for others."""
    if isinstance(target, ClassTarget):
        raise InvalidInput("distributions are for numbers: this model predicts classes, with a probability for each.")
    if head is None:
        raise InvalidInput("this model predicts a number alone: train it with distribution='gaussian', for instance.")
    return head, target


def described_head(head: Head) -> dict[str, Any]:
    """A head as JSON values."""
    fields: dict[str, Any] = asdict(head)  # type: ignore[call-overload]
    return {"kind": head.kind, **{name: [*v] if isinstance(v, tuple) else v for name, v in fields.items()}}


def head_from_description(description: Mapping[str, Any]) -> Head:
    """The head that is described so; InvalidInput for anything else."""
    kind = description.get("kind")
    if not isinstance(kind, str) or kind not in HEADS:
        raise UnknownName("distribution", kind, HEADS)
    fields = {name: value for name, value in description.items() if name != "kind"}
    found: Head = checked(fields, HEADS[kind], "table.distribution")
    return found
