"""The tables of the golden files: columns of every kind, with holes, written in two ways."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import glassnet as gn
from glassnet.tables.reading.read import read_file

ROWS, LATER = 60, 8  # rows to train on, and rows that come later
CITIES = ["Oslo", "Łódź", "", "São Paulo", "Bern", "Lima, Peru"]
WITH_COMMA = ("area", "price")  # columns of decimals
RECIPE = gn.Recipe(hidden=(4,), frequencies=2, epochs=3, one_hot=3)


def houses() -> dict[str, list[str]]:
    """A text for each row and column; the last rows have a city that the others lack."""
    k, rng = np.arange(ROWS + LATER), np.random.default_rng(0)
    area, level = rng.integers(200, 3000, len(k)) / 10, rng.integers(0, 3, len(k))
    price = 20_000 + 900 * area + 15_000 * level
    return {
        "id": [f"house {n:04d}" for n in k],
        "area": ["" if n % 11 == 5 else f"{area[n]:.1f}" for n in k],
        "built": [f"{1950 + n}-{n % 12 + 1:02d}-{n % 27 + 1:02d}" for n in k],
        "city": ["Ys" if n > ROWS + 3 else CITIES[n % 6] for n in k],
        "street": [f"street {chr(97 + n % 13)}" for n in k],
        "garden": ["yes" if n % 3 else "no" for n in k],
        "taxes": [f"{round(price[n]) // 100} €" for n in k],
        "country": ["here" for _ in k],
        "kind": [("flat", "house", "castle")[level[n]] for n in k],
        "price": [f"{price[n]:.2f}" for n in k],
    }


def shops() -> dict[str, list[str]]:
    """Times, dates with times, thousands, percentages, marks for missing values, and some that fit nowhere."""
    k, rng = np.arange(ROWS + LATER), np.random.default_rng(1)
    opens, visitors = rng.integers(6, 12, len(k)), rng.integers(900, 90_000, len(k))
    return {
        "opens": [f"{hour:02d}:{n * 7 % 60:02d}" for n, hour in enumerate(opens)],
        "seen": [f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d} {n % 24:02d}:30:00" for n in k],
        "visitors": [f"{count:,}" for count in visitors],
        "share": ["NA" if n % 9 == 4 else f"{n * 13 % 100}.5 %" for n in k],
        "stars": ["none" if n % 17 == 3 else str(n % 5 + 1) for n in k],
        "code": [f"{n % 4:03d}" for n in k],
        "open": ["true" if hour < 9 else "false" for hour in opens],
    }


def taxes() -> dict[str, list[str]]:
    """Amounts that each mean something of their own, so that they are levels as well."""
    n = np.arange(rows_of("tax") + LATER)
    form = 7 * n % 18
    tax = np.random.default_rng(2).normal(size=18)[form] + 0.01 * (n % 5)
    paid = ["" if k % 31 == 5 else f"{12.5 * value:.2f} €" for k, value in enumerate(form)]
    return {"paid": paid, "size": [str(k % 9 + 0.5) for k in n], "tax": [f"{value:.3f}" for value in tax]}


def rows_of(target: str) -> int:
    """How many rows are trained on."""
    return 6 * ROWS if target == "tax" else ROWS


TABLES = {"kind": (houses, ","), "price": (houses, ";"), "open": (shops, ","), "tax": (taxes, ",")}  # by the target


def text(target: str, rows: slice) -> str:
    """Some rows as a file: with commas, or with semicolons and decimal commas."""
    table, separator = TABLES[target]
    found = table()
    if separator == ";":
        found |= {name: [value.replace(".", ",") for value in found[name]] for name in WITH_COMMA}
    lines = [list(found), *[*zip(*found.values(), strict=True)][rows]]
    return "".join(separator.join(f'"{v}"' if separator in v else v for v in line) + "\n" for line in lines)


WHOLE: dict[str, tuple[str, dict[str, Any]]] = {  # by the name of the file: the target, and what is asked beside it
    "table-calibrated": ("open", {"n_ensemble": 2, "threshold": 0.4}),
    "table-ends": ("price", {"n_ensemble": 2, "interval": 0.5}),
    "table-errors": ("price", {}),
    "table-updated": ("kind", {"updated": True}),
}


def trained(path: Path, target: str, updated: bool = False, **more: Any) -> gn.TableModel:
    """What `glassnet train` makes of a file, and where `updated` what `glassnet update` does for another city."""
    read = read_file(path)
    training = gn.TableTraining(
        read.frame, target, recipe=RECIPE, file_notes=read.notes, decimal_comma=read.decimal_comma, **more
    )
    for _ in training.epochs():
        pass
    if not updated:
        return training.model
    update = gn.TableUpdate(training.model, read.frame.with_columns(city=pl.lit("Ys")), epochs=3)
    for _ in update.epochs():
        pass
    return update.model
