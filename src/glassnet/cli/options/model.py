"""What is made of the outputs of networks: an ensemble, calibrated probabilities, intervals."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.errors import InvalidInput

ENSEMBLE = "Train this many networks, each with other validation rows, and average their outputs."
CALIBRATE = "Calibrate the probabilities of classes on the validation rows."
INTERVAL = "Train more networks for intervals of numbers with this coverage, e.g. 0.9 (default: as wide as the errors)."


@dataclass(frozen=True)
class ModelOptions:
    """An ensemble, calibration and intervals; InvalidInput for what cannot work."""

    panel: ClassVar = "What is predicted"

    ensemble: Annotated[int, typer.Option(help=ENSEMBLE)] = 1
    calibrate: Annotated[bool, typer.Option(help=CALIBRATE)] = True
    interval: Annotated[float | None, typer.Option(help=INTERVAL, show_default=False)] = None

    def __post_init__(self) -> None:
        if self.ensemble < 1:
            raise InvalidInput(f"--ensemble takes a number of networks, at least 1, got {self.ensemble}.")
        if self.interval is not None and not 0 < self.interval < 1:
            raise InvalidInput(f"--interval takes a coverage in (0, 1), such as 0.9, got {self.interval:g}.")

    def settings(self) -> dict[str, Any]:
        """The settings of a `TableRequest`."""
        return {"n_ensemble": self.ensemble, "calibrate": self.calibrate, "interval": self.interval}
