"""Splitting a data set into rows to learn from and rows to test on."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.tables.datasets import Dataset
from glassnet.training.inputs.checks import check_flag, check_seed
from glassnet.training.inputs.splitting import split_rows

__all__ = ["split", "split_rows"]


def split(
    data: Dataset, test: float = 0.2, stratify: bool = True, seed: "int | np.random.Generator" = 0
) -> tuple[Dataset, Dataset]:
    """Split `data` into (train, test); rows keep their order, and every row is in exactly one of the two.

    `test` is the share of the rows to test on. With `stratify`, each class keeps its share in both parts, and the only
    row of a class goes to train; a data set of numbers to predict has no classes and ignores it. `seed` is an int or a
    generator.

    Raises InvalidInput when `test` is not in (0, 1) or when either part would be empty.

    >>> from glassnet.tables.datasets import iris
    >>> train, test = split(iris(), test=0.2)
    >>> len(train), np.bincount(test.y).tolist()
    (120, [10, 10, 10])
    """
    if not isinstance(data, Dataset):
        raise InvalidInput(
            f"split takes a Dataset, such as gn.datasets.iris(), got {type(data).__name__}. For a table of your own, "
            f"gn.TableTraining(table, target) holds rows out."
        )
    labels = data.y if check_flag(stratify, "stratify") and data.class_names is not None else None
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(check_seed(seed))
    rest, chosen = split_rows(len(data), test, rng, labels)
    return data[rest], data[chosen]
