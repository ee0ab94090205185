"""The models of one training: one, or one for each of several targets, with networks of their own."""

from typing import Any

from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.model import TableModel


def begun_models(prepared: PreparedRows, request: TableRequest, courses: Courses) -> tuple[TableModel, ...]:
    """The model of each target before the first epoch."""
    more: dict[str, Any] = {"columns": prepared.found, "reading": request.reading, "head": courses.head}

    def model(name: str, target: Any, own: Courses) -> TableModel:
        network, *others = [course.network for course in own.main]
        rest = network, prepared.file_notes, prepared.columns.ids, tuple(others)
        return TableModel(prepared.encoder, target, name, *rest, **more)

    targets = ((prepared.target_name, prepared.target), *prepared.also)
    return tuple(model(name, target, courses.of(place)) for place, (name, target) in enumerate(targets))
