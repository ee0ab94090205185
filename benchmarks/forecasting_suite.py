"""What the benchmarks of forecasters share: where the suite is, published scores, a table in Markdown."""

from pathlib import Path

DATA = Path("../shared/data/forecasting")
HORIZONS = (96, 192, 336, 720)
RESULTS = Path(__file__).parent / "results"
M4 = [  # sMAPE, MASE, OWA
    ("ES-RNN, winner of the competition", 9.328, 0.893, 0.440),
    ("FFORMA, second", 11.506, 0.819, 0.484),
    ("ARIMA", 13.980, 0.943, 0.577),
    ("ETS", 17.307, 1.824, 0.852),
    ("Theta", 18.138, 2.455, 1.006),
]


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])
