"""`TableModel.evaluate` takes further metrics, and refuses those of the other task."""

import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput, UnknownName

IRIS = gn.datasets.iris().to_polars()


def model(target: str) -> gn.TableModel:
    training = gn.TableTraining(IRIS, target, recipe=gn.Recipe(hidden=(4,), epochs=2, engine="numpy"))
    assert list(training.epochs())
    return training.model


def test_further_metrics_stand_beside_the_usual_ones() -> None:
    classes, numbers = model("species"), model("petal_width")
    found = classes.evaluate(IRIS, ["precision_at_recall", gn.metrics.TopKAccuracy(k=3)])
    assert [*found][-2:] == ["precision_at_recall", "top_k_accuracy"] and found["top_k_accuracy"] == 1.0
    assert found.items() >= classes.evaluate(IRIS).items()
    pinball = numbers.evaluate(IRIS, [gn.metrics.Pinball()])["pinball"]
    assert pinball == pytest.approx(numbers.evaluate(IRIS)["mae"] / 2)


def test_metrics_of_the_other_task_and_unknown_ones_are_refused() -> None:
    classes, numbers = model("species"), model("petal_width")
    with pytest.raises(InvalidInput, match=r"^the metric rmse is for numbers, but the model predicts classes\.$"):
        classes.evaluate(IRIS, ["rmse"])
    with pytest.raises(InvalidInput, match=r"^the metric roc_auc is for classes, but the model predicts numbers\.$"):
        numbers.evaluate(IRIS, ["roc_auc"])
    with pytest.raises(UnknownName, match=r"unknown metric 'acuracy'\. Did you mean 'accuracy'"):
        classes.evaluate(pl.DataFrame(), ["acuracy"])  # type: ignore[list-item]
