"""Splitting a data set into rows to learn from and rows to test on."""

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.tables.datasets import Dataset
from glassnet.training.inputs.checks import check_flag, check_seed
from glassnet.training.inputs.splitting import split_rows

__all__ = ["split", "split_rows"]


@answered
def split(
    data: Dataset, test: float = 0.2, stratify: bool = True, seed: "int | np.random.Generator" = 0
) -> tuple[Dataset, Dataset]:
    """Split a data set into (train, test).

    Rows keep their order, and every row is in exactly one of the two.

    Parameters
    ----------
    data
        A `Dataset`.
    test
        The share of rows to test on, between 0 and 1; 0.2 by default.
    stratify
        Keep the share of each class in both parts; True by default. The only row of a class goes to train. Ignored
        where there are numbers to predict.
    seed
        A whole number or a `numpy.random.Generator`; 0 by default.

    Raises InvalidInput when `test` is not between 0 and 1, or when either part would be empty.

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
