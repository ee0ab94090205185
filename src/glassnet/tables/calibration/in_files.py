"""The further networks of a table model and its interval in a model file: descriptions, and names of arrays."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.files.schema import Within
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.calibration.intervals import ErrorInterval, Interval, QuantileInterval

OTHERS, ENDS = "others", "ends"  # what the names of their arrays begin with: "others.0.0.W"
ERRORS, WEIGHTS = "interval.errors", "interval.weights"


class IntervalFields(TypedDict):
    """The description of an interval: of errors, which are arrays, or of networks for both ends."""

    kind: Literal["errors", "quantiles"]
    networks: NotRequired[list[dict[str, Any]]]
    coverage: NotRequired[Annotated[float, Within(1e-9, 1 - 1e-9)]]
    margin: NotRequired[float]


class ArrayGroups:
    """The arrays of a model file: `own` are those of the first network, the others are taken by name."""

    def __init__(self, arrays: Mapping[str, Array]):
        groups = (OTHERS, ENDS, "interval", "seen")
        self.own = {name: array for name, array in arrays.items() if name.partition(".")[0] not in groups}
        self.left = {name: array for name, array in arrays.items() if name not in self.own}

    def take(self, prefix: str) -> dict[str, Array]:
        """The arrays whose names begin so, by the rest of their names."""
        names = [name for name in self.left if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.left.pop(name) for name in names}

    def check_all_taken(self) -> None:
        """Refuse arrays that nothing describes."""
        if self.left:
            raise InvalidInput(f"no part of the model has an array {brief(min(self.left))}.")


def arrays_of(prefix: str, networks: Sequence[Network]) -> dict[str, Array]:
    """The arrays of several networks: "others.0.0.W" is the W of the first layer of the first."""
    return {f"{prefix}.{k}.{name}": array for k, net in enumerate(networks) for name, array in net.arrays.items()}


def networks_in(prefix: str, descriptions: Sequence[Mapping[str, Any]], groups: ArrayGroups) -> tuple[Network, ...]:
    """The networks that are described so."""
    return tuple(Network.from_description(each, groups.take(f"{prefix}.{k}.")) for k, each in enumerate(descriptions))


def described(interval: Interval) -> dict[str, Any]:
    """An interval as JSON values, without its arrays."""
    if isinstance(interval, ErrorInterval):
        return {"kind": "errors"}
    networks = [network.describe() for network in interval.networks]
    return {"kind": "quantiles", "networks": networks, "coverage": interval.coverage, "margin": interval.margin}


def interval_arrays(interval: Interval) -> dict[str, Array]:
    """The arrays of an interval by their names."""
    if isinstance(interval, QuantileInterval):
        return arrays_of(ENDS, interval.networks)
    errors = {ERRORS: np.asarray(interval.errors, np.float64)}
    return errors if interval.weights is None else errors | {WEIGHTS: np.asarray(interval.weights, np.float64)}


def interval_in(found: IntervalFields, groups: ArrayGroups) -> Interval:
    """The interval that is described so; InvalidInput for what is none."""
    if found["kind"] == "errors":
        return errors_in(found, groups)
    networks = networks_in(ENDS, found.get("networks", ()), groups)
    if not networks or "coverage" not in found or "margin" not in found:
        raise InvalidInput("`table.interval` of quantiles needs networks, a coverage and a margin.")
    return QuantileInterval(networks, found["coverage"], found["margin"])


def errors_in(found: IntervalFields, groups: ArrayGroups) -> ErrorInterval:
    """The interval of errors."""
    arrays = groups.take("interval.")
    errors, weights = arrays.pop("errors", np.zeros(0)), arrays.pop("weights", None)
    right = errors.ndim == 1 and len(errors) > 0 and (errors >= 0).all() and not arrays and len(found) == 1
    if right and weights is not None:
        right = weights.shape == errors.shape and bool((weights >= 0).all() and weights.any())
    if not right:
        raise InvalidInput("`table.interval` of errors needs errors of at least 0, and weights of at least 0, or none.")
    return ErrorInterval(errors, weights)
