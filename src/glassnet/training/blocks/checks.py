"""Refuse what training on blocks cannot do, as only one block is in memory at a time."""

from collections.abc import Sequence
from typing import Any

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.update_rules import LBFGS
from glassnet.training.blocks.source import Blocks
from glassnet.training.loop.schedule_values import schedules_in
from glassnet.training.loop.settings import Settings


def check_alone(*more: object) -> None:
    """Refuse y, weights or row numbers in addition to blocks."""
    if any(given is not None for given in more):
        raise InvalidInput(
            "Blocks already contain y and the weights, (X, y) or (X, y, weights): pass only the Blocks, as X."
        )


def check_streamed(settings: Settings, validation: object) -> None:
    """Refuse settings that need all rows at once."""
    if validation is not None and not isinstance(validation, (tuple, list)):
        raise InvalidInput(
            f"a share of blocks cannot be held out: pass validation as arrays (X, y), got {brief(validation)}."
        )
    if settings.metrics and validation is None:
        raise InvalidInput("metrics need all rows at once: with blocks, pass validation as arrays (X, y).")
    if isinstance(settings.optimizer, LBFGS):
        raise InvalidInput("L-BFGS takes all rows at once: use another optimizer with blocks, such as 'adam'.")
    if isinstance(settings.class_weight, str):
        raise InvalidInput(
            f"class_weight={settings.class_weight!r} needs all rows at once: with blocks, give a number for each class."
        )


def check_length(blocks: Blocks, followed: Sequence[Any]) -> None:
    """Refuse schedules over an unknown number of steps."""
    if blocks.n_rows is None and any(True for given in followed for _ in schedules_in(given)):
        raise InvalidInput("schedules need the number of rows in an epoch: use Blocks(…, n_rows=…).")
