"""Categories as learned vectors."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.description import Converted, field
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer, InitializerLike, Uniform
from glassnet.formulas.registry import require_number, require_whole
from glassnet.layers.layer import Layer, Parameter, Shape, Slices

MOST = 2**24  # categories: every smaller whole number is exact in float32


class EmbeddingSlices(Slices):
    """Those of an embedding."""

    W: Array
    dW: Array


class Embedding(Layer):
    """A learned vector for each category.

    A = E W;     dW = Eᵀ dA,  dX = 0.

    E has a row for each code in X, with 1 at the code and 0 elsewhere: A holds the rows of W that the codes name, and
    dW adds up dA over all samples with the code. X (n, columns) holds whole numbers 0 … categories − 1, such as the
    letters of a word. W (categories, dimensions) is one table for all columns, and A (n, columns, dimensions) has a
    vector for each (Guo and Berkhahn 2016, arXiv 1604.06737); `Flatten` puts those of a sample side by side. Other
    codes are refused where data are checked. It belongs at the front of a network, or in `Columns` there.

    Parameters
    ----------
    categories, dimensions
        The number of codes, and the length of each vector.
    weights
        How W is initialised, by name or as an object; uniform on ±0.05 by default.
    learning_rate_factor
        A factor of the learning rate for W; 1 by default, 0 freezes it.
    padding
        The code that fills up sequences of different lengths, at the end or in front: recurrent layers and `Attention`
        behind pass over its steps. None (default) where all steps count.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> Embedding(10, 3), Embedding(10, 3).parameters((1,))["W"].shape, Embedding(10, 3).output_shape((2,))
    (Embedding(categories=10, dimensions=3), (10, 3), (2, 3))
    """

    categories: int
    dimensions: int
    weights: Converted[Initializer, InitializerLike] = field(default=Uniform(-0.05, 0.05))
    learning_rate_factor: float = 1.0
    padding: int | None = None
    slices = EmbeddingSlices

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("categories", "dimensions"):
            require_whole(self, name)
        if self.categories > MOST:
            raise InvalidInput(f"Embedding: `categories` must be at most {MOST:,}, got {self.categories:,}.")
        object.__setattr__(self, "weights", Initializer.of(self.weights))
        if self.weights.of_data:
            raise InvalidInput(
                f"Embedding: {self.weights!r} initialises from numeric rows, but the input of an Embedding is integer "
                "codes."
            )
        require_number(self, "learning_rate_factor", 0, open_low=False)
        code = self.padding
        if code is not None and (type(code) is not int or not 0 <= code < self.categories):
            raise InvalidInput(
                f"Embedding: `padding` must be one of the codes 0…{self.categories - 1} or None, got {brief(code)}."
            )

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise InvalidInput(f"Embedding needs one-dimensional samples (rows of codes), got shape {shape}.")
        return (shape[0], self.dimensions)

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        found = {"A": self.output_shape(shape)}
        return found if self.padding is None else found | {"present": shape}

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        shape_of_table, factor = (self.categories, self.dimensions), self.learning_rate_factor
        return {"W": Parameter(shape_of_table, self.weights, is_penalized=True, learning_rate_factor=factor)}

    def codes(self, shape: Shape) -> Mapping[int, int]:
        return Alike(shape[0], self.categories, self.padding)

    def forward(self, s: EmbeddingSlices) -> None:
        np.take(s.W, codes_of(s.X), axis=0, out=s.A, mode="clip")
        if s.present is not None and self.padding is not None:
            s.present[...] = codes_of(s.X) != self.padding

    def backward(self, s: EmbeddingSlices) -> None:
        s.dW[...] = 0.0
        codes = np.clip(codes_of(s.X), 0, self.categories - 1)
        np.add.at(s.dW, codes, s.dA)
        self.backward_to_inputs(s)

    def backward_to_inputs(self, s: EmbeddingSlices) -> None:
        if s.dX is not None:
            s.dX[...] = 0.0

    def named_values(self, s: Any) -> dict[str, Array]:
        E = np.equal(codes_of(s.X).reshape(-1, 1), np.arange(self.categories)).astype(s.A.dtype)
        by_code = {name: getattr(s, name, None) for name in ("A", "dA")}
        return {"E": E} | {n: a.reshape(-1, self.dimensions) for n, a in by_code.items() if a is not None}


class Alike(Mapping[int, int]):
    """Columns 0 … n − 1 with the same number of categories, in no memory however many they are.

    `padding` is what fills up sequences of different lengths, None where nothing does.
    """

    def __init__(self, n_columns: int, categories: int, padding: float | None = None):
        self.columns, self.categories, self.padding = range(n_columns), categories, padding

    def __getitem__(self, column: int) -> int:
        if column not in self.columns:
            raise KeyError(column)
        return self.categories

    def __iter__(self) -> Iterator[int]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __bool__(self) -> bool:  # padding is to be looked for though no column holds codes
        return len(self) > 0 or self.padding is not None


def codes_of(X: Array) -> Array:
    """X as whole numbers."""
    return np.rint(X).astype(np.intp)
