"""The verdict on an estimator: the same as that on a model of the same networks."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.judging import baselines, bootstrap
from tests.tables.test_update import OLD

COLUMNS = ["x", "city", "zip", "day", "open"]
RECIPE = gn.Recipe(hidden=(8,), epochs=4, frequencies=2, batch_size=32)
TRAIN, TEST = OLD[:80], OLD[80:]


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "MANY", 10)
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)


def fitted(kind: Any, target: str, **more: Any) -> Any:
    model = kind(**{"recipe": RECIPE, "random_state": 0, "engine": "numpy"} | more)
    return model.fit(TRAIN[COLUMNS], TRAIN[target])


@pytest.mark.parametrize(("kind", "target"), [(TabularClassifier, "sold"), (TabularRegressor, "amount")])
def test_it_is_that_of_the_model_and_its_training_rows(kind: Any, target: str) -> None:
    model = fitted(kind, target)
    own = model.verdict(TEST[COLUMNS], TEST[target], TRAIN[COLUMNS], TRAIN[target])
    names = [*COLUMNS, target]
    same = gn.compare_baselines(model.as_model(), TRAIN[names], TEST[names], model.recipe_.metric, model._seed)
    assert own.sentence == same.sentence and own.n_rows == 40
    assert own.scores == pytest.approx(same.scores) and [*own.others] == ["training"]
    score = model.score(TEST[COLUMNS], TEST[target])
    assert own.scores["accuracy" if target == "sold" else "r2"] == pytest.approx(score)


@pytest.mark.parametrize("more", [{}, {"n_ensemble": 1}], ids=str)
def test_without_training_rows_the_validation_rows_have_to_do(more: dict[str, Any]) -> None:
    found = fitted(TabularRegressor, "amount", **more).verdict(TEST[COLUMNS], TEST["amount"])
    n = 16 * more.get("n_ensemble", 4)
    assert (
        f"The simple models are fitted to the {n} validation rows of the fit, as no training rows were given."
        in found.remarks
    )
    assert [*found.others] == ["validation"]


def test_what_cannot_be_judged_meets_one_sentence(tmp_path: Path) -> None:
    model = fitted(TabularClassifier, "sold")
    loaded = TabularClassifier.load(model.save(tmp_path / "model.safetensors"))
    with pytest.raises(gn.InvalidInput, match="this estimator holds no validation rows"):
        loaded.verdict(TEST[COLUMNS], TEST["sold"])
    assert loaded.verdict(TEST[COLUMNS], TEST["sold"], TRAIN[COLUMNS], TRAIN["sold"]).n_rows == 40
    with pytest.raises(gn.InvalidInput, match=r"y has the class 'perhaps', which is none of \['no', 'yes'\]"):
        model.verdict(TEST[COLUMNS], np.full(40, "perhaps"))
    with pytest.raises(gn.InvalidInput, match="need both X_train and y_train, but y_train is missing"):
        model.verdict(TEST[COLUMNS], TEST["sold"], TRAIN[COLUMNS])
    with pytest.raises(gn.InvalidInput, match="X has 40 rows, y has 2 values"):
        model.verdict(TEST[COLUMNS], TEST["sold"][:2])
    A = np.random.default_rng(0).normal(size=(40, 3))
    several = TabularRegressor(recipe=RECIPE, engine="numpy", random_state=0).fit(A, A[:, :2])
    with pytest.raises(gn.InvalidInput, match="a verdict is on one column of y, but this was fitted to 2"):
        several.verdict(A, A[:, :2])
    assert pickle.loads(pickle.dumps(model)).verdict(TEST[COLUMNS], TEST["sold"]).n_rows == 40


def test_an_estimator_writes_the_folder_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glassnet.tables.reporting.report.DRAWN", ("confusion",))
    model = fitted(TabularClassifier, "sold")
    held_out = (TEST[COLUMNS], TEST["sold"])
    folder = model.write_report(tmp_path / "run", *held_out, TRAIN[COLUMNS], TRAIN["sold"])
    assert sorted(path.name for path in folder.iterdir()) == [
        "confusion.png", "model.safetensors", "report.html", "report.md"
    ]  # fmt: skip
    report, verdict = (folder / "report.md").read_text(), model.verdict(*held_out, TRAIN[COLUMNS], TRAIN["sold"])
    assert report.startswith("# sold by TabularClassifier\n") and verdict.sentence.split(" on ")[0] in report
    assert gn.load(folder).predict(TEST).tolist() == model.predict(TEST[COLUMNS]).tolist()
    with pytest.raises(gn.InvalidInput, match="run holds a run already: name another folder"):
        model.write_report(folder, *held_out)
    made: Any = model
    with pytest.raises(gn.InvalidInput, match="it has a method write_report of its own"):
        gn.write_report(made, folder)
