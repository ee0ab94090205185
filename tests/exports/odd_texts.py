"""Texts of all kinds for columns of all kinds, and two models that read them: the usual way, and as was stated."""

import datetime
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

import glassnet as gn

BLANKS = [
    "\t",
    "\n",
    "\v",
    "\x85",
    "\u00a0",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u202f",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\x1c",
]
NUMBERS = (
    "0 -0 7 +7 -7 −7 +-7 -−7 --7 007 7. .7 . -.7 7.5 7,5 1,234 1.234 1,234.5 1.234,5 1'234 1’234 1,23,4 12,34 1_000 "
    "1e2 1E+2 1e−2 1e 1e400 -1e400 1e-400 0x10 7d 7f 1/2 ٧ ７ ½ $7 $1,234.5 -$7 $-7 $ $7$ 7$ 7% 7kg 7kg7 "
    "(7) (1,234.5) (-7) ((7)) (7 7) ($7) $(7) (7%) (nan) () "
    f"9223372036854775807 9223372036854775808 {'9' * 400} 0.{'1' * 400} {7:0300d}"
)
SPACED = (
    "1 234|1\u00a0234|1\u202f234,5|1\u2009234|- 7|-\u00a07|7 %|7\u00a0kg|7  kg|1 e2|7 8|"
    "1 234,5 €|1\u202f234,50\u00a0€|-7 €|1.234 €|12 34 €"
)
WORDS = "nan NaN +nan -NaN inf Inf -inf +Infinity infinite true TRUE True false tru yes YES no y n t f on OFF"
MARKS = "NA na N/A n.a. null NULL None - -- ? .. : #N/A #DIV/0! NaT <NA> -9 -9.0 leer Leer LEER нет НЕТ Нет niet"
DATES = (
    "2020-01-31 2020-1-31 2020-01-32 2020-02-30 2020-00-10 2020-13-01 0000-01-01 0001-01-01 9999-12-31 10000-01-01 "
    "2020/01/31 31.01.2020 31.1.2020 31.01.20 01/31/2020 20200131 2020-W05-5 2020-031 2020-01 2020 "
    "2020-01-31T12:30 2020-01-31T12:30:15 2020-01-31T12:30:15.123456789 2020-01-31T12:30Z 2020-01-31T12:30:00+02:00 "
    "2020-01-31T12:30:00-0530 2020-01-31T12:30:00+24:00 0001-01-01T00:00:00+02:00 2020-01-31T24:00 2020-01-31T12:60 "
    "2020-01-31T12 12:30 12:30:15 12:30:15.5 1:30 24:00 12:60 12:30:60 12.30 soon +2020-01-31 -001-01-31"
)
NAMED = (
    "31 Jan 2020|31 jan 2020|31 JAN 2020|31  Jan  2020|31Jan2020|31 January 2020|31 Foo 2020|30 Feb 2020|"
    "31-Jan-20|31-JAN-2020|31/Jan/2020|January 31, 2020|Jan 2020|jan-2020|Jan 20|Jan 0020|31 May 20|May 2020 31|"
    "2020-01-31 12:30|2020-01-31  12:30|2020-01-31\u00a012:30:15|2020-01-31 12:30 Z"
)
LEVELS = [
    "Oslo",
    "oslo",
    "OSLO",
    'Zürich "ü"',
    "ZÜRICH",
    "\\",
    "3.10",
    "3.1",
    "3",
    "Oslo\0",
    "東京",
    "x" * 100_000,
    "a\nb",
]
TEXTS = ["", *" ".join((NUMBERS, WORDS, MARKS, DATES)).split(" "), *SPACED.split("|"), *NAMED.split("|"), *LEVELS]
TEXTS += [f"{blank}{text}{blank}" for blank in (" ", "  ", *BLANKS) for text in ("", "7", "Oslo", "NaN", "2020-01-31")]
TEXTS += [f"2020-01-31{' ' * n}12:30{end}" for n, end in ((85, ""), (86, ""), (20_000, "x"))]  # 100 signs, 101, many
TEXTS += ["7" * 20_000 + "x", "7" + " " * 20_000 + "x", "0" * 20_000 + "7"]
TEXTS += [f"\ufeff{text}" for text in ("7,5", "$7", "true", "12:30")]
TEXTS = [*dict.fromkeys(TEXTS)]

N = 60


def table() -> pl.DataFrame:
    """Columns of all kinds, as texts, a few of each missing."""
    rng = np.random.default_rng(0)
    size, days = (
        rng.normal(50, 10, N),
        [datetime.date(2020, 1, 1) + datetime.timedelta(int(k)) for k in rng.integers(0, 900, N)],
    )
    towns = ["Oslo", 'Zürich "ü"', "3.10", "3.1", "true", "2020-01-31", "東京", "\\"]
    comma = [f"{9 * k:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") for k in 99 * size]
    columns: dict[str, list[Any]] = {
        "plain": [f"{k:.2f}" for k in size],
        "comma": comma,
        "spaced": [text.replace(".", " ") for text in comma],
        "euros": [text.replace(".", " ") + " €" for text in comma],
        "dollars": [f"${k:,.2f}" for k in 99 * size],
        "kilos": [f"{k:.1f} kg" for k in size],
        "flag": rng.choice(["true", "false"], N).tolist(),
        "strays": [f"{k:.3f}" if j % 20 else "<0.6" for j, k in enumerate(size)],
        "iso": [str(day) for day in days],
        "german": [f"{day:%d.%m.%Y}" for day in days],
        "time": [f"{k % 24:02}:{k % 60:02}" for k in rng.integers(0, 900, N).tolist()],
        "town": [towns[k] for k in rng.integers(0, len(towns), N)],
        "code": [f"{k}" for k in rng.integers(0, 20, N)],
    }
    columns |= {"answer": rng.choice(["yes", "no"], N).tolist(), "named": [f"{day:%d %b %Y}" for day in days]}
    frame = pl.DataFrame(columns)
    gone = [pl.Series([(j + 3 * k) % 17 == 0 for j in range(N)]) for k in range(frame.width)]
    frame = frame.with_columns(
        pl.when(~g).then(c).alias(c.name) for g, c in zip(gone, frame.get_columns(), strict=True)
    )
    return frame.with_columns(pl.Series("y", np.where(size + rng.normal(0, 3, N) > 50, "much", "little")))


STATED = {
    "kinds": {"answer": "boolean", "named": "date", "code": "category"},
    "date_formats": {"named": "%d %b %Y"},
    "missing": ("-9", "leer", "нет", "NA"),
}
OPTIONS: dict[str, Any] = {"usual": None, "stated": STATED}


@cache
def model(name: str) -> Any:
    """A model of the table whose weights are random and large, so that each input tells on the answer."""
    training = gn.TableTraining(
        table(),
        "y",
        recipe=gn.Recipe(hidden=(8,), epochs=1, frequencies=0, engine="numpy"),
        columns=OPTIONS[name],
        calibrate=False,
    )
    for _ in training.epochs():
        pass
    found, rng = training.model, np.random.default_rng(1)
    for array in found.network.arrays.values():
        array[...] = rng.normal(0, 1.5 / np.sqrt(len(array)), array.shape)
    return found


@dataclass(frozen=True, eq=False)
class Asked:
    """A row with one odd text, and what `predict` answers: outputs, or a sentence."""

    column: str
    text: str
    row: dict[str, str | None]
    outputs: Any
    refused: str | None


@cache
def asked(name: str) -> tuple[Asked, ...]:
    """Each text in each column of a model."""
    found = model(name)
    predictor, base = found.predictor(), table().drop("y").drop_nulls().row(0, named=True)
    made = []
    for column in found.encoder.columns:
        for text in TEXTS:
            row = {each: base[each] for each in found.encoder.columns} | {column: text}
            try:
                made.append(Asked(column, text, row, predictor.outputs(row), None))
            except gn.InvalidInput as error:
                made.append(Asked(column, text, row, None, str(error)))
    return tuple(made)
