"""Which steps of a sequence are there, and which fill it up."""

from collections.abc import Mapping

from glassnet.formulas.elementary import Array
from glassnet.layers.embeddings.embedding import Alike
from glassnet.layers.layer import Layer, Shape, Slices
from glassnet.layers.sequences.recurrent import check_sequence


class Masking(Layer):
    """Marks the steps that fill up sequences of different lengths, so that layers behind pass over them.

    A = X;     dX = dA.

    A step all of whose features are `value` is padding, at the end or in front: recurrent layers keep their state in
    it, and `Attention` hides it. For codes, `Embedding(…, padding=0)` does the same. In an array of different lengths,
    fill up with a number that no step has throughout.

    Parameters
    ----------
    value
        What padding holds; 0 by default.

    Raises InvalidInput for a `value` that is not a finite number, and where data are checked for a sequence that holds
    padding alone.

    >>> Masking(), Masking(-1.0).output_shape((8, 3))
    (Masking(), (8, 3))
    """

    value: float = 0.0

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        return shape

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        return {"A": shape, "present": shape[:1]}

    def codes(self, shape: Shape) -> Mapping[int, int]:
        return Alike(0, 0, self.value)

    def forward(self, s: Slices) -> None:
        s.A[...] = s.X
        present: Array | None = s.present
        assert present is not None
        present[...] = (s.X.dtype.type(self.value) != s.X).any(axis=-1)

    def backward(self, s: Slices) -> None:
        if s.dX is not None:
            s.dX[...] = s.dA
