"""The models of one training: one, or one for each of several targets, with the same networks."""

from typing import Any

from glassnet.tables.distributions.output_head import OutputHead
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.model import TableModel


def begun_models(prepared: PreparedRows, request: TableRequest, courses: Courses) -> tuple[TableModel, ...]:
    """The model of each target before the first epoch."""
    networks = [course.network for course in courses.main]
    rest = networks[0], prepared.file_notes, prepared.columns.ids, tuple(networks[1:])
    more: dict[str, Any] = {"columns": prepared.found, "reading": request.reading}
    targets = ((prepared.target_name, prepared.target), *prepared.also)
    if len(targets) == 1:
        return (TableModel(prepared.encoder, prepared.target, prepared.target_name, *rest, head=courses.head, **more),)
    heads = [OutputHead(place, len(targets)) for place in range(len(targets))]
    return tuple(
        TableModel(prepared.encoder, target, name, *rest, head=head, **more)
        for (name, target), head in zip(targets, heads, strict=True)
    )
