"""The lines of Python that give a model again, for reports of what was trained from Python."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from glassnet.tables.fitting.cross_validation import FINALS, CrossValidation
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import DEFAULTS, TableRequest
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.updating.rows import OLD
from glassnet.tables.updating.settings import EPOCHS
from glassnet.tables.updating.update import TableUpdate
from glassnet.tables.values.column_options import NOTHING_SAID, ColumnOptions

NAMED_APART = ("recipe", "columns", "reading", "test", "validation", "also")  # in other words, or said of the table
FRAME = "table = ...  # the data frame that it was trained on"


def in_python(made: TableTraining | CrossValidation | TableUpdate, data: str) -> str:
    """The lines that train the same model, from a table of which `data` says where it is; "" where that is not known.

    >>> training = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=gn.Recipe(epochs=2))
    >>> print(in_python(training, "iris.csv"))
    import glassnet as gn
    <BLANKLINE>
    table = gn.read_table('iris.csv')
    training = gn.TableTraining(table, 'species', recipe=gn.Recipe(epochs=2))
    for epoch in training.epochs(): pass
    """
    table = f"table = gn.read_table({data!r})" if data else FRAME
    return "\n".join(["import glassnet as gn\n", table, *lines_of(made)])


def lines_of(made: TableTraining | CrossValidation | TableUpdate) -> Iterator[str]:
    """What is done with the table."""
    if isinstance(made, TableUpdate):
        yield "model = gn.load(...)  # as it was before"
        yield f"update = gn.TableUpdate({', '.join(['model', 'table', *of_update(made)])})"
        yield "for epoch in update.epochs(): pass"
    elif isinstance(made, CrossValidation):
        said = ", ".join(["table", *said_of(made.request), *how_divided(made)])
        yield f"found = gn.cross_validate({said})"
    else:
        said = ", ".join(["table", *said_of(made.request), *own_rows(made)])
        yield f"training = gn.TableTraining({said})"
        yield "for epoch in training.epochs(): pass"


def said_of(request: TableRequest) -> Iterator[str]:
    """The target, and each setting that is not the default."""
    yield repr(list(request.targets) if request.also else request.target)
    yield from settings_of(request)
    if request.recipe != Recipe():
        yield f"recipe=gn.{request.recipe!r}"
    if request.columns != NOTHING_SAID:
        yield f"columns={said_of_columns(request.columns)!r}"


def settings_of(request: TableRequest) -> Iterator[str]:
    """The plain settings that differ from the defaults."""
    for name, default in DEFAULTS.items():
        if name not in NAMED_APART and (value := getattr(request, name)) != default:
            yield f"{name}={value!r}"


def said_of_columns(columns: ColumnOptions) -> dict[str, Any]:
    """What was said of columns, as the dict that says the same."""
    given = {field.name: getattr(columns, field.name) for field in fields(columns)}
    said = {name: value for name, value in given.items() if value != getattr(NOTHING_SAID, name)}
    return {name: dict(value) if name in ("kinds", "date_formats") else value for name, value in said.items()}


def own_rows(training: TableTraining) -> Iterator[str]:
    """Rows of one's own in place of shares."""
    if training.prepared.test_rows is None and training.prepared.files is None:
        yield "test=..."
    if training.prepared.own_validation:
        yield "validation=..."


def how_divided(found: CrossValidation) -> Iterator[str]:
    """How many folds there were, how often, and the final model."""
    repeats = int(found.out_of_fold["repeat"].max())
    yield f"folds={len(found.scores) // repeats}"
    if repeats > 1:
        yield f"repeats={repeats}"
    if found.final != FINALS[0]:
        yield f"final={found.final!r}"


def of_update(update: TableUpdate) -> Iterator[str]:
    """The settings of an update that are not the defaults."""
    recipe, request = update.request.recipe, update.request
    if update.n_rows(OLD):
        yield "replay=..."
    usual = Recipe(epochs=EPOCHS)
    for name in ("epochs", "learning_rate", "batch_size", "test", "validation", "seed", "engine"):
        if (value := getattr(recipe, name)) != getattr(usual, name):
            yield f"{name}={value!r}"
    if request.threshold != update.before.threshold:
        yield f"threshold={request.threshold!r}"
    for name in ("group", "time", "weight", "class_weight", "skip_last"):
        if (value := getattr(request, name)) is not None:
            yield f"{name}={value!r}"
