"""The search: one trial after the other, each a training that is given up when it lags behind the others."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from glassnet.errors import Diverged
from glassnet.tables.fitting.training import TableTraining
from glassnet.training.epoch import Epoch
from glassnet.training.inputs.splitting import Rows
from glassnet.tuning.budget import Budget
from glassnet.tuning.fold_trainings import FoldTrainings, on_parts
from glassnet.tuning.measure import Measure
from glassnet.tuning.space import for_search, suggested
from glassnet.tuning.trial_marks import ENDED, put_back
from glassnet.tuning.workers import WorkerLike

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

PAUSE = 1.0  # seconds between two looks at what others do
WHOLE, LAGS, TIME, STOPPED, DIVERGES = "whole", "lags behind", "time was up", "stopped", "diverged"


class Search:
    """Trials of a study, on the rows and columns of a training.

    With `parts` each trial is trained once for each of them, which validates it. `tell` is called with each trial that
    has ended, as a FrozenTrial, `look` with trial and epoch after each epoch. In a `shared` study a trial
    that is stopped is left to others; with `waits` the search ends when their trials have ended, too.
    """

    def __init__(
        self,
        base: TableTraining,
        study: "Study",
        worker: WorkerLike,
        budget: Budget,
        n_trials: int | None,
        tell: "Callable[[FrozenTrial], Any]",
        look: "Callable[[Trial, Epoch], Any]",
        parts: Sequence[Rows] = (),
        shared: bool = False,
        waits: bool = False,
    ):
        self.base, self.study, self.worker, self.budget = base, study, worker, budget
        self.n_trials, self.tell, self.look = n_trials, tell, look
        self.parts, self.shared, self.waits = parts, shared, waits
        self.stopped, self.measure = False, Measure.of_training(base)

    def run(self) -> None:
        """Go on until the time is up, the study has its trials, or Ctrl-C."""
        try:
            while not self.stopped and not self.budget.spent():
                if (trial := self._next()) is not None:
                    self._one(trial)
                    self.tell(self.study.get_trials(deepcopy=False)[trial.number])
                elif self.waits and self._others_at_work():
                    time.sleep(PAUSE)  # for what is given back if one of them dies
                else:
                    return
        except KeyboardInterrupt:
            self.stopped = True

    def _next(self) -> "Trial | None":
        with self.worker.turn:
            self.worker.take_back(self.study)
            if self._enough():
                return None
            return self.worker.begin(self.study)

    def _others_at_work(self) -> bool:
        from optuna.trial import TrialState

        return bool(self.study.get_trials(False, (TrialState.RUNNING,)))

    def _enough(self) -> bool:
        """Whether all trials have ended or are at work somewhere."""
        from optuna.trial import TrialState

        taken = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)
        return self.n_trials is not None and len(self.study.get_trials(False, taken)) >= self.n_trials

    def _one(self, trial: "Trial") -> None:
        from optuna.exceptions import UpdateFinishedTrialError

        with self.worker.at(trial), suppress(UpdateFinishedTrialError):  # silent for so long that another has it now
            self._trained(trial)

    def _trained(self, trial: "Trial") -> None:
        from optuna.trial import TrialState

        base = self.base
        recipe = suggested(trial, for_search(base), base.n_train)
        training = on_parts(base, recipe, self.parts, self.measure) if self.parts else base.again(recipe)
        try:
            ended = self._train(trial, training)
        except Diverged:
            ended = DIVERGES
        except KeyboardInterrupt:
            self.stopped, ended = True, STOPPED
        measured = training.means if isinstance(training, FoldTrainings) else map(self.measure.of, training.history)
        best = self.measure.best(measured)
        if ended == WHOLE and best is None:
            ended = DIVERGES
        trial.set_user_attr(ENDED, ended)
        if ended == WHOLE:
            self.study.tell(trial, best)
        elif ended == STOPPED and self.shared:  # another worker does it again
            self.study.tell(trial, state=TrialState.FAIL)
            put_back(self.study, self.study.get_trials(deepcopy=False)[trial.number])
        else:
            self.study.tell(trial, state=TrialState.PRUNED)

    def _train(self, trial: "Trial", training: TableTraining | FoldTrainings) -> str:
        with closing(training.epochs()) as epochs:
            for epoch in epochs:
                self.look(trial, epoch)
                trial.report(self.measure.of(epoch), epoch.number)
                if epoch.number < training.n_epochs and trial.should_prune():
                    return LAGS
                if epoch.number < training.n_epochs and self.budget.spent():
                    return TIME
        return WHOLE
