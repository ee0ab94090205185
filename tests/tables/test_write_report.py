"""`gn.write_report` leaves from Python what the commands leave, with the lines that give the model again."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput
from glassnet.tables.reporting.in_python import in_python
from tests.cli.conftest import leave_out_most_of_the_report

rng = np.random.default_rng(0)
x = rng.normal(size=120)
TABLE = pl.DataFrame({"x": x, "plant": [f"p{k % 12}" for k in range(120)], "y": np.where(x > 0, "yes", "no")})
TINY = gn.Recipe(hidden=(4,), epochs=2, engine="numpy")


def trained(**settings: Any) -> gn.TableTraining:
    training = gn.TableTraining(TABLE, "y", recipe=TINY, **settings)
    assert list(training.epochs())
    return training


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without most of a report."""
    leave_out_most_of_the_report(monkeypatch)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_training_leaves_what_the_command_leaves(tmp_path: Path) -> None:
    training = trained()
    folder = gn.write_report(training, tmp_path / "run", "plants.csv", theme="dark", format="svg")
    assert folder == tmp_path / "run"
    assert {"model.safetensors", "history.json", "report.md", "report.html", "curves.svg"} <= names_in(folder)
    text = (folder / "report.md").read_text()
    assert training.verdict().sentence in text and "table = gn.read_table('plants.csv')" in text
    assert gn.load(folder).predict(TABLE[:3]).tolist() == training.model.predict(TABLE[:3]).tolist()


def test_a_run_is_overwritten_only_by_force(tmp_path: Path) -> None:
    training = trained()
    gn.write_report(training, tmp_path)
    with pytest.raises(InvalidInput, match=r"holds a run already: name another folder, or overwrite .* force=True\.$"):
        gn.write_report(training, tmp_path)
    gn.write_report(training, tmp_path, force=True, search="The search compared 3 trials.")
    assert "The search compared 3 trials." in (tmp_path / "report.md").read_text()


def test_folds_and_updates_are_reported_too(tmp_path: Path) -> None:
    found = gn.cross_validate(TABLE, "y", folds=2, final="ensemble", recipe=TINY)
    gn.write_report(found, tmp_path / "folds")
    assert {"model.safetensors", "out-of-fold.csv", "report.html"} <= names_in(tmp_path / "folds")
    assert "gn.cross_validate(table, 'y', recipe=gn.Recipe(" in (tmp_path / "folds" / "report.md").read_text()
    assert in_python(found, "").endswith("folds=2, final='ensemble')") and "n_ensemble" not in in_python(found, "")
    single = gn.cross_validate(TABLE, "y", folds=2, final="ensemble", recipe=TINY, n_ensemble=1)
    assert "n_ensemble=1, " in in_python(single, "")  # networks of the folds, of which the default has more
    update = gn.TableUpdate(found.training.model, TABLE[:60], epochs=1, engine="numpy", group="plant")
    assert list(update.epochs())
    gn.write_report(update, tmp_path / "update")
    assert {"model.safetensors", "update.json", "report.html"} <= names_in(tmp_path / "update")
    text = (tmp_path / "update" / "report.md").read_text()
    assert "gn.TableUpdate(model, table, epochs=1, engine='numpy', group='plant')" in text


def test_the_lines_of_a_report_train_the_same_model(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "columns": {"drop": ["plant"], "kinds": {"x": "number"}}, "threshold": 0.4, "class_weight": {"yes": 2.0},
        "n_ensemble": 2, "skip_last": 3,
    }  # fmt: skip
    training = trained(**settings)
    TABLE.write_csv(tmp_path / "plants.csv")
    ran: dict[str, Any] = {}
    exec(in_python(training, str(tmp_path / "plants.csv")), ran)
    again = ran["training"]
    assert again.request == training.request
    assert again.result() == pytest.approx(training.result())


@pytest.mark.parametrize(
    ("made", "asked", "message"),
    [
        (lambda: gn.TableTraining(TABLE, "y", recipe=TINY), {}, "nothing has been trained yet"),
        (lambda: trained().model, {}, r"expected a TableTraining, a TableUpdate or what cross_validate gives, got T"),
        (trained, {"theme": "sepia"}, "theme must be one of"),
        (trained, {"format": "pdf"}, "format"),
        (trained, {"force": 1}, "force"),
        (lambda: gn.cross_validate(TABLE, "y", folds=2, recipe=TINY), {"learning_curve": True}, "is for a TableTra"),
    ],
)
def test_what_cannot_be_reported_is_refused_before_anything_is_written(
    made: Any, asked: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=message):
        gn.write_report(made(), tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()
