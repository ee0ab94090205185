"""Exports of a forecaster of a table say what it says, from raw values of a series and the columns beside them."""

import datetime as dt
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.exports.lower_dated import program_of_dated
from glassnet.exports.running.case import Case
from glassnet.exports.running.check_forecaster import check_forecaster
from glassnet.exports.running.in_python import imported
from glassnet.forecasting import Forecaster
from glassnet.forecasting.candidates import NETWORKS
from glassnet.forecasting.selecting import Selection

DAYS = [dt.date(2023, 1, 1) + dt.timedelta(k) for k in range(190)]
COLUMNS: dict[str, Any] = {"time": "day", "target": "sales", "series": "shop"}


def rows():
    t, rng, frames = np.arange(190), np.random.default_rng(0), []
    for name, size in (("north", 30.0), ("south", 50.0)):
        promo = (rng.random(190) < 0.2).astype(float)
        sales = size * (3 + np.sin(2 * np.pi * t / 7) + promo + rng.normal(0, 0.1, 190))
        frames.append(pl.DataFrame({"shop": name, "size": size, "day": DAYS, "promo": promo, "sales": sales}))
    return pl.concat(frames)


PAST, PLAN = (rows().filter(keep) for keep in (pl.col("day") < DAYS[180], pl.col("day") >= DAYS[180]))
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "logarithms, maps apart, columns": (
        {"model": "linear", "scale": "log", "channels": "apart", "calendar": ["weekday"]},
        {"future": ["promo"]},
    ),
    "one map, columns": ({"model": "linear", "scale": "as they are", "channels": "shared"}, {"future": ["promo"]}),
    "one map": ({"model": "linear", "scale": "as they are", "nonnegative": False}, {}),
    "a mean": (
        {"model": ["linear", "seasonal naive"], "scale": "log", "average": True, "season": 7},
        {"future": ["promo"]},
    ),
    "a power of the values": ({"model": "linear", "scale": "box-cox", "channels": "shared"}, {}),
    "a network, columns": (
        {"model": "tide", "scale": "log", "season": 7},
        {"future": ["promo"], "static": ["size"]},
    ),
    "counts": ({"model": "counts", "season": 7}, {}),
    "the season again": ({"model": "seasonal naive", "season": 7}, {"future": ["promo"]}),
}


@pytest.fixture(scope="module", params=CASES)
def forecaster(request):
    settings, more = CASES[request.param]
    found = Forecaster(10, coverage=(0.5, 0.8), **settings).fit(PAST, **COLUMNS, **more)
    return of_mean(found) if settings.get("average") else found


def close(forecaster):
    """How near an export comes: networks predict from float32 inputs, and are exported in float64."""
    return 1e-4 if forecaster.fitted.candidate.model in NETWORKS else 1e-9


def of_mean(forecaster):
    """The mean of what was compared, whether or not it was the best."""
    panel, wanted = forecaster.panel, forecaster.wanted
    chosen = Selection.of(panel, wanted)
    kept = tuple(range(len(panel)))
    members = [chosen.fitted(each, kept) for each in chosen.candidates()[:2]]
    mean = chosen.mean_of(members)
    forecaster.fitted = replace(mean, intervals=forecaster.fitted.intervals)
    return forecaster


@pytest.mark.parametrize(
    "suffix", ["py", "onnx", pytest.param("h", marks=pytest.mark.long), pytest.param("mjs", marks=pytest.mark.long)]
)
def test_an_export_forecasts_as_predict_does(forecaster, suffix, tmp_path):
    target = {"py": "python", "onnx": "onnx", "h": "c", "mjs": "javascript"}[suffix]
    if target == "onnx":
        pytest.importorskip("onnxruntime")
    path = tmp_path / f"f.{suffix}"
    written = gn.export(forecaster, path, series="south")
    assert written.dtype == "float64"
    found = check_forecaster(forecaster.asked(), "south", program_of_dated(forecaster, "south"), target, path)
    assert found.n_rows > 50
    assert found.difference < close(forecaster)
    assert found.ends is not None and found.ends < close(forecaster)


def test_the_function_in_python_takes_the_past_and_the_columns(forecaster, tmp_path):
    path = tmp_path / "f.py"
    program = program_of_dated(forecaster, "north")
    gn.export(forecaster, path, series="north")
    module = imported(Case(program, path))
    own = forecaster.predict(PLAN if forecaster.known()[0].columns.future else None).filter(pl.col("shop") == "north")
    y = forecaster.known()[1].values[0]
    columns = []
    if len(program.takes) > 1:
        beside, past, _ = forecaster.known()
        panel = past.followed_by(beside.ahead(forecaster.read, PLAN))
        columns = [panel.future[0][-program.takes[1].shape[0] :]]
        assert beside.names == module.COLUMNS
        with pytest.raises(ValueError, match=r"columns must be numbers of the shape \(\d+, \d+\), got \(3,\)"):
            module.forecast(y, [1, 2, 3])
    found = module.forecast(y, *columns)
    assert [*found] == ["forecast", "low_50", "high_50", "low_80", "high_80"]
    for name, values in found.items():
        np.testing.assert_allclose(values, own[name], rtol=close(forecaster))
    with pytest.raises(ValueError, match="past must hold at least"):
        module.forecast([1.0, 2.0], *columns)


def test_onnx_names_what_comes_in_and_goes_out(forecaster, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    gn.export(forecaster, tmp_path / "f.onnx", series="north")
    session = onnxruntime.InferenceSession(tmp_path / "f.onnx", providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["past", "columns"][: len(session.get_inputs())]
    assert [each.name for each in session.get_outputs()] == ["forecast", "low_50", "high_50", "low_80", "high_80"]
    assert session.get_outputs()[0].shape[1] == 10
    assert session.get_modelmeta().custom_metadata_map["target"] == "sales"


def test_the_file_is_a_command_that_reads_rows(tmp_path):
    forecaster = Forecaster(10, model="linear", coverage=0.8).fit(PAST, **COLUMNS, future=["promo"])
    gn.export(forecaster, tmp_path / "north.py", series="north")
    table = pl.concat([PAST, PLAN.with_columns(sales=None)], how="vertical_relaxed").filter(pl.col("shop") == "north")
    done = subprocess.run(
        [sys.executable, tmp_path / "north.py"], input=table.write_csv(), capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "step,forecast,low_80,high_80"
    own = forecaster.predict(PLAN)["forecast"][0]
    assert float(lines[1].split(",")[1]) == pytest.approx(own)
    bad = subprocess.run([sys.executable, tmp_path / "north.py"], input="a,b\n1,2\n", capture_output=True, text=True)
    assert (bad.returncode, bad.stderr.count("\n")) == (1, 1)
    assert "lacks the column 'sales'" in bad.stderr


def test_the_command_refuses_rows_that_are_not_one_series_in_the_order_of_time(tmp_path):
    forecaster = Forecaster(10, model="seasonal naive", season=7).fit(PAST, **COLUMNS)
    gn.export(forecaster, tmp_path / "north.py", series="north")
    assert (
        "# rows.csv holds the rows of this series alone, in the order of time.\n" in (tmp_path / "north.py").read_text()
    )
    north = PAST.filter(pl.col("shop") == "north")
    written = pl.col("day").dt.strftime("%d.%m.%Y")
    for table in (PAST, PAST.sort("day"), north.reverse(), PAST.with_columns(written)):
        done = asked_of(tmp_path / "north.py", table)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            "error: the rows must be those of one series, each with a later 'day' than the one before.\n"
        )
    answers = {
        asked_of(tmp_path / "north.py", t).stdout for t in (north, north.drop("day"), north.with_columns(written))
    }
    assert len(answers) == 1 and answers.pop().startswith("step,forecast")


def test_where_clocks_are_put_back_stamps_need_not_rise(tmp_path):
    hours = pl.datetime_range(
        dt.datetime(2023, 10, 1), dt.datetime(2023, 11, 5), "1h", time_zone="Europe/Berlin", eager=True
    )
    table = pl.DataFrame({"at": hours.dt.replace_time_zone(None), "y": np.arange(len(hours)) % 24.0})
    forecaster = Forecaster(3, model="seasonal naive", season=24, zone="Europe/Berlin").fit(
        table, time="at", target="y"
    )
    gn.export(forecaster, tmp_path / "f.py")
    assert asked_of(tmp_path / "f.py", table).stdout.startswith("step,forecast")


def asked_of(file, table):
    return subprocess.run([sys.executable, file], input=table.write_csv(), capture_output=True, text=True)


def test_what_cannot_be_exported_is_answered_in_one_sentence(forecaster, tmp_path):
    with pytest.raises(InvalidInput, match="name a series; there are 'north', 'south'"):
        gn.export(forecaster, tmp_path / "f.py")
    with pytest.raises(InvalidInput, match=r"no series 'nort' \(did you mean 'north'\?\)"):
        gn.export(forecaster, tmp_path / "f.py", series="nort")
    with pytest.raises(InvalidInput, match="forecasters are exported in float32 or float64"):
        gn.export(forecaster, tmp_path / "f.h", dtype="int8", rows=PAST, series="north")
    with pytest.raises(InvalidInput, match="Forecaster has not learned yet"):
        gn.export(Forecaster(3), tmp_path / "f.py")
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    with pytest.raises(InvalidInput, match="series= is for a Forecaster"):
        gn.export(net, tmp_path / "f.py", series="north")
    gone = forecaster.asked(
        PAST.with_columns(sales=pl.when(pl.col("day").dt.day() % 3 == 0).then(None).otherwise("sales"))
    )
    with pytest.raises(InvalidInput, match="'north' has no"):
        check_forecaster(gone, "north", program_of_dated(forecaster, "north"), "python", tmp_path / "f.py")


def test_a_series_without_a_map_of_its_own_is_not_exported_with_that_of_another():
    late = PAST.filter((pl.col("shop") == "north") & (pl.col("day") >= DAYS[160])).with_columns(shop=pl.lit("west"))
    forecaster = Forecaster(10, model="linear", scale="as they are", channels="apart")
    forecaster.fit(pl.concat([PAST, late]), **COLUMNS)
    with pytest.raises(InvalidInput, match="series 'west' has no export: it was too short for a map of its own, so"):
        program_of_dated(forecaster, "west")
    assert program_of_dated(forecaster, "north").takes[0].name == "past"
