"""What is made of the outputs of networks: an ensemble, calibrated probabilities, intervals."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput
from glassnet.tables.calibration.threshold import AUTO, check_threshold
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.weights import check_class_weight

ENSEMBLE = (
    "Train this many networks, each with other validation rows, and average their outputs (default: 4; 1 where rows "
    "are too few, or with --tabm)."
)
CALIBRATE = "Calibrate the probabilities of classes on the validation rows."
THRESHOLD = "Predict the second of two classes from this probability on, e.g. 0.3; auto for the best by --metric."
WEIGHT = "Column that says how much each row counts; it is not learned."
CLASS_WEIGHT = "How much the rows of each class count: balanced, or e.g. yes=5,no=1."
INTERVAL = "Train more networks for intervals of numbers with this coverage, e.g. 0.9 (default: as wide as the errors)."


@dataclass(frozen=True)
class ModelOptions:
    """An ensemble, calibration and intervals; InvalidInput for what cannot work."""

    panel: ClassVar = "What is predicted"

    ensemble: Annotated[int | None, typer.Option(help=ENSEMBLE, show_default=False)] = None
    calibrate: Annotated[bool, typer.Option(help=CALIBRATE)] = True
    interval: Annotated[float | None, typer.Option(help=INTERVAL, show_default=False)] = None
    threshold: Annotated[str | None, typer.Option(help=THRESHOLD, show_default=False)] = None
    weight: Annotated[str | None, typer.Option(metavar="COL", help=WEIGHT)] = None
    class_weight: Annotated[str | None, typer.Option(help=CLASS_WEIGHT)] = None

    def __post_init__(self) -> None:
        if self.ensemble is not None and self.ensemble < 1:
            raise InvalidInput(f"--ensemble takes a number of networks, at least 1, got {self.ensemble}.")
        if self.interval is not None and not 0 < self.interval < 1:
            raise InvalidInput(f"--interval takes a coverage in (0, 1), such as 0.9, got {self.interval:g}.")

    def settings(self) -> dict[str, Any]:
        """The settings of a `TableRequest`."""
        return {
            "n_ensemble": self.ensemble,
            "calibrate": self.calibrate,
            "interval": self.interval,
            "threshold": threshold_of(self.threshold),
            "weight": self.weight,
            "class_weight": class_weight_of(self.class_weight),
        }

    @staticmethod
    def words(table: TableRequest) -> list[str]:
        """The options of a command that say the same as a request."""
        given = {
            "ensemble": table.n_ensemble,
            "interval": table.interval,
            "threshold": table.threshold,
            "weight": table.weight,
            "class-weight": table.class_weight if isinstance(table.class_weight, str) else None,
        }
        if isinstance(table.class_weight, Mapping):
            given["class-weight"] = json.dumps(dict(table.class_weight))
        said = [word for name, value in given.items() if value is not None for word in (f"--{name}", str(value))]
        return said if table.calibrate else [*said, "--no-calibrate"]


def threshold_of(given: str | None) -> "float | str | None":
    """ "auto" or a probability."""
    if given is None or given == AUTO:
        return given
    try:
        return check_threshold(float(given))
    except (ValueError, InvalidInput):
        raise InvalidInput(f"--threshold takes a probability in (0, 1), such as 0.3, or auto, got {given!r}.") from None


def class_weight_of(given: str | None) -> "str | dict[str, float] | None":
    """ "balanced", or weights as yes=5,no=1 or as JSON."""
    if given is None or given == "balanced":
        return given
    try:
        pairs = [pair.rpartition("=") for pair in given.split(",")]
        found = json.loads(given) if given.startswith("{") else {name: float(weight) for name, _, weight in pairs}
        return check_class_weight(found)
    except (ValueError, InvalidInput):
        raise InvalidInput(
            f'--class-weight takes balanced, weights such as yes=5,no=1, or JSON such as {{"yes": 5}}, got {given!r}.'
        ) from None
