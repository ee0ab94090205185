"""The verdict over folds: every row predicted by the model and the baselines that have not seen it, judged together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.judging.baselines import baselines, left_out
from glassnet.tables.judging.bootstrap import Resamples
from glassnet.tables.judging.judge import (
    DistributionScores,
    comparison,
    few,
    resampled,
    said_of_distributions,
    scores_of_distributions,
)
from glassnet.tables.judging.known import Baseline, Known, said_of_classes
from glassnet.tables.judging.verdict import PROBABILITIES, Verdict
from glassnet.tables.judging.within_folds import WithinFolds, said_of_folds, with_folds, within_folds
from glassnet.tables.pipeline import TablePipeline
from glassnet.training.loop.settings import metrics_of
from glassnet.training.metrics import measure


@dataclass(frozen=True, eq=False)
class FoldOutputs:
    """What was said of the rows that are held out from a fold: by the model, and by each baseline.

    `seen` are the outputs as each metric sees them, by the threshold of the fold's own model; `groups` are those of
    the rows, numbered alike in all folds.
    """

    truth: Array
    outputs: Array
    seen: Mapping[str, Array]
    others: tuple[Baseline, ...]
    remarks: tuple[str, ...]
    groups: Array | None = None
    of_classes: tuple[str, ...] = ()
    of_distributions: DistributionScores | None = None

    @classmethod
    def of(
        cls, model: TablePipeline, known: Known, truth: Array, metric: str, seed: int, groups: Array | None = None
    ) -> "FoldOutputs":
        """Ask the model, and fit the baselines to the rows of the fold."""
        outputs = model.outputs_of(known.held_out)
        seen = {each.name: model.seen_by(each, outputs) for each in metrics_of(METRICS[model.task])}
        others, of_classes = tuple(baselines(known, metric, seed)), tuple(said_of_classes(known, truth))
        scores = scores_of_distributions(model, known, truth)
        return cls(truth, outputs, seen, others, tuple(left_out(known)), groups, of_classes, scores)


def pooled_verdict(task: str, folds: Sequence[FoldOutputs], metric: str, seed: int) -> Verdict:
    """The verdict on the outputs of all folds together; rows are ranked within their fold."""
    truth = np.concatenate([fold.truth for fold in folds])
    numbers = np.repeat(np.arange(len(folds)), [len(fold.truth) for fold in folds])
    named = metrics_of([name for name in METRICS[task] if name != "mape" or truth.all()])
    metrics = [within_folds(each) for each in named]
    seen = {each.name: np.concatenate([fold.seen[each.name] for fold in folds]) for each in metrics}
    seen |= {each.name: with_folds(seen[each.name], numbers) for each in metrics if isinstance(each, WithinFolds)}
    judged = [each for each in metrics if each.name in (metric, PROBABILITIES)]
    of_folds = [fold.groups for fold in folds if fold.groups is not None]
    groups = np.concatenate(of_folds) if of_folds else None
    resamples = Resamples(truth, seed, groups)
    of_classes = dict.fromkeys(f"In a fold: {said}" for fold in folds for said in fold.of_classes)
    scores: dict[str, float] = {}
    for each in metrics:
        scores |= measure([each], truth, seen[each.name], None)
    compared = (
        comparison(together(others, numbers), metrics, judged, seen, resamples)
        for others in zip(*(fold.others for fold in folds), strict=False)
    )
    return Verdict(
        metric,
        next(each.higher_is_better for each in judged if each.name == metric),
        len(truth),
        scores,
        {each.name: resamples.interval(each, seen[each.name]) for each in metrics},
        tuple(compared),
        {},
        (
            *folds[0].remarks,
            *of_classes,
            *said_of_folds(metrics, [(fold.truth, fold.outputs) for fold in folds]),
            *resampled(groups),
            *few(len(truth), groups),
        ),
        said_of_distributions(of_all([fold.of_distributions for fold in folds])),
    )


def of_all(each: Sequence[DistributionScores | None]) -> DistributionScores | None:
    """The scores of the rows of all folds; None for models without distributions."""
    there = [one for one in each if one is not None]
    if not there:
        return None
    return DistributionScores(there[0].kind, *(np.concatenate(rows) for rows in list(zip(*there, strict=True))[1:]))


def together(others: Sequence[Baseline], folds: Array) -> Baseline:
    """One kind of baseline with the outputs of all folds; what is said of it is said of the first."""
    outputs, decided = np.concatenate([other.outputs for other in others]), None
    if any(other.decided is not None for other in others):
        decided = np.concatenate([other.outputs if other.decided is None else other.decided for other in others])
    said = f"In the first fold: {others[0].said}"
    return replace(others[0], outputs=outputs, decided=decided, said=said, folds=folds)
