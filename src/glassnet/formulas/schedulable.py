"""Descriptions in which a schedule may stand for a number."""

from collections.abc import Mapping
from typing import Any, ClassVar

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.registry import Named


class Schedulable(Named):
    """A named description; in its `schedulable` fields a schedule may stand for the number."""

    schedulable: ClassVar[tuple[str, ...]] = ()

    def _check_field(self, field: str, value: object, wanted: object) -> None:
        if field in self.schedulable and isinstance(value, (Named, Mapping)):
            object.__setattr__(self, field, self._schedule(field, value))
        else:
            super()._check_field(field, value, wanted)

    def _schedule(self, field: str, given: object) -> Any:
        from glassnet.formulas.schedules import Schedule  # imported late: a prediction does not need it

        if not isinstance(given, (Schedule, Mapping)):
            raise InvalidInput(
                f"{type(self).__name__}: `{field}` must be a finite number or a schedule, got {brief(given)}."
            )
        return Schedule.of(given)
