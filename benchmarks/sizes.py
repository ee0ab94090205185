"""The sizes whose cost is measured, each sweep from small to large with everything else as in the base."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise


@dataclass(frozen=True)
class Size:
    """An epoch of so many shuffled rows through a relu network with one output, trained with Adam."""

    rows: int = 1024
    features: int = 64
    width: int = 64
    depth: int = 2
    batch: int = 128

    @property
    def widths(self) -> tuple[int, ...]:
        return (self.features, *[self.width] * self.depth, 1)

    @property
    def work(self) -> int:
        """Multiply-adds of an epoch: Z and dW of each layer, dX of all but the first."""
        products = [inputs * units for inputs, units in pairwise(self.widths)]
        return self.rows * (3 * sum(products) - products[0])


BASE, BATCHES = Size(), 8  # an epoch of so many batches


@dataclass(frozen=True)
class Sweep:
    """Sizes that double, of one field."""

    field: str
    first: int
    count: int

    def chosen(self, quick: bool) -> list[int]:
        """All sizes, or for a quick look every second one without the largest, which takes longest."""
        values = [self.first * 2**k for k in range(self.count)]
        return values[-2::-2][::-1] if quick else values

    def size(self, value: int) -> Size:
        """The base with this value; where the batch grows, the rows grow with it."""
        size = replace(BASE, **{self.field: value})
        return replace(size, rows=BATCHES * value) if self.field == "batch" else size

    @property
    def sentence(self) -> str:
        """What is kept."""
        kept = asdict(BASE)
        kept.pop(self.field)
        if self.field == "batch":
            kept.pop("rows")
        return ", ".join(f"{name} {value:,}" for name, value in kept.items())


SWEEPS: Mapping[str, Sweep] = {
    sweep.field: sweep
    for sweep in [
        Sweep("rows", 1024, 8),
        Sweep("features", 16, 9),
        Sweep("width", 16, 8),
        Sweep("depth", 1, 6),
        Sweep("batch", 16, 8),
    ]
}
