"""Other rows than a forecaster has learned from: what it knew before them in front, and units for series it never saw.

The model stays as it is. A series that was not there when it learned has no scale and no effects of its own: its scale
is found in its own values, and a column adds to it what it adds to the others, in units of their scales.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.forecasting.candidates import SCALES
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Panel, check_lengths
from glassnet.forecasting.dated.series_table import read_panel
from glassnet.forecasting.fitted import Fitted, Several
from glassnet.forecasting.held_out.truths import unit_of
from glassnet.formulas.elementary import Array

MOST = 3  # series that a note names


@dataclass(frozen=True, eq=False)
class Asked:
    """The series of a question: as they were read, with the columns beside them, and the model that knows each."""

    read: Panel
    panel: Panel
    fitted: Fitted
    notes: tuple[str, ...] = ()


def asked_about(known: Asked, beside: Beside, history: Any) -> Asked:
    """The series of a table of rows that a forecaster is asked about; `known` is what it has learned from.

    Raises InvalidInput as `fit` does for rows that are no series on the same axis of time.
    """
    notes: list[str] = []
    newer = read_panel(history, beside.columns, notes, known.read.axis)
    check_lengths(newer)
    read = with_past(known.read, newer, notes)
    panel = beside.within(read)
    fitted = for_series(panel, known)
    notes += of_new(panel, known.fitted, fitted)
    return Asked(read, panel, fitted, tuple(notes))


def with_past(known: Panel, newer: Panel, notes: list[str]) -> Panel:
    """Newer rows of some series, each with the past that is known before its first row, if they follow each other."""
    places = {name: k for k, name in enumerate(known.names)}
    starts, values, future, apart = [*newer.starts], [*newer.values], [*newer.future], []
    for j, name in enumerate(newer.names):
        k = places.get(name)
        before = 0 if k is None else newer.starts[j] - known.starts[k]
        if k is None or before <= 0:
            continue
        if before > len(known.values[k]):
            apart.append(newer.place(j, newer.starts[j]))
            continue
        starts[j], values[j] = known.starts[k], np.concatenate([known.values[k][:before], newer.values[j]])
        if future:
            future[j] = np.concatenate([known.future[k][:before], newer.future[j]])
    if apart:
        notes.append(f"rows that do not follow the known past are taken by themselves: from {listed(apart)} on")
    return replace(newer, starts=tuple(starts), values=tuple(values), future=tuple(future), static=known.static)


def for_series(panel: Panel, known: Asked) -> Fitted:
    """The model with scales and effects for all series of a panel."""
    fitted = known.fitted
    if isinstance(fitted.model, Several):
        members = tuple(for_series(panel, replace(known, fitted=each)) for each in fitted.model.members)
        fitted = replace(fitted, model=Several(members))
    new = [k for k, name in enumerate(panel.names) if name not in fitted.scales]
    if not new:
        return fitted
    scales, effects = dict(fitted.scales), dict(fitted.effects)
    usual = usual_effects(known)
    for k in new:
        effects[panel.names[k]] = usual * size_of(panel.values[k], fitted)
    found = replace(fitted, effects=effects)
    scales |= {panel.names[k]: unit_of(found.remains(panel, k), fitted.season) for k in new}
    return replace(found, scales=scales)


def usual_effects(known: Asked) -> Array:
    """What columns add to the series that were learned, in units of their sizes, on average."""
    panel, fitted = known.panel, known.fitted
    found = [fitted.effects[name] / size_of(panel.values[k], fitted) for k, name in enumerate(panel.names)]
    return np.mean(found, axis=0)


def size_of(values: Array, fitted: Fitted) -> float:
    """The unit of the effects on a series; of logarithms they are factors, whatever its size."""
    scale = fitted.candidate.scale
    return 1.0 if scale == "log" else unit_of(SCALES[scale].of(values), fitted.season)


def of_new(panel: Panel, known: Fitted, fitted: Fitted) -> list[str]:
    """That some series are new, and what forecasts them, in words."""
    ways: dict[str, list[Any]] = {}
    for name, values in zip(panel.names, panel.values, strict=True):
        if name not in known.scales:
            ways.setdefault(said_how(fitted, fitted.how(name, len(values))), []).append(name)
    return [
        f"{len(names)} {'series was' if len(names) == 1 else 'series were'} not there when the model learned: "
        f"{listed(names)}; {how}"
        for how, names in ways.items()
    ]


def said_how(fitted: Fitted, way: str) -> str:
    """What forecasts a new series, in words."""
    naive = fitted.candidate.model == "seasonal naive"
    if way == "model" and not naive:
        return "the map of all forecasts it"
    members = fitted.model.members if isinstance(fitted.model, Several) else (fitted,)
    apart = any(each.candidate.channels == "apart" for each in members)
    why = "as each series has a map of its own, " if apart else "" if naive else "too short for the model, so that "
    return f"{why}the last {'value' if way == 'last value' else 'season'} is repeated"


def listed(names: Sequence[Any]) -> str:
    """The first of some names."""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(map(str, names[:MOST])) + more


def known_ends(known: Panel) -> Mapping[Any, int]:
    """The number of the step after the last that is known, by the name of the series."""
    return dict(zip(known.names, known.ends, strict=True))
