"""A study: the trials of a search, their order, and what they have in common."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.tuning.storage import StudyPlace
from glassnet.tuning.workers import WorkerLike

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage

ABOUT, TRIALS = "about", "trials"  # attributes of the study
TABLE = "table"  # of what a study is about: the rows as a hash, which says nothing in a message


def open_study(
    place: StudyPlace,
    opened: "tuple[WorkerLike, BaseStorage]",
    about: Mapping[str, Any],
    first: Mapping[str, Any],
    higher: bool = False,
    join: bool = False,
) -> "Study":
    """The study of a place, new with a `first` trial, or one that is there; to `join` it, it must be.

    `higher` says whether higher values are better. Raises InvalidInput in one sentence if the study is about something
    else or not there, and MissingExtra.
    """
    optuna = require("optuna", "tune", "a search for hyper-parameters")
    worker, storage = opened
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=about["epochs"] // 10)
    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it is the caller who tells of studies
    try:
        if join and place.study_name not in [study.study_name for study in storage.get_all_studies()]:
            raise InvalidInput(
                f"{place.shown} is not there yet: start the search first, by the same command without --join."
            )
        study = optuna.create_study(
            storage=storage,
            study_name=place.study_name,
            load_if_exists=True,
            pruner=pruner,
            direction="maximize" if higher else "minimize",
        )
    finally:
        optuna.logging.set_verbosity(said)
    check_about(study, about, place)
    trials = study.get_trials(deepcopy=False)
    if not trials:
        study.enqueue_trial(dict(first))
    seed = np.random.SeedSequence([about["seed"], len(trials), worker.draw(len(trials))])
    study.sampler = optuna.samplers.TPESampler(seed=int(seed.generate_state(1)[0]))
    return study


def check_about(study: "Study", about: Mapping[str, Any], place: StudyPlace) -> None:
    """Refuse to mix trials whose values cannot be compared."""
    known = study.user_attrs.get(ABOUT)
    if known is None:
        study.set_user_attr(ABOUT, dict(about))
        return
    for name in (*about, *known):
        if known.get(name) == about.get(name):
            continue
        if name == TABLE:
            raise InvalidInput(
                f"{place.shown} holds a search on other rows, or on columns read otherwise: use the same table "
                f"and settings, or {place.elsewhere}."
            )
        raise InvalidInput(
            f"{place.shown} holds a search with {name} {known.get(name)!r}, not {about.get(name)!r}: "
            f"use the same value, or {place.elsewhere}."
        )


def agreed_trials(study: "Study", asked: int | None, join: bool) -> int | None:
    """How many trials all workers do together: what the worker that is not joining has said."""
    if not join:
        study.set_user_attr(TRIALS, asked)
        return asked
    known: int | None = study.user_attrs.get(TRIALS)
    if asked is not None and asked != known:
        raise InvalidInput(
            f"the search to join has {'no number of' if known is None else known} trials, not {asked}: leave --trials "
            "out, as that number is for all workers together."
        )
    return known
