"""The scoring protocol of MLflow: rows in one of four forms to /invocations, a list of predictions back."""

from typing import Any

from glassnet.errors import InvalidInput
from glassnet.serving.messages import Refused, check_fields, kind_of, listed
from glassnet.serving.rows import NetworkRows, TableRows

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
SPLIT = ("columns", "index", "data")


def rows_of(request: object, rows: TableRows | NetworkRows, most: int) -> Any:
    """The rows of a request: a data frame that is split or in records, or instances and inputs by row or by column."""
    fields = check_fields(request, (*FORMS, "params"), "the body")
    given = [form for form in FORMS if form in fields]
    if len(given) != 1:
        raise Refused(400, f"the body must have one of {listed(FORMS)}, got {len(given)} of them.")
    if fields.get("params"):
        raise Refused(400, 'this model does not support "params".')
    form, data = given[0], fields[given[0]]
    if form == "dataframe_split":
        split = check_fields(data, SPLIT, f'"{form}"')
        names, data = (
            list_of(split.get("columns"), f'"columns" of "{form}"'),
            list_of(split.get("data"), f'"data" of "{form}"'),
        )
        check_number(data, most)
        return rows.of_split(names, data)
    if isinstance(data, dict) and form != "dataframe_records":
        check_number(max(data.values(), key=length, default=[]), most)
        return rows.of_columns({name: unpacked(values) for name, values in data.items()})
    check_number(list_of(data, f'"{form}"'), most)
    return rows.of_rows(data)


def length(values: object) -> int:
    """How many values a column has."""
    return len(values) if isinstance(values, list) else 0


def unpacked(values: Any) -> Any:
    """A column (n,) that may be written as (n, 1)."""
    if isinstance(values, list) and values and all(isinstance(value, list) and len(value) == 1 for value in values):
        return [value[0] for value in values]
    return values


def list_of(given: object, what: str) -> list[Any]:
    """A list in a request."""
    if not isinstance(given, list):
        raise Refused(400, f"{what} must be a list, got {kind_of(given)}.")
    return given


def check_number(rows: object, most: int) -> None:
    """Refuse no rows, and more than there may be."""
    n = length(rows)
    if not n:
        raise InvalidInput("there are no rows to predict.")
    if n > most:
        raise InvalidInput(f"there are {n:,} rows, expected {most:,} at most: send several requests.")
