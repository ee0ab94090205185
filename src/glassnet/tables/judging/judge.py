"""Compare a model with its baselines on the same held-out rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glassnet.calls import answered
from glassnet.errors import UnknownName
from glassnet.formulas.elementary import Array
from glassnet.tables.distributions.scores import CRPS, LOG_SCORE, constant_distribution, named_scores, scores_of_rows
from glassnet.tables.encoding.target import ClassTarget, with_target
from glassnet.tables.encoding.task import METRICS
from glassnet.tables.judging.baselines import baselines, left_out
from glassnet.tables.judging.bootstrap import Resamples
from glassnet.tables.judging.known import Baseline, Known, said_of_classes
from glassnet.tables.judging.verdict import PROBABILITIES, Comparison, Verdict
from glassnet.tables.number_format import counted, readable
from glassnet.tables.pipeline import TablePipeline
from glassnet.tables.scored import ScoredPipeline
from glassnet.tables.values.frames import as_frame, check_column
from glassnet.training.inputs.checks import check_seed
from glassnet.training.loop.settings import metrics_of
from glassnet.training.metrics import Metric, measure

FEW = 50  # held-out rows, or groups, below which a score says little


def judge(
    model: ScoredPipeline,
    known: Known,
    truth: Array,
    metric: str,
    others: Mapping[str, dict[str, float]],
    seed: int,
    remarks: Sequence[str] = (),
    groups: Array | None = None,
) -> Verdict:
    """The verdict on a model for rows that are held out (`known.held_out`, `truth`).

    `others` are scores of other rows, by what these were used for; they stand beside those of the held-out rows.
    `groups` are those of the held-out rows, which are then resampled group by group.
    """
    outputs, metrics = model.outputs_of(known.held_out), metrics_of(METRICS[model.task])
    seen = {each.name: model.seen_by(each, outputs) for each in metrics}
    judged = [each for each in metrics if each.name in (metric, PROBABILITIES)]
    resamples = Resamples(truth, seed, groups)
    compared = tuple(comparison(each, metrics, judged, seen, resamples) for each in baselines(known, metric, seed))
    return Verdict(
        metric,
        next(each.higher_is_better for each in judged if each.name == metric),
        len(truth),
        model.measured(truth, outputs),
        {each.name: resamples.interval(each, seen[each.name]) for each in metrics},
        compared,
        dict(others),
        (*left_out(known), *said_of_classes(known, truth), *remarks, *resampled(groups), *few(len(truth), groups)),
        said_of_distributions(scores_of_distributions(model, known, truth)),
    )


def comparison(
    other: Baseline,
    metrics: Sequence[Metric],
    judged: Sequence[Metric],
    outputs: Mapping[str, Array],
    resamples: Resamples,
) -> Comparison:
    """The scores of a baseline, and how much better the model is."""
    better = {each.name: resamples.difference(each, outputs[each.name], other.seen_by(each)) for each in judged}
    scores: dict[str, float] = {}
    for each in metrics:
        scores |= measure([each], resamples.truth, other.seen_by(each), None)
    return Comparison(other.name, other.called, other.said, scores, better)


class DistributionScores(NamedTuple):
    """The (log score, CRPS) of each row (n, 2), of a model's distributions and of the one of all other rows."""

    kind: str
    own: Array
    other: Array


def scores_of_distributions(model: TablePipeline, known: Known, truth: Array) -> DistributionScores | None:
    """The scores of the distributions that a model predicts; None for other models."""
    of_rows, target = model.scores_of_rows(known.held_out, truth), model.target
    if of_rows is None or model.head is None or isinstance(target, ClassTarget):
        return None
    constant = constant_distribution(target.decode(known.y), len(truth), known.weights)
    return DistributionScores(model.head.kind, of_rows, scores_of_rows(constant, truth))


def said_of_distributions(found: DistributionScores | None) -> tuple[str, ...]:
    """A sentence on them."""
    if found is None:
        return ()
    own, other = named_scores(found.own), named_scores(found.other)
    return (
        f"It predicts distributions ({found.kind}): their log score is {readable(own[LOG_SCORE])}, their CRPS "
        f"{readable(own[CRPS])}; the normal distribution of the other rows has {readable(other[LOG_SCORE])} and "
        f"{readable(other[CRPS])} (less is better).",
    )


def resampled(groups: Array | None) -> list[str]:
    """A remark on rows that are not independent."""
    if groups is None:
        return []
    if (n := len(np.unique(groups))) == 1:
        return ["All held-out rows are of one group, which does not tell how much is chance."]
    return [f"The intervals take the {n} held-out groups as independent."]


def few(n_rows: int, groups: Array | None = None) -> list[str]:
    """A remark on few held-out rows, or groups."""
    n, what = (n_rows, "row") if groups is None else (len(np.unique(groups)), "group")
    if n >= FEW or (n == 1 and groups is not None):  # of one group `resampled` speaks
        return []
    return [f"Only {counted(n, what)} {'was' if n == 1 else 'were'} held out: every score here is rough."]


@answered
def compare_baselines(
    model: ScoredPipeline, train: Any, test: Any, metric: str | None = None, seed: int = 0
) -> Verdict:
    """Compare the model of a table with a constant, a linear model and boosted trees, on rows that it has not seen.

    The baselines are fitted to at most 20,000 of the training rows, as the model encodes them. Intervals are bootstrap
    intervals over the test rows, resampled together for all models; that of the accuracy is Wilson's.

    Parameters
    ----------
    model
        A `TableModel`.
    train
        A data frame with the rows that the model was trained on, and their target.
    test
        A data frame with other rows, and their target.
    metric
        The metric that decides; by default accuracy, or rmse for numbers.
    seed
        Seed of the resamples and of the linear model; 0 by default.

    Raises InvalidInput for rows without a target, and UnknownName for an unknown metric.

    >>> iris = gn.datasets.iris().to_polars()
    >>> training = gn.TableTraining(iris, "species", recipe=gn.Recipe(epochs=20))
    >>> for epoch in training.epochs(): pass
    >>> found = gn.compare_baselines(training.model, training.train, training.test)
    >>> [comparison.name for comparison in found.comparisons][:2]
    ['constant', 'linear']
    """
    metric = METRICS[model.task][0] if metric is None else metric
    if metric not in METRICS[model.task]:
        raise UnknownName(f"metric for {model.task}", metric, METRICS[model.task])
    rows, _ = with_target(as_frame(train), checked_target(model, train), model.target.format)
    held_out, _ = with_target(as_frame(test), checked_target(model, test), model.target.format)
    X, y = model.encoder.transform(rows), model.target.encode(rows[model.target_name])
    known = Known(model.encoder, model.target, X, y, model.encoder.transform(held_out))
    others = {"training": model.measured(model.truth(rows), model.outputs_of(X))}
    return judge(model, known, model.truth(held_out), metric, others, check_seed(seed))


def checked_target(model: ScoredPipeline, frame: Any) -> str:
    """The name of the target, which must be in a data frame."""
    check_column(as_frame(frame), model.target_name, "target column")
    return model.target_name
