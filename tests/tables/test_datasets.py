from typing import Any

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from glassnet.errors import InvalidInput
from glassnet.tables import datasets
from glassnet.tables.datasets import Dataset


def test_iris_equals_scikit_learns_copy() -> None:
    ours, theirs = datasets.iris(), sklearn_datasets.load_iris()
    assert np.array_equal(ours.X, theirs.data) and np.array_equal(ours.y, theirs.target)
    assert ours.class_names == tuple(theirs.target_names)
    assert ours.feature_names == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert ours.X.dtype == np.float64 and ours.y.dtype.kind == "i"


def test_digits_equals_scikit_learns_copy() -> None:
    ours, theirs = datasets.digits(), sklearn_datasets.load_digits()
    assert np.array_equal(ours.X, theirs.data) and np.array_equal(ours.y, theirs.target)
    assert ours.class_names == tuple("0123456789") and ours.X.flags.c_contiguous
    assert ours.feature_names == tuple(theirs.feature_names)


@pytest.mark.parametrize("make", [*datasets.BUNDLED.values(), datasets.random_regression], ids=lambda f: f.__name__)
def test_each_call_gives_fresh_arrays(make: Any) -> None:
    first = make()
    before = first.X.copy(), first.y.copy()
    first.X[:], first.y[:] = -1, 0
    again = make()
    assert np.array_equal(again.X, before[0]) and np.array_equal(again.y, before[1])


@pytest.mark.parametrize("make", datasets.BUNDLED.values(), ids=lambda f: f.__name__)
def test_class_names_belong_to_the_class_numbers_and_repr_says_what_it_is(make: Any) -> None:
    data = make()
    assert set(data.y) == set(range(len(data.class_names)))
    assert data.X.dtype == np.float64 and repr(data).startswith(f"Dataset('{make.__name__}': {len(data)} rows")


def test_xor_is_the_tutorials_table() -> None:
    data = datasets.xor()
    assert data.X.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]]
    assert data.y.tolist() == [1, 1, 0, 0]


def test_more_rows_of_xor_are_drawn_from_the_four_with_noise_on_two_inputs() -> None:
    data = datasets.xor(200, noise=0.01)
    bits = np.round(data.X[:, :2]).astype(int)
    assert np.array_equal(bits[:, 0] ^ bits[:, 1], data.y)
    assert (data.X[:, 2] == 1).all() and 0 < np.abs(data.X[:, :2] - bits).max() < 0.1


def test_clouds_lie_around_their_centres() -> None:
    data = datasets.clouds(2000)
    for c, centre in enumerate([(0, -2), (2, 2), (-2, 2)]):
        points = data.X[data.y == c]
        assert len(points) == 2000
        assert np.allclose(points.mean(axis=0), centre, atol=0.1) and np.allclose(points.std(axis=0), 1, atol=0.1)


def test_moons_and_circles_without_noise_are_scikit_learns() -> None:
    ours, (X, y) = datasets.moons(100, noise=0), sklearn_datasets.make_moons(100, shuffle=False)
    assert np.allclose(ours.X, X) and np.array_equal(ours.y, y)
    ours, (X, y) = datasets.circles(100, noise=0), sklearn_datasets.make_circles(100, shuffle=False, factor=0.5)
    assert np.allclose(ours.X, X) and np.array_equal(ours.y, y)


def test_spirals_are_two_arms_that_mirror_each_other() -> None:
    data = datasets.spirals(101, noise=0)
    first, second = data.X[data.y == 0], datasets.spirals(102, noise=0).X[51:]
    assert np.allclose(first, -second) and np.allclose(np.linalg.norm(data.X, axis=1).max(), 1)
    assert np.bincount(data.y).tolist() == [51, 50]


@pytest.mark.parametrize("make", [datasets.clouds, datasets.moons, datasets.circles, datasets.spirals])
def test_a_seed_gives_the_same_points_and_another_gives_others(make: Any) -> None:
    assert np.array_equal(make(20, seed=4).X, make(20, seed=4).X)
    assert not np.array_equal(make(20, seed=4).X, make(20, seed=5).X)


def test_random_regression_is_standard_normal() -> None:
    data = datasets.random_regression()
    assert data.X.shape == (128, 1000) and data.y.shape == (128,) and data.class_names is None
    assert abs(data.X.mean()) < 0.02 and abs(data.X.std() - 1) < 0.02
    assert repr(data) == "Dataset('random_regression': 128 rows, 1000 features, numbers to predict)"


@pytest.mark.parametrize("rows", [3, [3], slice(3, 4), np.arange(150) == 3])
def test_rows_are_taken_by_number_slice_list_or_mask(rows: Any) -> None:
    data = datasets.iris()
    part = data[rows]
    assert len(part) == 1 and part.X.tolist() == data.X[3:4].tolist() and part.target_name == "species"


def test_a_data_frame_holds_the_features_and_the_target_as_text_or_number() -> None:
    frame = datasets.iris().to_polars()
    assert frame.columns[-1] == "species" and frame["species"][149] == "virginica"
    assert frame["petal_width"].to_list() == datasets.iris().X[:, 3].tolist()
    assert datasets.digits().to_polars().columns[-1] == "digit"
    numbers = datasets.random_regression(5, 2).to_polars(target="price")
    assert numbers.columns == ["x1", "x2", "price"] and numbers["price"].dtype.is_float()


def test_shapes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"got \(3, 2\) and \(2,\)"):
        Dataset(np.zeros((3, 2)), np.zeros(2), ("a", "b"))
    with pytest.raises(InvalidInput, match="feature names"):
        Dataset(np.zeros((3, 2)), np.zeros(3), ("a",))


def test_a_number_of_rows_below_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least 1, got 0"):
        datasets.moons(0)


def test_sales_are_what_is_said_of_them() -> None:
    table = datasets.sales().to_polars()
    assert table.columns == ["shop", "date", "promo", "sales"]
    assert table.equals(datasets.sales().to_polars())
    assert table.group_by("shop", maintain_order=True).len()["len"].to_list() == [758, 488]
    ahead = table.filter(table["sales"].is_null())
    assert ahead.height == 56 and ahead["promo"].sum() > 0
    known = table.drop_nulls()
    assert known["sales"].filter(known["promo"] == 1).mean() > 1.2 * known["sales"].filter(known["promo"] == 0).mean()
