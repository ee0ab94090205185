"""What an update is asked at its end: scores on old and new rows before and after, and what was kept."""

from collections.abc import Iterator

from glassnet.calls import answered, cached_property
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.judging.verdict import named
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted, readable
from glassnet.tables.updating.rows import NEW, OLD, UpdateRows
from glassnet.tables.updating.settling import settled_in_words
from glassnet.tables.values.frames import listed
from glassnet.training.history import History
from glassnet.training.metrics import Metric

Scores = dict[str, dict[str, dict[str, float]]]
BEFORE, AFTER = "before", "after"
SEEN = (
    "the model may have been trained on the old rows that are scored here: then its scores on them before the update "
    "are too good"
)
UNKNOWN = "without old rows to replay or to compare, nothing says how much of them the model has forgotten"
TOO_FEW = "there are too few old rows to hold some out, so nothing says how much of them the model has forgotten"
ROUGH = 50  # held-out rows, below which a score says little


@answered
class UpdateOutcome:
    """A model before and after it was trained further, and the rows of that."""

    before: TableModel
    model: TableModel
    rows: UpdateRows
    request: TableRequest
    learning_rate: float
    n_epochs: int
    courses: Courses

    @property
    def history(self) -> History:
        """The epochs so far; of several networks, those of the first."""
        return self.courses.main[0].training.history

    def __repr__(self) -> str:
        rows = " and ".join(f"{len(frame):,} {what}" for what, frame in self.rows.kept.items())
        return f"{type(self).__name__}({self.model!r}, {rows}, {len(self.history)} of {self.n_epochs} epochs)"

    @property
    def metric(self) -> str:
        """The metric that the model was trained for."""
        return self.request.recipe.chosen_metric(self.before.task)

    def n_rows(self, what: str) -> int:
        """How many rows are trained on or choose the epoch, of the new or the old ones."""
        return len(self.rows.kept.get(what, ()))

    def scores(self) -> Scores:
        """Metrics on the held-out rows: by what they are ("new rows", "old rows"), by "before" and "after", by name."""
        frames = self.rows.held_out
        after = {what: self.model.evaluate(frame) for what, frame in frames.items()}
        return {what: {BEFORE: self._scores_before[what], AFTER: after[what]} for what in frames}

    @cached_property
    def _scores_before(self) -> dict[str, dict[str, float]]:
        return {what: self.before.evaluate(frame) for what, frame in self.rows.held_out.items()}

    @property
    def sentence(self) -> str:
        """What the update did to the score, in one sentence."""
        found, metric = self.scores(), self.metric
        if not found:
            return "No rows were held out, so that there are no scores."
        said = [
            f"from {readable(each[BEFORE][metric])} to {readable(each[AFTER][metric])} on "
            f"{counted(len(self.rows.held_out[what]), what.removesuffix('s').replace('new', 'held-out new'))}"
            for what, each in found.items()
        ]
        new, sign = found.get(NEW), 1 if Metric.of(metric).higher_is_better else -1
        gained = new is None or sign * (new[AFTER][metric] - new[BEFORE][metric]) >= 0
        worse = "" if gained else ": it is worse on the new rows than before"
        return f"The {named(metric)} went {', and '.join(said)}{worse}."

    def table(self) -> list[list[str]]:
        """A row for each metric: on the new rows before and after, and on the old rows; the header first."""
        found = self.scores()
        columns = [(what, when) for what in found for when in (BEFORE, AFTER)]
        names = next(iter(found.values()))[BEFORE] if found else {}
        rows = [[name, *(readable(found[what][when][name]) for what, when in columns)] for name in names]
        return [["metric", *(f"{what.removesuffix(' rows')}, {when}" for what, when in columns)], *rows]

    @property
    def notes(self) -> list[str]:
        """What was added, kept and derived anew, and what else must be known; a sentence each."""
        n = len(self.rows.chosen)
        added, settled = self._added(), settled_in_words(self.model, self.request, self.before, n)
        return [*self.rows.notes, *added, *settled, *(self._scored() if self.rows.held_out else ())]

    def _scored(self) -> Iterator[str]:
        """How far the scores can be trusted."""
        if NEW in self.rows.held_out and (n := len(self.rows.held_out[NEW])) < ROUGH:
            yield f"only {counted(n, 'new row')} held out: their scores are rough"
        if NEW in self.rows.held_out and (n := self.before.compared(new := self.rows.held_out[NEW]).n_seen):
            yield trained_on(n, len(new), "new row")
        if OLD not in self.rows.held_out:
            yield TOO_FEW if OLD in self.rows.kept else UNKNOWN
        elif self.before.seen is None:
            yield SEEN
        elif n := self.before.compared(old := self.rows.held_out[OLD]).n_seen:
            yield trained_on(n, len(old), "old row")

    def _added(self) -> Iterator[str]:
        growth = self.rows.growth
        for name, levels in growth.new_levels.items():
            yield f"{name}: {counted(len(levels), 'new level')}, {listed(levels, 5)}"
        for name in growth.newly_missing:
            yield f"{name}: values are missing for the first time"
        known = {column.name: column for column in self.before.columns}
        for column in self.model.columns:
            old = known[column.name]
            if column.low is not None and (column.low, column.high) != (old.low, old.high):
                yield f"{column.name}: now {column.values}, in training {old.values}"


def trained_on(n: int, n_rows: int, what: str) -> str:
    """That rows that are scored are rows of the training."""
    return (
        f"the model had been trained on {n} of the {counted(n_rows, what)} that are scored here: its scores on "
        "them before the update are too good"
    )
