"""What a training on a table is asked at its end: results on the held-out rows, a verdict, a diagnosis."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from glassnet.calls import answered, cached_property
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.score_metric import SCORES
from glassnet.tables.distributions.scores import CRPS
from glassnet.tables.encoding.column_encoders import NumberColumn
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.courses import Courses
from glassnet.tables.fitting.prepared_rows import PreparedRows
from glassnet.tables.fitting.recipe import Recipe
from glassnet.tables.fitting.request import TableRequest
from glassnet.tables.fitting.weights import class_factors
from glassnet.tables.model import TableModel
from glassnet.tables.number_format import counted
from glassnet.tables.values.frames import as_frame
from glassnet.training.inputs.splitting import Rows, split_rows
from glassnet.training.loop.settings import streams

if TYPE_CHECKING:
    from glassnet.insight.diagnosis.evidence import Columns
    from glassnet.insight.diagnosis.finding import Diagnosis
    from glassnet.tables.fitting.learning_curve import RowsCurve
    from glassnet.tables.judging.gain import Gain
    from glassnet.tables.judging.known import Known
    from glassnet.tables.judging.verdict import Verdict
LEVELS_TOO = "its single values tell more than its size, so they are levels as well, unless it is said to be a number"


@answered
class Outcome:
    """A trained model with the rows that it was trained on, and those held out from it."""

    prepared: PreparedRows
    request: TableRequest
    recipe: Recipe
    courses: Courses
    models: tuple[TableModel, ...]
    metric: str
    chosen_by: str

    @property
    def model(self) -> TableModel:
        """The model; of several targets that of the first, as `each` has all of them."""
        return self.models[0]

    @property
    def each(self) -> tuple[Self, ...]:
        """The training as seen from each target, with a `model`, a `result()` and a `verdict()` of its own."""
        if not self.prepared.also:
            return (self,)
        return tuple(self._of(place) for place in range(len(self.models)))

    def _of(self, place: int) -> Self:
        one = copy.copy(self)
        for name in ("held_out", "parts"):
            vars(one).pop(name, None)
        one.prepared, one.courses, one.models = self.prepared.of(place), self.courses.of(place), self.models[place:][:1]
        return one

    def check_one_target(self, what: str) -> None:
        """Refuse several targets where one is needed."""
        if self.prepared.also:
            names = ", ".join(model.target_name for model in self.models)
            raise InvalidInput(
                f"{what} is about one target, but this training has several ({names}): ask each of its trainings in "
                "`each`."
            )

    @property
    def n_epochs(self) -> int:
        """How many epochs there will be, unless something ends the training before."""
        return self.recipe.epochs

    @property
    def _n_trained_on(self) -> int:
        """How many rows are neither held out nor for validation."""
        return self.n_train - self.prepared.n_validation(self.recipe.validation)

    @property
    def seed(self) -> int:
        """What everything was drawn from."""
        return self.prepared.seed

    @property
    def train(self) -> Any:
        """A data frame of the rows that are not held out; None where they are in files."""
        return self.prepared.train

    @property
    def test(self) -> Any:
        """A data frame of the held-out rows."""
        return self.prepared.test

    @property
    def n_train(self) -> int:
        """How many rows are not held out: to train on, and to choose the epoch."""
        return self.prepared.n_train

    @property
    def n_without_target(self) -> int:
        """How many rows were dropped as they have no target."""
        return self.prepared.n_without_target

    @property
    def notes(self) -> list[str]:
        """Describe what was decided about rows and columns and might have been decided otherwise."""
        model, n = self.model, self.n_without_target
        names = " or a ".join(each.target_name for each in self.models)
        dropped = f"{counted(n, 'row')} without a {names} {'is' if n == 1 else 'are'} dropped"
        noted = [(each.target_name, each.target.format.note) for each in self.models]
        target = [f"{name}: {note}" for name, note in noted if note]
        said = [*[dropped] * bool(n), *self.prepared.split_notes, *target]
        levels = [f"{name}: {LEVELS_TOO} (--kind {name}=number)" for name in model.encoder.leveled]
        return [*said, *(f"{name}: {note}" for name, note in model.encoder.notes.items()), *levels]

    def result(self) -> dict[str, float]:
        """Metrics on the held-out rows; of several targets "rmse of price" and so on."""
        if self.prepared.also:
            found = {one.model.target_name: one.result() for one in self.each}
            return {f"{name} of {target}": value for target, of in found.items() for name, value in of.items()}
        X, truth = self.held_out
        return self.model.measured(truth, self.model.outputs_of(X), self.model.scores_of_rows(X, truth))

    @cached_property
    def held_out(self) -> tuple[Array, Array]:
        """(X, truth): the held-out rows as the network reads them, and what is true of them."""
        return self.model.encoder.transform(self.test), self.model.truth(self.test)

    def rows(self) -> tuple[Array, Array]:
        """Return the rows that are not held out as the network reads them, (X, y); from files, the validation rows."""
        return self.prepared.in_memory()

    @cached_property
    def parts(self) -> Mapping[str, tuple[Array, Array]]:
        """(X, truth) of the "training" and the "validation" rows; of rows in files, of the latter alone.

        Where other rows chose the epoch of each network of an ensemble, all are "training" rows of some of them.
        """
        X, y = self.rows()
        truth = y if isinstance(self.model.target, ClassTarget) else self.model.target.decode(y)
        if self.prepared.validation is not None:
            return {"validation": (X, truth)}
        if self.model.others and not self.courses.shared:
            return {"training": (X, truth)}
        trained, chose = self._divided()
        return {"training": (X[trained], truth[trained]), "validation": (X[chose], truth[chose])}

    def _divided(self) -> tuple[Rows, Rows]:
        """The places of the rows that were trained on, and of those that chose the epoch."""
        y = self.rows()[1]
        if (chose := self.prepared.chosen) is None:
            draw = streams(self.seed)[0][1]  # as the network draws the rows that choose the epoch
            _, chose = split_rows(len(y), self.recipe.validation, draw, (self.prepared.whole or self.prepared).labels)
        return np.delete(np.arange(len(y)), chose), chose

    def verdict(self) -> "Verdict":
        """Say whether the model should be believed: its scores beside those of simple models, on the held-out rows.

        These are fitted to at most 20,000 of the rows that are not held out. See `compare_baselines`.
        """
        self.check_one_target("a verdict")
        from glassnet.tables.judging.judge import judge  # imported late: training does not need it

        (held_out, truth), groups = self.held_out, self.prepared.test_groups
        said = "As the training rows are in files, the simple models are fitted to the validation rows."
        remarks, known = [said] * (self.prepared.files is not None), self._known(held_out)
        return judge(self.model, known, truth, self.metric, self._scores(), self.seed, remarks, groups)

    def _known(self, held_out: Array) -> "Known":
        """What simple models know that are to predict these rows."""
        from glassnet.tables.judging.known import Known

        (X, y), model = self.rows(), self.model
        called = "training row" if self.prepared.files is None else "validation row"
        factors = class_factors(self.request.class_weight, model.target, y)
        return Known(model.encoder, model.target, X, y, held_out, self.prepared.weights, called, factors)

    def _scores(self) -> dict[str, dict[str, float]]:
        """Scores of the rows that were trained on, and of those that chose epochs, by networks not trained on them."""
        model = self.model
        found = {name: model.measured(truth, model.outputs_of(X)) for name, (X, truth) in self.parts.items()}
        if "validation" not in found:
            said, y = self.courses.said_of_held_out(model)
            truth = y if isinstance(model.target, ClassTarget) else model.target.decode(y)
            found["validation"] = model.measured(truth, said)
        return found

    def gain_over(self, other: "Outcome") -> "Gain":
        """Say how much better this model is than that of another training, on the same held-out rows.

        With the settings that `tune` chose here and the default ones there, it says whether the choice has gained
        anything beyond chance. `other` has had the same table, `test` and `seed`. The metric is that of the recipe, of
        distributions the CRPS or the log score; beside a model that predicts the number alone they are compared by it.

        Raises InvalidInput where other rows are held out, where something else is predicted, and for several targets.

        >>> table = gn.datasets.iris().to_polars()
        >>> trainings = [gn.TableTraining(table, "species", recipe=gn.Recipe(hidden=(8,), epochs=n)) for n in (40, 1)]
        >>> for training in trainings:
        ...     for epoch in training.epochs(): pass
        >>> trainings[0].gain_over(trainings[1]).better_by() > 0
        True
        """
        from glassnet.tables.judging.gain import Gain  # imported late: training does not need it

        if not isinstance(other, Outcome):
            raise InvalidInput(f"a gain is over another training, such as a TableTraining, got {brief(other)}.")
        for one in (self, other):
            one.check_one_target("a gain")
        if self.model.task != other.model.task:
            raise InvalidInput(f"this training predicts {self._predicted}, the other {other._predicted}.")
        if not np.array_equal(self.held_out[1], other.held_out[1]):
            raise InvalidInput(
                "the trainings have held out other rows: give both the same table, and the same `test` and `seed`."
            )
        groups = self.prepared.test_groups
        metric = self.metric if other.model.head is None else self._judged_by
        return Gain.of(self.model, other.model, self.held_out, metric, self.seed, groups)

    @property
    def _judged_by(self) -> str:
        """The metric; of distributions the score that was asked for, or their CRPS."""
        if self.model.head is None:
            return self.metric
        return self.recipe.metric if self.recipe.metric in SCORES else CRPS

    @property
    def _predicted(self) -> str:
        return "classes" if isinstance(self.model.target, ClassTarget) else "numbers"

    def learning_curve(self, shares: Sequence[float] = (1 / 8, 1 / 4, 1 / 2, 1.0)) -> "RowsCurve":
        """Train networks on shares of the training rows, to see whether more rows would help.

        Each is one network, trained as the first of the model would be alone: by the recipe, the weights, the threshold
        and the distribution, with the same validation rows. It is scored on the held-out rows by the metric, of
        distributions by the CRPS or the log score. `shares` are two or more, each in (0, 1] and larger than the one
        before. Raises InvalidInput for others, and where the rows are in files.
        """
        from glassnet.tables.fitting.learning_curve import check_shares, rows_curve

        check_shares(shares)
        self.check_one_target("a learning curve")
        if self.prepared.whole is not None:
            raise InvalidInput("a learning curve is for one target: this training has several.")
        if self.prepared.files is not None:
            raise InvalidInput("a learning curve needs a table that fits in memory; these rows are in files.")
        return rows_curve(self.prepared, self.request, self._divided(), self.held_out, self._judged_by, shares)

    def diagnose(self) -> "Diagnosis":
        """Check the network, its training rows and the held-out rows for common faults: see `gn.diagnose`."""
        self.check_one_target("a diagnosis")
        from glassnet.insight.diagnosis.diagnose import diagnosed  # imported late: training does not need it
        from glassnet.insight.diagnosis.evidence import Evidence
        from glassnet.insight.diagnosis.generalization import NO_BETTER

        X, y = self.rows()
        held_out = self.held_out[0], self.model.target.encode(self.test[self.model.target_name])
        if (head := self.model.head) is not None:  # as its loss takes them
            y, held_out = head.encode(y), (held_out[0], head.encode(held_out[1]))
        names = self.model.encoder.feature_names
        network, measured = self.model.network, self._measured()
        found = diagnosed(Evidence(network, X, y, None, None, None, held_out, names, 0, measured))
        if self.model.calibration is None or not self._calibrated_beats_shares():
            return found
        # the checks see the network alone, whose probabilities may be worse than those of the model
        return replace(found, findings=tuple(finding for finding in found if finding.name != NO_BETTER))

    def _calibrated_beats_shares(self) -> bool:
        """Whether the calibrated probabilities are better on held-out rows than the shares of the classes."""
        from glassnet.insight.diagnosis.evidence import NOTHING_LEARNED

        X, truth = self.held_out
        target = self.model.target
        assert isinstance(target, ClassTarget)
        classes = target.encode(self.test[self.model.target_name])
        counts = np.bincount(np.asarray(self.rows()[1], np.intp).ravel(), minlength=len(target.classes))
        shares = -np.log(np.maximum(counts, 1) / counts.sum())[classes].mean()
        log_loss = self.model.measured(truth, self.model.outputs_of(X))["log_loss"]
        return bool(log_loss < NOTHING_LEARNED * shares)

    def _measured(self) -> "Columns | None":
        """The columns of numbers as they are in the table; None where the rows are in files."""
        from glassnet.insight.diagnosis.evidence import Columns

        numbers = [e for e in self.model.encoder.encoders if isinstance(e, NumberColumn) and e.holds == "number"]
        if self.train is None or not numbers:
            return None
        frame = as_frame(self.train)
        values = np.column_stack([e.values(frame[e.name]) for e in numbers])
        return Columns(values, [e.name for e in numbers], self.model.truth(self.train))
