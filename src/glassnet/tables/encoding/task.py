"""Decide whether a target is classes or numbers, and report how that was decided."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from glassnet.errors import UnknownName
from glassnet.tables.encoding.column_kinds import MOST_LEVELS
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_series, family, to_texts
from glassnet.tables.values.missing import WORDS
from glassnet.tables.values.text_format import TextFormat

if TYPE_CHECKING:
    import narwhals as nw

TEXT = TextFormat()
METRICS = {  # what a model is measured by; the first is what it is trained for, unless another is chosen
    "classification": (
        "accuracy", "balanced_accuracy", "log_loss", "brier", "f1", "roc_auc", "average_precision"
    ),
    "regression": ("rmse", "mae", "median_absolute_error", "r2", "mape"),
}  # fmt: skip


def find_task(column: Any, task: str | None = None, form: TextFormat = TEXT) -> str:
    """Whether a column asks for "classification" or "regression"; `task` overrules.

    Text, categories and booleans are classes, and so are whole numbers with at most 20 distinct values that each stand,
    on average, in two rows or more, whatever their type; with a sign or a unit (5 %, 3 kg) they are measured, and
    predicted as numbers like all else.

    >>> find_task(["yes", "no", "yes"]), find_task([1.5, 2.5, 0.1]), find_task([0.0, 1.0, 1.0, 0.0])
    ('classification', 'regression', 'classification')
    """
    if task is not None and task not in METRICS:
        raise UnknownName("task", task, METRICS)
    return task or ("classification" if _holds_classes(as_series(column), form) else "regression")


def _holds_classes(series: "nw.Series[Any]", form: TextFormat) -> bool:
    if family(series) != "number":
        return family(series) == "text"
    return type(series.dtype).__name__ == "Boolean" or (_few_whole(series) and not form.quantity)


def _few_whole(series: "nw.Series[Any]") -> bool:
    """Whether numbers are whole and so few that they may be classes."""
    if series.n_unique() > min(MOST_LEVELS, len(series) / 2):
        return False
    return bool(series.dtype.is_integer()) or all(float(value).is_integer() for value in series.unique().to_list())


def task_in_words(column: "nw.Series[Any]", task: str, form: TextFormat = TEXT) -> str:
    """How a column of numbers was interpreted, if the other task is plausible too; else ""."""
    series = as_series(column)
    if family(series) != "number" or type(series.dtype).__name__ == "Boolean":
        return ""
    n = series.n_unique()
    if task == "classification":
        return f"{n} different numbers, treated as classes (--task regression predicts them as numbers)"
    if n > min(MOST_LEVELS, len(series) / 2):
        return ""
    sign = ", written with a sign or a unit" if form.quantity else ""
    return f"{n} different numbers{sign}, predicted as numbers (--task classification treats them as classes)"


def words_in_words(series: "nw.Series[Any]", form: TextFormat) -> str:
    """Which classes have names that elsewhere mean a missing value, and how often each occurs."""
    if form.missing != "no words" or family(series) != "text":
        return ""
    counts = Counter(text for text in to_texts(series) if text is not None and text.lower() in WORDS)
    words = ", ".join(f"{word!r} ({counted(n, 'row')})" for word, n in counts.items())
    are = "is read as a class" if len(counts) == 1 else "are read as classes"
    return f"{words} {are}; only empty fields are missing" if words else ""
