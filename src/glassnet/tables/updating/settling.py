"""What becomes of calibration, intervals and threshold of a model when its networks have been trained further."""

from dataclasses import replace

from glassnet.errors import InvalidInput
from glassnet.tables.calibration.threshold import AUTO
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted, readable

LEAST = 30  # validation rows, from which calibration and intervals are derived anew


def check_settled(request: TableRequest, n_validation: int) -> None:
    """Refuse a threshold that would be chosen on too few rows."""
    if request.threshold == AUTO and n_validation < LEAST:
        raise InvalidInput(
            f"threshold='auto' needs {LEAST} validation rows among those of the update, got {n_validation}: give more "
            "rows, or a threshold."
        )


def settled(courses: Courses, model: TableModel, request: TableRequest, n_validation: int) -> TableModel:
    """The model with what enough validation rows say of its outputs; with few rows all of it is kept."""
    if n_validation >= LEAST:
        return courses.settled(model, request)
    return model if request.threshold is None else replace(model, threshold=float(request.threshold))


def settled_in_words(model: TableModel, request: TableRequest, before: TableModel, n_validation: int) -> list[str]:
    """What was derived anew and what was kept, a sentence each."""
    rows = counted(n_validation, "validation row")
    anew = f"derived anew from {rows} of this update"
    kept = f"kept, as {rows} are fewer than {LEAST}"
    found = []
    if len(model.networks) > 1:
        found.append(f"ensemble: each of the {len(model.networks)} networks was trained further on the same rows")
    if not n_validation:
        found.append("epoch: the last one was kept, as there are too few rows to choose another by")
    how = anew if n_validation >= LEAST else kept
    if model.calibration is not None:
        found.append(f"calibration: {how}")
    if isinstance(model.target, ClassTarget):
        return [*found, *threshold_in_words(model, request, before)]
    return [*found, f"intervals: {how}"] if model.interval is not None else found


def threshold_in_words(model: TableModel, request: TableRequest, before: TableModel) -> list[str]:
    """Where the threshold comes from, if there is one."""
    if model.threshold is None:
        return []
    if request.threshold == AUTO:
        return [f"threshold: derived anew, {readable(model.threshold)}"]
    return [f"threshold: {'kept' if model.threshold == before.threshold else 'as given'}, {readable(model.threshold)}"]
