"""What each column of a table has contributed to a prediction, as the page shows it."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.playing.answers.questions import check_row
from glassnet.playing.own.model import OwnModel
from glassnet.playing.simulation import Simulation

MOST_COLUMNS = 20  # that are listed; the others are added up


def contributions_of(simulation: Simulation, table: object, row: object) -> dict[str, Any]:
    """Columns with their values and contributions, the largest first, and what they add up to."""
    if not isinstance(table, OwnModel):
        raise InvalidInput("contributions are for a trained model of a table: glassnet playground RUN opens one.")
    number = check_row(simulation, row)
    data = simulation.scene.data
    found = table.contributions(simulation.net, data, number)
    values, baseline, prediction, what = found.of()
    order = np.argsort(-np.abs(values), kind="stable")
    given, listed = found.shown(0), order[:MOST_COLUMNS]
    columns = [{"name": found.columns[k], "value": given[k], "contribution": float(values[k])} for k in listed]
    return {
        "columns": columns,
        "others": len(values) - len(columns),
        "rest": float(values[order[MOST_COLUMNS:]].sum()),
        "baseline": baseline,
        "prediction": prediction,
        "what": what,
        "background": found.background,
        "error": found.error,
    }
