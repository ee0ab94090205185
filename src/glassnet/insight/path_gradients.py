"""What each input has contributed to an output: gradients added up along the way from other inputs."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.insight.path_network import Ends, OutputsThemselves, PathNetwork, Said
from glassnet.network import Network

SEGMENTS = 4  # that every way is cut into at first
NODES, WEIGHTS = ((np.polynomial.legendre.leggauss(4)[0] + 1) / 2, np.polynomial.legendre.leggauss(4)[1] / 2)
POINTS = SEGMENTS * len(NODES)  # of a way at which gradients are computed, at least
MOST_HALVINGS = 12  # of a segment in which a gradient jumps
TOLERANCE = 1e-4  # of the largest output, for the sum over all columns
BUDGET = 1.0  # times the tolerance: for errors that seldom all have the same sign
FINER, MOST_TRIES = 4.0, 3  # where they do


class PathGradients(NamedTuple):
    """What `integrated_gradients` gives.

    `values` (n, n_inputs, n_outputs), the mean output `baseline` (n_outputs,) of the background, the `outputs`
    (n, n_outputs), and the largest `error`: how far the sum of an output's contributions is from what it explains.
    """

    values: Array
    baseline: Array
    outputs: Array
    error: float


def integrated_gradients(
    net: Network, X: Array, background: Array, tolerance: float = TOLERANCE, said: Said | None = None
) -> PathGradients:
    """The contribution of every input to every output of every row (Sundararajan et al. 2017, arXiv 1703.01365).

    φⱼ = mean over b of (xⱼ − bⱼ) ∫₀¹ ∂F/∂xⱼ(b + α (x − b)) dα

    over the rows b of the background, so that Σⱼ φⱼ = F(x) − mean F(b). The integral is a sum by the rule of Gauss and
    Legendre with four gradients in each quarter of the way; a segment is halved, up to 12 times, until its
    contributions add up to what F changes by in it, as nearly as the whole needs: the sum is right to 10⁻⁴ (or
    another tolerance) of the largest output. A code that is embedded goes from one vector to the other. All is as in
    prediction, and computed in float64.

    X is (n, n_inputs) and `background` (m, n_inputs), codes and numbers as the network reads them. With `said`, F is
    what is said of the outputs, such as a mean, in place of the outputs themselves.

    Raises InvalidInput for a network with a layer that looks at a whole batch in training.

    >>> import numpy as np, glassnet as gn
    >>> net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    >>> net.arrays["0.W"][:, 0] = 3, -1
    >>> found = integrated_gradients(net, np.array([[1.0, 1.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]))
    >>> found.values[0, :, 0].round(6), found.error < 1e-6
    (array([ 3. , -0.5]), True)
    """
    network = PathNetwork(net, said or OutputsThemselves())
    backs, outputs = network.outputs(background), network.outputs(X)
    baseline, values = backs.mean(axis=0), np.zeros((*X.shape, outputs.shape[1]))
    largest = np.maximum(np.abs(outputs).max(axis=1), max(float(np.abs(backs).max()), 1e-12))
    allowed = tolerance * largest  # of each row, so that others make no difference to it
    ways, rows = Ways(network, network.ends(X), network.ends(background), outputs, backs), np.arange(len(X))
    for tried in range(MOST_TRIES):
        values[rows] = ways.contributions(rows, BUDGET * allowed / FINER**tried)
        missing = np.abs(values.sum(axis=1) - (outputs - baseline)).max(axis=1)
        rows = np.flatnonzero(missing > allowed)
        if not len(rows):
            break
    return PathGradients(values, baseline, outputs, float(missing.max()))


class Segments(NamedTuple):
    """Segments of the same width: of which row and background row, where they start, and the outputs at both ends.

    Those of a row lie one after the other.
    """

    row: Array
    back: Array
    start: Array
    before: Array
    after: Array

    def of(self, which: "Array | slice") -> "Segments":
        """Some of them."""
        return Segments(*(array[which] for array in self))

    def halved(self, middle: Array, half: float) -> "Segments":
        """The two halves of each, one after the other."""
        row, back, start, before, after = (np.repeat(array, 2, axis=0) for array in self)
        start[1::2] += half
        before[1::2] = after[::2] = middle
        return Segments(row, back, start, before, after)


class Ways(NamedTuple):
    """The straight ways from each row of a background to each row X, with the outputs at their ends."""

    network: PathNetwork
    X: Ends
    background: Ends
    outputs: Array
    backs: Array

    def contributions(self, rows: Array, tolerance: Array) -> Array:
        """Of every input to every output of some rows, (rows, n_inputs, n_outputs), as the mean over the background.

        `tolerance` (n,) is that of each row. A segment of width h may be wrong by tolerance · √(m h) for a background
        of m rows: errors that are independent then add up to a mean with an error below the tolerance.
        """
        m, width = len(self.backs), 1.0 / SEGMENTS
        total = np.zeros((len(self.outputs), self.X.X.shape[1], self.outputs.shape[1]))
        left = self._first(rows)
        for halvings in range(MOST_HALVINGS + 1):
            allowed = tolerance * (np.sqrt(m * width) if halvings < MOST_HALVINGS else np.inf)
            wrong = [some.of(self._add(some, width, allowed, total)) for some in self._in_parts(left)]
            left = Segments(*map(np.concatenate, zip(*wrong, strict=True)))
            if not len(left.row):
                break
            width /= 2
            left = left.halved(self._outputs_at(left, left.start + width), width)
        return total[rows] / m

    def _first(self, rows: Array) -> Segments:
        """Each way in segments of the same width."""
        m, n_ways = len(self.backs), len(rows) * len(self.backs)
        row = np.repeat(rows, m * SEGMENTS)
        back = np.tile(np.repeat(np.arange(m), SEGMENTS), len(rows))
        start = np.tile(np.arange(SEGMENTS) / SEGMENTS, n_ways)
        made = Segments(row, back, start, self.backs[back], self.outputs[row])
        inside = np.flatnonzero(start > 0)
        made.before[inside] = self._outputs_at(made.of(inside), start[inside])
        made.after[inside - 1] = made.before[inside]
        return made

    def _in_parts(self, segments: Segments) -> Iterator[Segments]:
        most = self.network.most_rows
        return (segments.of(slice(first, first + most)) for first in range(0, len(segments.row), most))

    def _ends(self, segments: Segments) -> tuple[Ends, Ends]:
        return self.background.of(segments.back), self.X.of(segments.row)

    def _outputs_at(self, segments: Segments, shares: Array) -> Array:
        """The outputs at one place of each way."""
        most, found = self.network.most_rows, []
        for first in range(0, len(shares), most):
            part = slice(first, first + most)
            found.append(self.network.at(*self._ends(segments.of(part)), shares[part, np.newaxis]).copy())
        return np.concatenate(found)

    def _add(self, segments: Segments, width: float, allowed: Array, total: Array) -> Array:
        """Add the contributions of the segments that are right to the total of their rows; which are not."""
        ends = self._ends(segments)
        found = np.zeros((*ends[0].X.shape, total.shape[2]))
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            self.network.at(*ends, (segments.start + node * width)[:, np.newaxis])
            found += width * weight * self.network.gradients(*ends, total.shape[2])
        missing = np.abs(found.sum(axis=1) - (segments.after - segments.before)).max(axis=1)
        wrong = np.greater(missing, allowed[segments.row])
        found[wrong] = 0.0
        first = np.flatnonzero(np.diff(segments.row, prepend=-1))  # those of a row lie one after the other
        total[segments.row[first]] += np.add.reduceat(found, first, axis=0)
        return wrong
