"""What a person asks of a forecaster; None for what is to be found."""

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.errors import InvalidInput, UnknownName
from glassnet.forecasting.candidates import BOX_COX, MODELS, SCALES


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; None for what is found."""

    horizon: int
    season: int | None = None
    model: str | tuple[str, ...] | None = None
    scale: str | None = None
    channels: str | None = None
    nonnegative: bool | None = None
    coverage: tuple[float, ...] = (0.8, 0.95)
    average: bool = False

    def __post_init__(self) -> None:
        for each in self.models or ():
            check_named("model", each, MODELS)
        check_named("scale", self.scale, (*SCALES, BOX_COX))
        check_named("value of channels", self.channels, ("shared", "apart"))

    @property
    def models(self) -> tuple[str, ...] | None:
        """The models that are compared, if they were named."""
        return (self.model,) if isinstance(self.model, str) else self.model

    def scales(self, nonnegative: bool) -> list[str]:
        """The scales that are compared."""
        if self.scale == BOX_COX:
            return [each for each in SCALES if each.startswith(BOX_COX)]
        return [self.scale] if self.scale else ["as they are", *(["log"] if nonnegative else [])]


def check_named(what: str, given: str | None, known: tuple[str, ...]) -> None:
    """Refuse a name that there is not."""
    if given is not None and given not in known:
        raise UnknownName(what, given, known)


def checked_models(model: str | Sequence[str] | None) -> str | tuple[str, ...] | None:
    """One or several models to compare; a model that is named twice is compared once."""
    if model is None or isinstance(model, str):
        return model
    if not (given := tuple(dict.fromkeys(model))):
        raise InvalidInput(f"model must be one or several of {', '.join(MODELS)}, got none.")
    return given
