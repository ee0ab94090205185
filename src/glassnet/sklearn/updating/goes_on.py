"""An estimator that goes on with new rows, as `glassnet.TableUpdate` does with a model of a table."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.sklearn.rows.counted import group_numbers
from glassnet.sklearn.rows.held_out import HeldOut
from glassnet.sklearn.saving.in_files import free_name, plain
from glassnet.sklearn.table_input import frame_of
from glassnet.tables.encoding.several_targets import SeveralTargets
from glassnet.tables.encoding.target import NumberTarget
from glassnet.tables.fitting.courses import Course
from glassnet.tables.fitting.ensemble import Member
from glassnet.tables.updating.update import TableUpdate
from glassnet.training.inputs.splitting import Rows

if TYPE_CHECKING:
    import narwhals as nw

    from glassnet.sklearn.parameter_types import Inputs

AS_FITTED = ("classes_", "_learned_interval")  # what an update does not change, but a model file does not say
PART = 4  # of the epochs of a fit, an update has one in so many


class GoesOn:
    """What `TabularClassifier` and `TabularRegressor` have of `partial_fit`."""

    def _go_on(
        self: Any, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None, groups: ArrayLike | None = None
    ) -> Any:
        """Train the fitted networks further on new rows."""
        check_is_fitted(self)
        if isinstance(self.target_, SeveralTargets):
            raise InvalidInput(
                f"partial_fit goes on with one column of y, but this was fitted to {len(self.target_.columns)}, whose "
                "ranges, probabilities and intervals would each have to be found anew: fit an estimator for each, or "
                "fit again."
            )
        self._check_parameters()
        frame, values = frame_of(self, X, reset=False), self._check_y(y)
        if len(frame) != len(values):
            raise InvalidInput(f"expected a target for each row: X has {len(frame)} rows, y has {len(values)} values.")
        model = self.as_model()
        columns = {model.target_name: [plain(value) for value in values.tolist()]}
        weight = None if sample_weight is None else free_name("weight", (*self._columns, model.target_name))
        if weight is not None:
            columns[weight] = _check_sample_weight(sample_weight, frame.to_native()).tolist()
        group = None
        if groups is not None:
            group = free_name("group", (*self._columns, *columns))
            columns[group] = group_numbers(groups, len(frame)).tolist()
        update = TableUpdate(
            model,
            with_columns(frame, columns),
            test=None,
            epochs=max(1, self.recipe_.epochs // PART),
            batch_size=self.recipe_.batch_size,
            validation=float(self.validation_fraction),
            weight=weight,
            group=group,
            class_weight=getattr(self, "class_weight", None),
            skip_last=0,
            seed=(self._seed + len(model.updates) + 1) % 2**31,
            engine=self.engine,
        )
        for _ in update.epochs():
            pass
        self._take(update)
        return self

    def _take(self: Any, update: TableUpdate) -> None:
        """Take what an update has learned as one's own."""
        model, rows, before = update.model, update.rows, dict(self.__dict__)
        self.__dict__.pop("feature_importances_", None)
        self.encoder_, self._updates, self._found_columns = model.encoder, model.updates, model.columns
        if isinstance(model.target, NumberTarget):
            self.target_ = model.target
        self._restore(model)
        self.__dict__ |= {name: before[name] for name in AS_FITTED if name in before}
        main, ends = ([member_of(c, rows.chosen) for c in some] for some in (update.courses.main, update.courses.ends))
        self.members_ = main
        if ends:
            self.quantile_members_ = ends
        self.n_iter_ = max(len(member.history) for member in main)
        self._validate_on([HeldOut(member, *rows.part(rows.chosen)) for member in main] if len(rows.chosen) else [])

    def _validate_on(self: Any, held_out: list[HeldOut]) -> None:
        """Take these validation rows in place of others."""
        for name in ("_held_out", "_rows_of_fit"):
            self.__dict__.pop(name, None)
        self.validation_score_ = float("nan")
        if held_out:
            self._held_out = held_out
            self.validation_score_ = self._score_held_out(np.asarray)


def member_of(course: Course, chosen: Rows) -> Member:
    """A network that was trained further, with the rows that chose its epoch."""
    return Member(course.network, chosen, course.training.history)


def with_columns(frame: "nw.DataFrame[Any]", columns: dict[str, list[Any]]) -> Any:
    """A data frame with further columns."""
    narwhals = require("narwhals", "tables", "a table")
    return frame.with_columns(
        *(narwhals.new_series(name, values, backend=frame.implementation) for name, values in columns.items())
    )
