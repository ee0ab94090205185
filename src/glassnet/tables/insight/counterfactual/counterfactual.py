"""The smallest change of chosen columns of a row that changes what a model predicts for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glassnet.errors import InvalidInput, brief
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.insight.notation.text import decimals
from glassnet.insight.pages.pieces import Heading, Piece, Rows, Words
from glassnet.insight.pages.shown import Shown
from glassnet.tables.insight.counterfactual.candidates import Candidates, candidates_of
from glassnet.tables.insight.counterfactual.goals import Goal, goal_of
from glassnet.tables.insight.counterfactual.nearest_change import Search
from glassnet.tables.insight.explained_inputs import short, text_given
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.values.column_options import apart
from glassnet.tables.values.frames import as_frame, listed, nearest
from glassnet.tables.values.objects import as_text as text_of

if TYPE_CHECKING:
    import narwhals as nw

MOST_NAMED = 5  # columns in a sentence


@dataclass(frozen=True, eq=False, repr=False)
class Counterfactual(Shown):
    """What `TableModel.counterfactual` gives: print it, or let a notebook show it.

    Attributes
    ----------
    row
        The changed row, as a data frame of the library of the given one; None where no change was found.
    changes
        (now, instead) by column, of those that change.
    costs
        How large each of these changes is, by column; `cost` is their sum.
    columns
        The columns that were allowed to change.
    before, after
        What is predicted now and then, in words; where no change was found, what came nearest.
    goal
        What the change does, in words.
    tried
        How many changed rows were predicted.
    """

    row: Any
    changes: Mapping[str, tuple[Any, Any]]
    costs: Mapping[str, float]
    columns: Sequence[str]
    before: str
    after: str
    goal: str
    tried: int

    def __repr__(self) -> str:
        return f"Counterfactual({brief(dict(self.changes))}, cost={self.cost:.4g}, {self.after!r})"

    @property
    def cost(self) -> float:
        """How large the change is."""
        return float(sum(self.costs.values()))

    def pieces(self) -> Sequence[Piece]:
        """What is shown."""
        return [*self.page()]

    def page(self) -> Iterator[Piece]:
        """The change in a table, what it leads to, and how it was found; a sentence where there is none."""
        if self.row is None:
            yield Words(
                f"No change of {self.allowed} within the ranges and levels of training {self.goal}; the nearest of "
                f"{self.tried:,} changed rows comes to {self.after}, from {self.before}."
            )
            return
        yield Heading(f"The smallest change found that {self.goal}", 1)
        lines = (
            (short(name), short(shown(now)), short(shown(then)), decimals(self.costs[name], 3))
            for name, (now, then) in self.changes.items()
        )
        yield Rows((("column", "now", "instead", "change"), *lines))
        yield Words(f"Predicted then: {self.after}; now: {self.before}.")
        yield Words(
            f"The change is {decimals(self.cost, 3)} in all: a number counts in units of the range between its "
            "quartiles in training, another category as 1, a value in the place of a missing one as 1 more. "
            f"{self.tried:,} changed rows were predicted; the search may miss a smaller change."
        )

    @property
    def allowed(self) -> str:
        """The columns that were allowed to change, in words."""
        names = [short(name) for name in self.columns]
        if len(names) > MOST_NAMED:
            return f"these {len(names)} columns"
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def shown(value: Any) -> str:
    """A value as a text."""
    return "missing" if value is None else f"{value:.10g}" if isinstance(value, float) else str(text_of(value))


def counterfactual(model: TablePipeline, row: Any, columns: Any = None, to: Any = None) -> Counterfactual:
    """The smallest change found, verified by `predict` (`insight/nearest_change.py` says how it is searched for)."""
    one = as_frame(row)
    if len(one) != 1:
        raise InvalidInput(f"a change is found for one row, such as table[7:8], got {len(one)} rows.")
    X = model.encoder.transform(one)
    names, now = names_of(model, columns), model.outputs_of(X)[0]
    goal = goal_of(model, now, to)
    search = Search([candidates_of(model, one, X[0], name) for name in names], X[0], model.outputs_of, goal)
    for change in search.changes():
        found = result(model, one, search, change, goal, now)
        if found is not None:
            return found
    return Counterfactual(
        None, {}, {}, names, goal.told(now), goal.told(search.nearest_outputs), goal.words, search.tried
    )


def names_of(model: TablePipeline, columns: Any) -> tuple[str, ...]:
    """The columns that may change: those given, in the order of the table, or all; InvalidInput for others."""
    known = model.encoder.columns
    if columns is None:
        return known
    given = (columns,) if isinstance(columns, str) else columns
    if not isinstance(given, Sequence) or not given or not all(isinstance(name, str) for name in given):
        raise InvalidInput(
            f"columns must be names of columns that may change, as in ['age', 'city'], got {brief(columns)}."
        )
    names = apart(given, known)
    for name in names:
        if name in model.encoder.dropped:
            raise InvalidInput(f"changing {name!r} changes no prediction: it {model.encoder.dropped[name]}.")
        if name == model.target_name:
            raise InvalidInput(f"{name!r} is what is predicted; the columns that may change are {listed(known)}.")
        if name not in known:
            raise InvalidInput(
                f"the model has no column {name!r}{nearest(name, known)}; its columns are {listed(known)}."
            )
    return tuple(name for name in known if name in names)


def result(
    model: TablePipeline, one: "nw.DataFrame[Any]", search: Search, change: Array, goal: Goal, now: Array
) -> Counterfactual | None:
    """The change as a row of values, None where `predict` does not say of this row what was to be reached."""
    changed = [(column, int(k)) for column, k in zip(search.columns, change, strict=True) if k != column.start]
    row = with_values(one, {column.name: column.values[k] for column, k in changed})
    outputs = model.outputs(row)
    if not goal.reached(outputs)[0]:
        return None
    encoders = {each.name: each for each in model.encoder.encoders}
    return Counterfactual(
        row.to_native(),
        {c.name: (value_now(c, text_given(encoders[c.name], one)), c.values[k]) for c, k in changed},
        {column.name: float(column.costs[k]) for column, k in changed},
        [column.name for column in search.columns],
        goal.told(now),
        goal.told(outputs[0]),
        goal.words,
        search.tried,
    )


def value_now(column: Candidates, text: str | None) -> Any:
    """What a row has in a column: a number, a date, or a text."""
    return column.values[column.start] if column.ordered else text


def with_values(one: "nw.DataFrame[Any]", values: Mapping[str, Any]) -> Any:
    """A data frame of one row with other values."""
    narwhals = require("narwhals", "tables", "a data frame")
    series = [narwhals.new_series(name, [value], backend=one.implementation) for name, value in values.items()]
    return one.with_columns(*series)
