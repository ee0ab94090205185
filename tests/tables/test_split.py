import numpy as np
import pytest

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import digits, iris, random_regression
from glassnet.tables.splitting import split


def test_iris_at_a_fifth_gives_ten_flowers_of_each_species() -> None:
    train, test = split(iris(), test=0.2, stratify=True, seed=0)
    assert (len(train), len(test)) == (120, 30)
    assert np.bincount(test.y).tolist() == [10, 10, 10]
    assert train.feature_names == iris().feature_names and test.class_names == iris().class_names


def test_train_and_test_hold_every_row_once() -> None:
    data = random_regression(50, 3)
    train, test = split(data, test=0.3)
    together = np.concatenate([train.y, test.y])
    assert sorted(together) == sorted(data.y)
    assert (len(train), len(test)) == (35, 15)


def test_without_stratify_the_classes_fall_as_they_fall() -> None:
    _, test = split(iris(), stratify=False, seed=1)
    assert len(test) == 30 and np.bincount(test.y).tolist() != [10, 10, 10]


def test_digits_keep_the_share_of_each_class() -> None:
    data = digits()
    _, test = split(data, test=0.25)
    assert np.abs(np.bincount(test.y) - np.bincount(data.y) * 0.25).max() < 1


def test_a_seed_or_a_generator_gives_the_same_split() -> None:
    by_seed, by_generator = split(iris(), seed=3)[1], split(iris(), seed=np.random.default_rng(3))[1]
    assert np.array_equal(by_seed.X, by_generator.X)


def test_a_share_of_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="must be in"):
        split(iris(), test=1)


def test_what_is_no_data_set_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(InvalidInput, match=r"split takes a Dataset.* got list.*gn\.TableTraining"):
        split([[1.0, 2.0]])  # type: ignore[arg-type]
