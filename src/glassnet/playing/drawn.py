"""Which layers of a network a page draws: the dense ones in order, those inside residual layers among them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glassnet.engine.layout import Layout, Node
from glassnet.layers.chain import Chain
from glassnet.layers.dense import Dense
from glassnet.layers.layer import Step
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.residual import Residual

Skip = tuple[int, int]  # the column (-1 for the inputs) whose outputs are added to those of another


@dataclass(frozen=True)
class Column:
    """A dense layer: its place among all layers, as `Layout.walk` counts them, and that of the layer with its outputs.

    These are normalised by what follows, and at the end of a residual layer they are what comes out of it.
    """

    number: int
    node: Node
    leaving: int


class Drawn:
    """The columns of a layout, and which of them are added up.

    >>> import glassnet as gn
    >>> layout = gn.Network([gn.Dense(4), gn.Residual(gn.Dense(4, "relu"), gn.Dense(4)), gn.Dense(1)]).build(2).layout
    >>> drawn = Drawn(layout)
    >>> [column.node.path for column in drawn.columns], drawn.skips
    (['0', '1.0', '1.1', '2'], [(0, 2)])
    """

    def __init__(self, layout: Layout):
        self.nodes = list(layout.walk())
        self.numbers = {node.path: k for k, node in enumerate(self.nodes)}
        self.columns: list[Column] = []
        self.skips: list[Skip] = []
        self.collect(layout.nodes)

    def collect(self, nodes: Sequence[Node]) -> None:
        """Add the columns of layers that stand one after the other."""
        behind = False  # whether the last layer was a column, or what belongs to one
        for node in nodes:
            before = len(self.columns)
            if type(node.layer) is Dense:
                self.columns.append(Column(self.numbers[node.path], node, self.numbers[node.path]))
            elif isinstance(node.layer, Chain):
                self.collect(node.inner)
            if len(self.columns) > before and isinstance(node.layer, Residual):
                self.skips.append((before - 1, len(self.columns) - 1))
            if behind := len(self.columns) > before or (behind and isinstance(node.layer, (BatchNorm, LayerNorm))):
                self.columns[-1] = replace(self.columns[-1], leaving=self.numbers[node.path])

    @property
    def dense(self) -> list[int]:
        """The numbers of the columns' layers."""
        return [column.number for column in self.columns]


def all_steps(steps: Sequence[Step]) -> Iterator[Step]:
    """Every layer with its slices, as `Layout.walk` orders the nodes."""
    for step in steps:
        yield step
        yield from all_steps(getattr(step.slices, "inner", []))
