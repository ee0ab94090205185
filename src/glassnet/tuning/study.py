"""The study in a folder: every trial is in a journal, which any number of processes read and write."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.lines import cut_half_line
from glassnet.tuning.workers import Worker

if TYPE_CHECKING:
    from optuna import Study

JOURNAL = "study.journal"
ABOUT, WORKER, AGAIN = "about", "worker", "again"  # attributes: of the study, of a trial, of a trial made anew
NOBODY = "nobody"  # the worker of a trial that was begun in a turn that a kill ended


def open_study(
    folder: Path, worker: Worker, about: Mapping[str, Any], first: Mapping[str, Any], higher: bool = False
) -> "Study":
    """The study of a folder, new with a `first` trial, or joined; `higher` says whether higher values are better.

    Raises InvalidInput in one sentence if the folder's study is about something else, and MissingExtra.
    """
    optuna = require("optuna", "tune", "a search for hyper-parameters")
    if not worker.others():
        cut_half_line(folder / JOURNAL)  # as a full disk leaves it
    # the lock that is Optuna's own is a file, which a killed process leaves behind
    backend = optuna.storages.journal.JournalFileBackend(str(folder / JOURNAL), worker.writing)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=about["epochs"] // 10)
    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it is the caller who tells of studies
    try:
        study = optuna.create_study(
            storage=optuna.storages.JournalStorage(backend),
            study_name="glassnet",
            load_if_exists=True,
            pruner=pruner,
            direction="maximize" if higher else "minimize",
        )
    finally:
        optuna.logging.set_verbosity(said)
    check_about(study, about, folder)
    trials = study.get_trials(deepcopy=False)
    if not trials:
        study.enqueue_trial(dict(first))
    seed = np.random.SeedSequence([about["seed"], len(trials), worker.others()])  # a second process draws others
    study.sampler = optuna.samplers.TPESampler(seed=int(seed.generate_state(1)[0]))
    return study


def check_about(study: "Study", about: Mapping[str, Any], folder: Path) -> None:
    """Refuse to mix trials whose values cannot be compared."""
    known = study.user_attrs.get(ABOUT)
    if known is None:
        study.set_user_attr(ABOUT, dict(about))
        return
    for name in (*about, *known):
        if known.get(name) != about.get(name):
            raise InvalidInput(
                f"{folder} holds a search with {name} {known.get(name)!r}, not {about.get(name)!r}: "
                "use the same value, or choose another folder."
            )


def take_back(study: "Study", worker: Worker) -> None:
    """Trials whose process has died become failed ones, and are put back into the queue, once; in one's turn only."""
    from optuna.trial import TrialState

    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if worker.at_work(trial.user_attrs.get(WORKER, NOBODY)):
            continue
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params and AGAIN not in trial.user_attrs:  # a trial that killed its process twice is not tried again
            study.enqueue_trial(trial.params, user_attrs={AGAIN: trial.number})
