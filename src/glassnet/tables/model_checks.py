"""What a model of a table cannot be made of: parts that do not belong to each other, outputs that are not finite."""

from collections.abc import Iterator, Sequence

import numpy as np

from glassnet.errors import InvalidInput, WrongRow
from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.tables.calibration.intervals import Interval, QuantileInterval
from glassnet.tables.encoding.encoder import TableEncoder
from glassnet.tables.encoding.target import ClassTarget, Target


def check_task(target: Target, calibration: object, *of_numbers: object) -> None:
    """Refuse a calibration of numbers, and an interval or a distribution of classes."""
    for wrong in of_numbers if isinstance(target, ClassTarget) else (calibration,):
        if wrong is not None:
            raise InvalidInput(f"`table` has a {type(wrong).__name__}, which a {target.task} cannot have.")


def fitting(networks: Sequence[Network], interval: Interval | None, outputs: int) -> Iterator[tuple[Network, int]]:
    """Each network of a model, with the number of outputs that it must have."""
    yield from ((network, outputs) for network in networks)
    if isinstance(interval, QuantileInterval):
        yield from ((network, 2) for network in interval.networks)


def check_network_fits(network: Network, encoder: TableEncoder, outputs: int) -> None:
    """Refuse a network of other inputs or outputs than a table has."""
    layout, _ = network.built()
    shapes = ((len(encoder.feature_names),), (outputs,))
    if shapes != (layout.input_shape, layout.output_shape):
        raise InvalidInput(f"the network does not fit the table: expected input and output {shapes}.")
    for column, n_codes in encoder.codes.items():
        if n_codes > layout.codes.get(column, n_codes):
            name = encoder.feature_names[column]
            raise InvalidInput(f"the network has {layout.codes[column]} codes of {name!r}, the table {n_codes}.")


def check_finite(outputs: Array) -> None:
    """Refuse outputs that are not finite: encoded inputs are small, so the parameters must be too large."""
    wrong = ~np.isfinite(outputs).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise WrongRow("the prediction is not finite", row, f": the model's weights overflow in {outputs.dtype}.")
