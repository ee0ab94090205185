"""A forecaster as one file: arrays and a JSON description, without code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from glassnet.errors import InvalidInput, ModelFileError, brief
from glassnet.files.described_arrays import read_described, write_described
from glassnet.files.model_file import FORECASTER, WRONG, model_file
from glassnet.forecasting.candidates import NETWORKS, Candidate, Model, OfNetwork, Repeating
from glassnet.forecasting.choosing import Choice, Setting
from glassnet.forecasting.cold.static_columns import Statics
from glassnet.forecasting.dated.frequency import Frequency
from glassnet.forecasting.dated.known_ahead import Beside
from glassnet.forecasting.dated.panel import Axis, Panel
from glassnet.forecasting.dated.series_table import Columns, Reading
from glassnet.forecasting.dated.stamps import Clock
from glassnet.forecasting.fitted import Fitted, Several
from glassnet.forecasting.held_out.wanted import Wanted
from glassnet.forecasting.intervals import Intervals
from glassnet.forecasting.kept.form import Form, check_form, check_sizes
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.saving import arrays_of as of_network
from glassnet.forecasting.networks.saving import described as described_network
from glassnet.forecasting.networks.saving import forecaster_of as network_of
from glassnet.forecasting.selecting import Scored
from glassnet.formulas.elementary import Array

FORMAT_VERSION = 1
NAMES = (str, int, float, bool, type(None))
State = dict[str, Any]


def write_forecaster(path: str | Path, state: State) -> Path:
    """Write what a forecaster holds: its past as it was read, what was asked for, found, learned and told."""
    read, fitted = state["read"], state["fitted"]
    for name in read.names:
        if not isinstance(name, NAMES):
            raise InvalidInput(f"names of series must be texts or numbers to be saved, got {brief(name)}.")
    arrays = of_panel(read) | of_fitted(fitted, read.names)
    description = {
        "wanted": asdict(state["wanted"]),
        "reading": state["reading"]._asdict(),
        "columns": {**asdict(state["beside"].columns), "reading": None},
        "calendar": [*state["beside"].calendar],
        "holidays": state["beside"].holidays,
        "fourier": [[*each] for each in state["beside"].fourier],
        "clock": asdict(read.axis.clock),
        "frequency": asdict(read.axis.frequency),
        "names": [*read.names],
        "starts": [int(each) for each in read.starts],
        "fitted": described(fitted),
        "choices": [{**asdict(each.candidate), "score": finite(each.score)} for each in state["choices"]],
        "notes": [*state["notes"]],
        "statics": None if state["statics"] is None else state["statics"].describe(),
    }
    return write_described(path, arrays, FORECASTER, FORMAT_VERSION, {"forecaster": description})


def of_panel(read: Panel) -> dict[str, Array]:
    """The past as it was read: missing values are 0, and their places are named."""
    values = np.concatenate(read.values)
    beside = np.concatenate(read.future) if read.future else np.empty((len(values), 0))
    arrays = {"lengths": read.lengths.astype(np.float64)}
    for name, each in (("values", values), ("columns", beside.ravel())):
        missing = np.isnan(each)
        arrays[name] = np.where(missing, 0.0, each)
        arrays[f"{name}.missing"] = np.flatnonzero(missing).astype(np.float64)
    return arrays


def of_fitted(fitted: Fitted, names: Sequence[Any]) -> dict[str, Array]:
    """The numbers that were learned; −1 is a width that is not known."""
    widths = fitted.intervals.widths
    return {
        "widths": np.where(np.isnan(widths), -1.0, widths),
        "scales": np.array([fitted.scales[name] for name in names]),
        "latest": np.array([fitted.unit(name) for name in names]),
        "effects": np.array([fitted.effects[name] for name in names]),
        **({"errors": fitted.errors} if fitted.errors.size else {}),
        **of_model(fitted.model, names),
    }


def of_model(model: Model | Several, names: Sequence[Any]) -> dict[str, Array]:
    """The weights of a model, or all that the members of a mean have learned."""
    if isinstance(model, LinearForecaster):
        return {"maps": np.stack(model.maps)}
    if isinstance(model, OfNetwork):
        return of_network(model.network)
    members = model.members if isinstance(model, Several) else ()
    return {f"{k}.{name}": array for k, each in enumerate(members) for name, array in of_fitted(each, names).items()}


def described(fitted: Fitted) -> State:
    """What was chosen."""
    names, model = [*fitted.scales], fitted.model
    return {
        "candidate": asdict(fitted.candidate),
        "season": fitted.season,
        "nonnegative": bool(fitted.nonnegative),
        "numbers": [fitted.numbers.get(name) for name in names],
        "setting": model.fitted()._asdict() if isinstance(model, LinearForecaster) else None,
        "network": described_network(model.network) if isinstance(model, OfNetwork) else None,
        "members": [described(each) for each in model.members] if isinstance(model, Several) else [],
        "coverage": [*fitted.intervals.coverage],
        "n_residuals": fitted.intervals.n,
        "measured": [finite(each) for each in fitted.intervals.measured],
    }


def candidate_of(about: State) -> Candidate:
    """A candidate as it was described."""
    return Candidate(**{**about, "of": tuple(map(candidate_of, about["of"]))})


def wanted_of(about: State) -> Wanted:
    """What was asked for as it was described."""
    model = about["model"]
    return Wanted(
        **{**about, "coverage": tuple(about["coverage"]), "model": tuple(model) if isinstance(model, list) else model}
    )


def finite(number: float) -> float | None:
    """A number that JSON has, or None."""
    return float(number) if np.isfinite(number) else None


def or_nan(number: float | None) -> float:
    """The number again."""
    return np.nan if number is None else float(number)


def read_forecaster(path: str | Path) -> State:
    """What `write_forecaster` wrote; one ModelFileError for anything else."""
    try:
        arrays, description = read_described(model_file(path), FORECASTER, FORMAT_VERSION, "forecaster")
        return state_of(arrays, description["forecaster"])
    except ModelFileError:
        raise
    except WRONG as error:
        raise ModelFileError(f"{path} does not describe a forecaster: {error}") from error


def state_of(arrays: Mapping[str, Array], about: State) -> State:
    """The parts of a forecaster."""
    check_form(about)
    wanted = wanted_of(about["wanted"])
    reading = Reading(**about["reading"])
    named: State = {name: tuple(v) if isinstance(v, list) else v for name, v in about["columns"].items()}
    columns = Columns(**named | {"reading": reading})
    fourier = tuple((float(period), int(pairs)) for period, pairs in about["fourier"])
    beside = Beside(columns, wanted.horizon, tuple(about["calendar"]), about["holidays"], fourier)
    axis = Axis(Clock(**about["clock"]), Frequency(**about["frequency"]))
    check_sizes(arrays, cast(Form, about), beside)
    read = panel_of(arrays, tuple(about["names"]), tuple(about["starts"]), axis, len(columns.beside))
    choices = [dict(each) for each in about["choices"]]
    return {
        "wanted": wanted,
        "reading": reading,
        "beside": beside,
        "read": read,
        "fitted": fitted_of(arrays, about["fitted"], wanted.horizon, read.names),
        "choices": tuple(Scored(score=or_nan(each.pop("score")), candidate=candidate_of(each)) for each in choices),
        "notes": tuple(about["notes"]),
        "statics": None if about["statics"] is None else Statics.from_description(about["statics"]),
    }


def panel_of(
    arrays: Mapping[str, Array], names: tuple[Any, ...], starts: tuple[int, ...], axis: Axis, n_columns: int
) -> Panel:
    """The past as it was read."""
    found = {}
    for name in ("values", "columns"):
        found[name] = np.array(arrays[name], np.float64)
        found[name][arrays[f"{name}.missing"].astype(np.int64)] = np.nan
    edges = np.cumsum(arrays["lengths"].astype(np.int64))[:-1]
    beside = np.split(found["columns"].reshape(len(found["values"]), n_columns), edges) if n_columns else ()
    return Panel(names, starts, tuple(np.split(found["values"], edges)), axis, tuple(beside))


def fitted_of(arrays: Mapping[str, Array], about: State, horizon: int, names: Sequence[Any]) -> Fitted:
    """What was learned."""
    widths = np.array(arrays["widths"])
    intervals = Intervals(
        tuple(about["coverage"]),
        np.where(widths < 0, np.nan, widths),
        about["n_residuals"],
        tuple(or_nan(each) for each in about["measured"]),
    )
    return Fitted(
        candidate_of(about["candidate"]),
        model_of(arrays, about, horizon, names),
        horizon,
        about["season"],
        {name: each for name, each in zip(names, about["numbers"], strict=True) if each is not None},
        {name: float(each) for name, each in zip(names, arrays["scales"], strict=True)},
        dict(zip(names, np.array(arrays["effects"]), strict=True)),
        intervals,
        about["nonnegative"],
        np.array(arrays.get("errors", np.empty((0, horizon)))),
        {name: float(each) for name, each in zip(names, arrays.get("latest", arrays["scales"]), strict=True)},
    )


def model_of(arrays: Mapping[str, Array], about: State, horizon: int, names: Sequence[Any]) -> Model | Several:
    """The model of arrays that was chosen."""
    candidate, season = candidate_of(about["candidate"]), about["season"]
    if about["members"]:
        own = [of_member(arrays, f"{k}.") for k in range(len(about["members"]))]
        return Several(
            tuple(fitted_of(each, part, horizon, names) for each, part in zip(own, about["members"], strict=True))
        )
    if about["network"] is not None:
        return OfNetwork(network_of(NETWORKS[candidate.model], arrays, about["network"], horizon, season))
    if about["setting"] is None:
        return Repeating(horizon, season)
    setting = Setting(**about["setting"])
    model = LinearForecaster(
        horizon,
        setting.lookback,
        penalty=setting.penalty,
        normalization=setting.normalization,
        season=season,
        channels=candidate.channels,  # type: ignore[arg-type]
        gaps="carry",
    )
    model.maps, model.choices = tuple(arrays["maps"]), (Choice(setting, np.nan),)
    return model


def of_member(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The arrays of a member of a mean."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
