"""The description of the model of a table, as its file has it."""

from typing import Annotated, Any, NotRequired, TypedDict

from glassnet.files.schema import Within
from glassnet.tables.calibration.in_files import IntervalFields
from glassnet.tables.calibration.temperature import Calibration
from glassnet.tables.encoding.found_columns import FoundColumn
from glassnet.tables.reading.read_options import ReadOptions
from glassnet.tables.update_record import UpdateRecord


class EarlierFields(TypedDict):
    """What is said of rows that a model saw when its encoder had fewer levels, or fewer columns with missing values."""

    rows: int
    levels: dict[str, int]
    missing: tuple[str, ...]


class TableFields(TypedDict):
    """The description of a TablePipeline; without the fields that are not required, a network is all there is."""

    encoder: dict[str, Any]
    target: dict[str, Any]
    target_name: str
    file_notes: tuple[str, ...]
    id_columns: NotRequired[tuple[str, ...]]
    others: NotRequired[list[dict[str, Any]]]
    calibration: NotRequired[Calibration]
    interval: NotRequired[IntervalFields]
    estimator: NotRequired[dict[str, Any]]
    threshold: NotRequired[Annotated[float, Within(0, 1)]]
    distribution: NotRequired[dict[str, Any]]
    columns: NotRequired[tuple[FoundColumn, ...]]
    reading: NotRequired[ReadOptions]
    seen: NotRequired[int]
    seen_earlier: NotRequired[tuple[EarlierFields, ...]]
    updates: NotRequired[tuple[UpdateRecord, ...]]
