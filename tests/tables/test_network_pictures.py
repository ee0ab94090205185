import numpy as np
import polars
import pytest

import glassnet as gn
from glassnet.tables.insight.network_pictures import first_hidden, regions, surface, two_numbers, typical_row
from glassnet.tables.insight.picture_source import TableSource

N = 120


@pytest.fixture(scope="module")
def source():
    """Whether a + b > 0, of a table that also has a column of colours, with gaps in a."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, N))
    colours = np.where(np.arange(N) % 3, "red", "blue")
    said = np.where(a + b > 0, "yes", "no")
    frame = polars.DataFrame({"colour": colours, "b": 100 * b, "a": a, "y": said})
    frame = frame.with_columns(a=polars.when(polars.int_range(N) < 5).then(None).otherwise("a"))
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(16,), epochs=30, engine="numpy"))
    for _ in training.epochs():
        pass
    return TableSource(training.model, frame)


def test_regions_lie_in_the_columns_own_units_and_rows_with_gaps_are_left_out(source):
    axes = regions(source, ("a", "b")).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    assert axes.get_ylim()[1] > 150 > axes.get_xlim()[1]
    there = source.frame["a"].is_not_null().to_numpy()
    right = (source.predicted == source.truth)[there].mean()
    assert (
        axes.get_title() == f"{right:.1%} of 115 rows right\nthe other columns at their median or most frequent value"
    )


def test_the_shade_at_a_point_is_the_model_in_a_row_with_typical_other_columns(source):
    image = regions(source, ("a", "b")).axes[0].images[0]
    left, right, bottom, top = image.get_extent()
    corner = polars.DataFrame({"colour": ["red"], "a": [left], "b": [bottom]})
    names = source.names
    assert source.model.predict(corner)[0] == names[0] == "no"
    np.testing.assert_allclose(image.get_array()[0, 0], image.get_array()[1, 1], atol=0.1)
    assert source.model.predict(polars.DataFrame({"colour": ["red"], "a": [right], "b": [top]}))[0] == "yes"
    assert not np.allclose(image.get_array()[0, 0], image.get_array()[-1, -1], atol=0.1)


def test_a_typical_row_has_medians_and_the_most_frequent_category(source):
    model, frame = source.model, source.frame
    median = float(frame["b"].median())
    expected = polars.DataFrame({"colour": ["red"], "b": [median], "a": [float(frame["a"].median())]})
    np.testing.assert_allclose(typical_row(model, frame), model.encoder.transform(expected), atol=0.02)


def test_the_most_needed_numbers_and_the_first_hidden_layer_are_found(source):
    assert sorted(two_numbers(source)[0]) == ["a", "b"]
    (path,) = first_hidden(source)
    assert [node.layer.units for node in source.network.built()[0].walk() if node.path == path] == [16]
    assert surface(source, "0").axes[0].get_title().startswith("loss ")


def test_other_columns_than_numbers_are_refused(source):
    with pytest.raises(gn.InvalidInput, match="regions needs two columns of numbers, 'colour' is read as category"):
        regions(source, ("a", "colour"))


def test_numbers_are_drawn_in_the_unit_of_the_target():
    frame = gn.datasets.iris().to_polars().drop("species")
    training = gn.TableTraining(frame, "petal_width", recipe=gn.Recipe(hidden=(8,), epochs=20, engine="numpy"))
    for _ in training.epochs():
        pass
    title = regions(TableSource(training.model, frame), ("petal_length", "sepal_width")).axes[0].get_title()
    rmse = training.model.evaluate(frame)["rmse"]
    assert title.startswith(f"root mean squared error {rmse:.3g} on 150 rows")
