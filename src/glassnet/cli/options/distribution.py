"""What a number to predict is described by, beside its mean."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import typer

from glassnet.tables.distributions.heads import check_distribution

DISTRIBUTION = "For numbers, learn their distribution too: gaussian, mixture, quantiles or histogram."


@dataclass(frozen=True)
class DistributionOptions:
    """The distribution that is predicted; UnknownName for one that there is not."""

    panel: ClassVar = "What is predicted"

    distribution: Annotated[str | None, typer.Option(metavar="NAME", help=DISTRIBUTION)] = None

    def __post_init__(self) -> None:
        check_distribution(self.distribution)

    def settings(self) -> dict[str, Any]:
        """The settings of a `TableRequest`."""
        return {"distribution": self.distribution}
