"""Several targets of classes: a softmax for each, the mean of their losses, and a model like others for each."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.tables.encoding.target import ClassTarget

rng = np.random.default_rng(0)
X, Z = rng.uniform(-1, 1, (2, 400))
TABLE = pl.DataFrame(
    {
        "x": X,
        "z": Z,
        "sold": np.where(X > 0.1, "yes", "no"),
        "size": np.select([Z < -0.4, Z < 0.4], ["small", "middle"], "large"),
        "grade": np.digitize(X + 0.3 * Z, [-0.5, 0.5]),
    }
)
QUICK = gn.Recipe(hidden=(16,), epochs=30, batch_size=32, dropout=0.0, engine="numpy")
TINY = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")


def trained(table: Any = TABLE, target: Any = ("sold", "size", "grade"), **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(table, target, **dict[str, Any](recipe=QUICK) | more)
    for _ in training.epochs():
        pass
    return training


@pytest.fixture(scope="module")
def three() -> gn.TableTraining:
    return trained(n_ensemble=2)


def test_each_target_has_classes_probabilities_and_scores_of_its_own(three: gn.TableTraining) -> None:
    assert [model.target_name for model in three.models] == ["sold", "size", "grade"]
    assert [model.network.built()[0].output_shape for model in three.models] == [(2,), (3,), (3,)]
    assert three.history.about["loss"]["name"] == "cross_entropies" and three.chosen_by == "loss"
    scores = three.result()
    for one in three.each:
        name, model = one.model.target_name, one.model
        assert model.encoder.columns == ("x", "z") and len(model.networks) == 2
        assert scores[f"accuracy of {name}"] == one.result()["accuracy"] > 0.85
        p = model.outputs(TABLE)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        assert (model.predict(TABLE) == TABLE[name].to_numpy()).mean() > 0.85
        table = model.predict_table(TABLE[:2])
        assert isinstance(model.target, ClassTarget)
        assert [*table] == ["prediction", *(f"probability of {c}" for c in model.target.names)]
        assert model.calibration is not None and model.compared(TABLE).n_seen > 300


def test_a_target_has_the_probabilities_that_the_network_of_all_gives_it(three: gn.TableTraining) -> None:
    encoded = three.model.encoder.transform(TABLE)
    whole = three.courses.main[0].network.predict(encoded)
    assert whole.shape == (400, 8)
    for scores, model in zip(np.split(whole, [2, 5], axis=1), three.models, strict=True):
        expected = np.exp(scores - scores.max(axis=1, keepdims=True))
        expected /= expected.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.network.predict(encoded), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.long
def test_a_model_is_saved_explained_predicted_row_by_row_and_exported_like_others(
    three: gn.TableTraining, tmp_path: Any
) -> None:
    for number, model in enumerate(three.models):
        again = gn.TableModel.load(model.save(tmp_path / "model.safetensors"))
        assert again == model
        assert again.predictor()(TABLE.row(3, named=True)) == model.predict(TABLE[3:4])[0]
        found = model.contributions(TABLE[:2])
        sums = found.values.sum(axis=1) + found.baseline
        np.testing.assert_allclose(sums, found.predictions, atol=2 * found.error + 1e-6)
        page = str(model.explain(TABLE, row=1))
        assert f"{model.target_name} is predicted to be" in page and "The loss" in page
        gn.export(model, tmp_path / f"model{number}.py")
        space: dict[str, Any] = {}
        exec((tmp_path / f"model{number}.py").read_text(), space)
        assert list(space["predict"](TABLE[:9].to_dicts())) == model.predict(TABLE[:9]).tolist()
    one = three.each[1]
    assert one.verdict().sentence and one.diagnose() is not None
    change = one.model.counterfactual(TABLE[:1], to="large")
    assert change.row is None or one.model.predict(change.row)[0] == "large"


def test_a_model_of_one_of_several_targets_is_trained_further(three: gn.TableTraining) -> None:
    update = gn.TableUpdate(three.models[1], TABLE[:100], epochs=2, engine="numpy")
    for _ in update.epochs():
        pass
    assert update.scores()["new rows"]["after"]["accuracy"] > 0.8


def test_the_loss_is_the_mean_of_what_each_target_alone_would_have() -> None:
    training = gn.TableTraining(TABLE, ["sold", "size"], recipe=TINY)
    encoded = training.model.encoder.transform(TABLE)
    network = training.courses.main[0].network
    y = np.column_stack([model.truth(TABLE) for model in training.models])
    each = [
        model.network.evaluate(encoded, y[:, k], loss="cross_entropy", metrics=[])["loss"]
        for k, model in enumerate(training.models)
    ]
    whole = network.evaluate(encoded, y, loss=gn.CrossEntropies((2, 3)), metrics=[])["loss"]
    assert whole == pytest.approx(np.mean(each), rel=1e-5)


def test_rows_are_held_out_by_the_classes_of_the_first_target() -> None:
    rare = TABLE.with_columns(rare=pl.Series(np.where(np.arange(400) % 40 == 0, "a", "b")))
    for n in (1, 2):
        training = gn.TableTraining(rare, ["rare", "size"], recipe=TINY, n_ensemble=n)
        assert (training.test["rare"] == "a").sum() == 2
        counts = [int((course.held_out[1][:, 0] == 0).sum()) for course in training.courses.main]
        assert all(1 <= count <= 2 for count in counts)
    parts = (
        training.each[0].parts
        if n == 1
        else gn.TableTraining(rare, ["rare", "size"], recipe=TINY, n_ensemble=1).each[0].parts
    )
    assert {*parts} == {"training", "validation"}


def test_classes_of_any_type_keep_it_and_the_task_makes_numbers_classes() -> None:
    table = TABLE.with_columns(old=pl.col("x") > 0)
    training = trained(table, ["old", "grade"], recipe=TINY)
    assert training.models[0].predict(table[:1]).dtype == bool
    assert training.models[1].predict(table[:1]).dtype.kind == "i"
    halves = TABLE.with_columns(half=(pl.col("x") > 0).cast(pl.Float64) + 0.5)
    model = trained(halves, ["half", "sold"], task="classification", recipe=TINY).models[0]
    assert {*model.predict(TABLE.head(20)).tolist()} <= {0.5, 1.5}


def test_what_cannot_be_learned_together_is_refused() -> None:
    for target, more, said in (
        (["x", "sold", "size"], {}, "numbers are in 'x' and classes in 'sold', 'size': train a model for each kind"),
        (["sold", "x"], {}, "must all hold numbers or all hold classes"),
        (["sold", "size"], {"threshold": 0.3}, "threshold=0.3 works for one target, got 2"),
        (["sold", "size"], {"class_weight": "balanced"}, "class_weight='balanced' works for one target"),
        (["sold", "size"], {"recipe": gn.Recipe(metric="f1")}, "metric='f1' chooses the epoch for one target, got 2"),
        (["sold", "sized"], {}, r"there is no target column 'sized'.*'size'"),
    ):
        with pytest.raises(gn.InvalidInput, match=said):
            gn.TableTraining(TABLE, target, **more)
    assert gn.TableTraining(TABLE, ["sold", "size"], recipe=gn.Recipe(metric="log_loss")).metric == "log_loss"
