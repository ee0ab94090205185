"""What is written on trials: who trains one, how it ended, and of which lost one it is the second attempt."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

WORKER, ENDED, AGAIN = "worker", "ended", "again"  # attributes of a trial
NOBODY = "nobody"  # the worker of a trial that was begun in a turn that a kill ended


def put_back(study: "Study", trial: "FrozenTrial") -> None:
    """Put the settings of a lost trial into the queue, once: one that was lost twice is not tried again."""
    if trial.params and AGAIN not in trial.user_attrs:
        study.enqueue_trial(trial.params, user_attrs={AGAIN: trial.number})
