"""The smallest change of some columns that meets a goal: from grids of candidates, then step by step.

Changes are added up over the columns. First each column is changed alone, over its range; then the few columns that
come nearest to the goal alone are changed together, on a grid; then one column after the other is set to what comes
nearest.
What meets the goal is made smaller: each step takes a part of a change back, and may add a smaller one to another
column, with steps of half a unit first and halved down to the finest. A column that makes up less than a fiftieth of
the change is left as it was, where another one can make up for it as cheaply. Nothing is drawn by chance.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.insight.counterfactual.candidates import Candidates
from glassnet.tables.insight.counterfactual.goals import Goal

BUDGET = 20_000  # rows that are predicted in each of the first two stages
FEWEST_ALONE, MOST_ALONE = 33, 1025  # candidates of a column that are tried alone
TOGETHER = 6  # columns on a grid
MOST_LEVELS = 8  # that are tried for a column when another one changes
MOST_CLIMBED = 20  # columns that are set one after the other
STARTS = 4  # changes, of different columns, that are made smaller
MOST_TRIED = 150_000  # rows, after which nothing is made smaller any more
ASIDE = 8  # columns that may change more where another one changes less, beside those that have changed
FIRST_STEP = 0.5  # of the unit of a change
BLOCK, SMALL_BLOCK = 4096, 512  # rows that are predicted at a time
LEAST_GAIN = 1e-9
TRIFLE = 0.02  # of the whole change


class Search:
    """The search for one row, whose inputs are x (n_inputs,); `predict` gives the outputs for rows of inputs.

    A change is an array (n_columns,) of numbers of candidates.
    """

    def __init__(self, columns: Sequence[Candidates], x: Array, predict: Callable[[Array], Array], goal: Goal):
        self.columns, self.x, self.predict, self.goal = columns, x, predict, goal
        self.start = np.array([column.start for column in columns])
        self.tried, self.nearest, self.nearest_outputs = 0, -np.inf, np.zeros(0)
        self.favourites = [np.arange(len(column.values)) for column in columns]  # the nearest to the goal first
        self.order = np.arange(len(columns))  # likewise

    def changes(self) -> list[Array]:
        """Those that meet the goal, the smallest first."""
        found = [*self.alone(), *self.looked_at(self.grid())[2], *self.climb()]
        smaller = [self.tidied(self.made_smaller(change)) for change in self.chosen(found)]
        return sorted(smaller, key=self.rank)

    def looked_at(self, changes: Array) -> tuple[Array, Array, Array]:
        """(how near each is to the goal, which meet it, these)."""
        near, met = np.zeros(len(changes)), np.zeros(len(changes), bool)
        for first in range(0, len(changes), BLOCK):
            part = slice(first, first + BLOCK)
            outputs = self.predict(self.inputs(changes[part]))
            near[part], met[part] = self.goal.closeness(outputs), self.goal.reached(outputs)
            best = int(near[part].argmax())
            if near[part][best] > self.nearest:
                self.nearest, self.nearest_outputs = float(near[part][best]), outputs[best]
        self.tried += len(changes)
        return near, met, changes[met]

    def inputs(self, changes: Array) -> Array:
        """The inputs of changed rows."""
        X = np.tile(self.x, (len(changes), 1))
        for k, column in enumerate(self.columns):
            X[:, column.place] = column.inputs[changes[:, k]]
        return X

    def costs(self, changes: Array) -> Array:
        """How large each change is."""
        return np.sum([column.costs[changes[:, k]] for k, column in enumerate(self.columns)], axis=0)

    def rank(self, change: Array) -> tuple[float, int, tuple[int, ...]]:
        """Smaller for a smaller change, for fewer columns, and then for earlier candidates."""
        cost = round(float(self.costs(change[np.newaxis])[0]), 9)
        return cost, int((change != self.start).sum()), tuple(change.tolist())

    def alone(self) -> Array:
        """Change each column alone, to learn which come nearest to the goal; what meets it."""
        most = int(np.clip(BUDGET // len(self.columns), FEWEST_ALONE, MOST_ALONE))
        places = [spread(column, most) for column in self.columns]
        changes = np.concatenate([self.with_one(k, values) for k, values in enumerate(places)])
        near, _, met = self.looked_at(changes)
        effects = np.zeros(len(self.columns))
        for k, (first, last) in enumerate(pairwise(np.cumsum([0, *map(len, places)]))):
            effects[k] = near[first:last].max()
            self.favourites[k] = places[k][np.argsort(-near[first:last], kind="stable")]
        self.order = np.argsort(-effects, kind="stable")
        return met

    def with_one(self, k: int, values: Array, change: Array | None = None) -> Array:
        """A change (by default none) with other candidates of a column."""
        changes = np.tile(self.start if change is None else change, (len(values), 1))
        changes[:, k] = values
        return changes

    def grid(self) -> Array:
        """All combinations of candidates of the columns that come nearest, as many as the budget allows."""
        few, points = self.order[:TOGETHER], 2
        while points < MOST_ALONE and self.size(few, points + 1) <= BUDGET:
            points += 1
        axes = [self.some(k, points) for k in few]
        changes = np.tile(self.start, (int(np.prod([*map(len, axes)])), 1))
        changes[:, few] = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
        return changes

    def size(self, few: Array, points: int) -> int:
        """How many rows a grid has."""
        return int(np.prod([min(points, len(self.columns[k].values)) + 1 for k in few], dtype=np.float64))

    def some(self, k: int, points: int) -> Array:
        """So many candidates of a column, and its own: evenly spaced numbers, the levels that come nearest."""
        column = self.columns[k]
        chosen = spread(column, points) if column.ordered else self.favourites[k][:points]
        return np.union1d(chosen, [column.start])

    def climb(self) -> Array:
        """Set one column after the other to what comes nearest, until the goal is met or nothing comes nearer."""
        change, near = self.start, -np.inf
        for _ in range(min(len(change), MOST_CLIMBED)):
            around = np.concatenate([self.with_one(k, self.some(k, FEWEST_ALONE), change) for k in range(len(change))])
            found, met, _ = self.looked_at(around)
            best = int(found.argmax())
            if met.any():
                return around[met]
            if found[best] <= near:
                break
            change, near = around[best], found[best]
        return np.zeros((0, len(self.columns)), np.intp)

    def chosen(self, found: Sequence[Array]) -> Iterator[Array]:
        """The smallest changes of a few different sets of columns."""
        if not found:
            return
        changes, seen = np.stack(found), set[bytes]()
        for k in self.sorted(changes):
            columns = (changes[k] != self.start).tobytes()
            if columns not in seen and len(seen) < STARTS:
                seen.add(columns)
                yield changes[k]

    def made_smaller(self, change: Array) -> Array:
        """The smallest change that steps lead to, each of which meets the goal and is smaller than the one before."""
        step = FIRST_STEP
        finest = min([column.unit for column in self.columns if column.ordered], default=step)
        while self.tried < MOST_TRIED:
            around = self.around(change, step)
            cost = float(self.costs(change[np.newaxis])[0])
            smaller = self.smallest(around[self.costs(around) < cost - LEAST_GAIN])
            if smaller is not None:
                change = smaller
            elif step <= finest:
                break
            else:
                step /= 2
        return change

    def smallest(self, changes: Array) -> Array | None:
        """The smallest of these that meets the goal."""
        changes = changes[self.sorted(changes)]
        for first in range(0, len(changes), SMALL_BLOCK):
            met = self.looked_at(changes[first : first + SMALL_BLOCK])[2]
            if len(met):
                return np.asarray(met[0])
        return None

    def sorted(self, changes: Array) -> Array:
        """Their order: by what they cost, then by the number of columns."""
        return np.lexsort(((changes != self.start).sum(axis=1), self.costs(changes).round(9)))

    def tidied(self, change: Array) -> Array:
        """The change without columns that make up a trifle of it, where others can make up for them by a trifle."""
        parts = np.array([column.costs[k] for column, k in zip(self.columns, change, strict=True)])
        most = float(parts.sum()) * (1 + TRIFLE)
        for k in np.flatnonzero((parts > 0) & (parts < TRIFLE * parts.sum())).tolist():
            without = self.with_one(k, self.start[k : k + 1], change)[0]
            changes = [without[np.newaxis]]
            for other in np.flatnonzero(without != self.start).tolist():
                step = self.steps(other, most - float(parts.sum()) + float(parts[k]))
                changes.append(self.with_one(other, self.nearby(other, int(without[other]), step), without))
            cheap = np.concatenate(changes)
            tidier = self.smallest(cheap[self.costs(cheap) <= most])
            change = change if tidier is None else tidier
        return change

    def nearby(self, k: int, now: int, most: int) -> Array:
        """All candidates of a column that are so many steps away, or the one that it has where they have no order."""
        if not self.columns[k].ordered:
            return np.array([now])
        return np.arange(max(0, now - most), min(len(self.columns[k].values), now + most + 1))

    def around(self, change: Array, step: float) -> Array:
        """Changes with a part of one column taken back, and another column changed a little, or not at all."""
        changes, changed = [], np.flatnonzero(change != self.start).tolist()
        for k in changed:
            back = self.with_one(k, self.back(k, change[k], step), change)
            changes.append(back)
            for other in np.setdiff1d(np.union1d(changed, self.order[:ASIDE]), [k]).tolist():
                values = self.aside(other, change[other], step)
                both = np.repeat(back, len(values), axis=0)
                both[:, other] = np.tile(values, len(back))
                changes.append(both)
        return np.concatenate(changes)

    def back(self, k: int, now: int, step: float) -> Array:
        """A column's candidates between what it has become and what it was: a step nearer, and that itself."""
        column = self.columns[k]
        if not column.ordered:
            return np.array([column.start])
        moved = int(np.clip(column.start - now, *(np.array([-1, 1]) * self.steps(k, step))))
        return np.unique([now + moved, column.start])

    def aside(self, k: int, now: int, step: float) -> Array:
        """A column's candidates a step away, of levels a few others."""
        column = self.columns[k]
        if not column.ordered:
            return self.favourites[k][:MOST_LEVELS]
        most = self.steps(k, step)
        return np.unique(np.clip(now + np.array([-most, -most // 2, most // 2, most]), 0, len(column.values) - 1))

    def steps(self, k: int, step: float) -> int:
        """How many candidates further a step leads."""
        return max(1, round(step / self.columns[k].unit))


def spread(column: Candidates, most: int) -> Array:
    """Candidates of a column: of numbers evenly spaced ones with both ends, of levels all."""
    n = len(column.values)
    if not column.ordered or n <= most:
        return np.arange(n)
    return np.unique(np.linspace(0, n - 1, max(most, 2)).round().astype(np.intp))
