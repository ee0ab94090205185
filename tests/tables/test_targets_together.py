"""Several targets of numbers: one network, each target in its own unit, by its own name."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn

rng = np.random.default_rng(0)
X, C = rng.uniform(-1, 1, 300), rng.choice(["a", "b"], 300)
TABLE = pl.DataFrame(
    {
        "x": X,
        "c": C,
        "price": 1000 + 300 * X + rng.normal(size=300),
        "size": 0.01 * (X + (C == "a")),
        "a,b": X,
    }
)
QUICK = gn.Recipe(hidden=(16,), epochs=25, batch_size=32, dropout=0.0, engine="numpy")


def trained(table: Any = TABLE, target: Any = ("price", "size"), **more: Any) -> gn.TableTraining:
    training = gn.TableTraining(table, target, **dict[str, Any](recipe=QUICK) | more)
    for _ in training.epochs():
        pass
    return training


def test_each_target_has_a_model_and_scores_in_its_own_unit(tmp_path: Any) -> None:
    training = trained(n_ensemble=2)
    price, size = training.each
    assert (price.model.target_name, size.model.target_name) == ("price", "size")
    assert [model.network.layers[:-1] for model in training.models] == [price.model.network.layers[:-1]] * 2
    whole = training.courses.main[0].network.predict(price.model.encoder.transform(TABLE))
    own = np.hstack([model.network.predict(model.encoder.transform(TABLE)) for model in training.models])
    np.testing.assert_allclose(own, whole, rtol=1e-4, atol=1e-5)
    assert price.model.encoder.columns == ("x", "c", "a,b")
    assert price.result()["r2"] > 0.9 and size.result()["r2"] > 0.9
    assert size.result()["rmse"] < 0.01 < price.result()["rmse"]
    assert training.result()["rmse of size"] == size.result()["rmse"]
    for one in training.each:
        again = gn.TableModel.load(one.model.save(tmp_path / "model.safetensors"))
        assert again == one.model
        truth, ends = one.model.truth(TABLE), again.predict_interval(TABLE, 0.9)
        assert ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean() > 0.75
        assert again.predictor()(TABLE.row(0, named=True)) == pytest.approx(again.predict(TABLE[:1])[0], rel=1e-5)
        found = again.contributions(TABLE[:2])
        sums = found.values.sum(axis=1) + found.baseline
        np.testing.assert_allclose(sums, found.predictions, atol=2 * found.error + 1e-6)


def test_verdict_diagnosis_and_explanation_are_those_of_each_target() -> None:
    quick = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    training = trained(recipe=quick)
    for one in training.each:
        assert len(one.verdict().comparisons) > 1 and one.diagnose() is not None
        assert f"{one.model.target_name} is predicted to be" in str(one.model.explain(TABLE))
    for ask in (training.verdict, training.diagnose, training.learning_curve):
        with pytest.raises(gn.InvalidInput, match=r"about one target, but this training has several \(price, size\)"):
            ask()
    with pytest.raises(gn.InvalidInput, match="a learning curve is for one target: this training has several"):
        training.each[0].learning_curve()
    update = gn.TableUpdate(training.each[0].model, TABLE, epochs=1, engine="numpy")
    for _ in update.epochs():
        pass
    assert update.scores()["new rows"]["after"]["rmse"] > 0


def test_a_target_is_predicted_as_when_it_is_named_in_one_text_and_rows_without_one_are_dropped() -> None:
    gaps = TABLE.with_columns(size=pl.when(pl.arange(0, 300) % 10 == 0).then(None).otherwise(pl.col("size")))
    quick = gn.Recipe(hidden=(4,), epochs=1, engine="numpy")
    one, other = trained(gaps, "price,size", recipe=quick), trained(gaps, ["price", "size"], recipe=quick)
    assert one.n_without_target == 30 and "30 rows without a price or a size are dropped" in one.notes
    for first, second in zip(one.each, other.each, strict=True):
        np.testing.assert_array_equal(first.model.predict(TABLE), second.model.predict(TABLE))
    assert len(trained(TABLE, "a,b", recipe=quick).models) == 1  # a column of that name


def test_what_cannot_be_several_targets_is_refused() -> None:
    counts = TABLE.with_columns(k=pl.Series(np.arange(300) % 3))
    for target, more, said in (
        (["price", "k"], {}, "numbers are in 'price' and classes in 'k': train a model for each kind"),
        (["price", "price"], {}, "^each target can be named once, got price, price"),
        ("price,price", {}, "^each target can be named once, got price, price"),
        ("price, size,price", {}, "^each target can be named once, got price, size, price"),
        (["price", "sice"], {}, r"there is no target column 'sice'.*'size'"),
        (["price", "size"], {"interval": 0.9}, "interval=0.9 works for one target, got 2"),
        (["price", "size"], {"distribution": "gaussian"}, "distribution='gaussian' works for one target"),
        (["price", "size"], {"columns": {"drop": ["size"]}}, "the target 'size' cannot be dropped"),
    ):
        with pytest.raises(gn.InvalidInput, match=said):
            trained(counts, target, **more)
    assert len(trained(counts, ["price", "k"], task="regression", recipe=gn.Recipe(epochs=1, hidden=(4,))).each) == 2
