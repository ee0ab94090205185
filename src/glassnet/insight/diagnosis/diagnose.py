"""All checks of a network and its data."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import LossLike
from glassnet.formulas.update_rules import OptimizerLike
from glassnet.insight.diagnosis.computed import computed_target, counted_rows
from glassnet.insight.diagnosis.data import class_imbalance, loss_of_a_constant, unscaled_inputs
from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Diagnosis, Finding
from glassnet.insight.diagnosis.generalization import (
    labels_that_nothing_tells,
    no_better_than_a_constant,
    overfitting,
)
from glassnet.insight.diagnosis.gradients import gradients_by_layer, steps_of_weights
from glassnet.insight.diagnosis.leakage import equal_rows, revealing_column
from glassnet.insight.diagnosis.output_range import targets_out_of_reach
from glassnet.insight.diagnosis.split import drift, near_rows
from glassnet.insight.diagnosis.units import dead_units, saturated_units
from glassnet.insight.one_step import check_network
from glassnet.network import Network
from glassnet.training.inputs.arrays import as_numbers
from glassnet.training.inputs.checks import check_seed, check_weights

Check = Callable[[Evidence], Iterator[Finding]]
CHECKS: dict[str, Check] = {
    "unscaled inputs": unscaled_inputs,
    "a column that gives the target away": revealing_column,
    "held-out rows among the training rows": equal_rows,
    "held-out rows nearly equal to training rows": near_rows,
    "a target computed from several columns": computed_target,
    "an index among the columns": counted_rows,
    "held-out rows that differ from the training rows": drift,
    "class imbalance": class_imbalance,
    "a loss that does not fall": loss_of_a_constant,
    "a held-out loss no better than a constant's": no_better_than_a_constant,
    "overfitting": overfitting,
    "labels that cannot be learned": labels_that_nothing_tells,
    "an output activation that misses the targets": targets_out_of_reach,
    "dead units (including from too high a learning rate)": dead_units,
    "saturated units": saturated_units,
    "vanishing and exploding gradients": gradients_by_layer,
    "steps too large or too small": steps_of_weights,
}

OF_HELD_OUT = (  # checks that need held-out rows
    "held-out rows among the training rows",
    "held-out rows nearly equal to training rows",
    "held-out rows that differ from the training rows",
    "a held-out loss no better than a constant's",
    "overfitting",
)


@answered
def diagnose(
    net: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: LossLike | None = None,
    optimizer: OptimizerLike | None = None,
    sample_weight: ArrayLike | None = None,
    held_out: Sequence[ArrayLike | None] | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Look for the common faults of a network and its data, before or after training; nothing is changed.

    Parameters
    ----------
    net
        The network; without parameters yet, a copy is given its first ones.
    X, y, sample_weight
        The training rows, with shapes as in `fit`: (n, n_features), (n,) or (n, n_outputs), and (n,); of pictures and
        sequences (n, …), and for targets of steps (n, steps). The
        `class_weight` is that of the training. Of more than 2000 rows, 2000 are drawn by `seed`; fewer, but at least
        300, where all layers together would hold more than 2²³ values.
    loss, optimizer
        By name or as objects; by default those of the network's last training. Without an optimizer, step sizes are not
        checked.
    held_out
        A pair (X, y) of rows held out from training, or new ones, to compare with the training rows; y may be None
        where targets are not known. None by default.
    names
        Names of the columns of X, used in the messages; None by default.
    seed
        Seed for drawing rows; 0 by default.

    Whether the loss beats that of a constant prediction is checked for trained networks only. A network whose loss is
    below a tenth of that constant's may be saturated, and its steps may be of any size.

    Raises InvalidInput for data that do not fit the network or the loss.

    >>> import glassnet as gn
    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> gn.diagnose(net, iris.X * 1000, iris.y, loss="cross_entropy").names()
    ['unscaled inputs', 'saturated units']
    """
    check_network(net)
    X, y = as_numbers(X, "X"), as_numbers(y, "y")
    if X.ndim < 2 or len(X) != (len(y) if y.ndim else 0):
        raise InvalidInput(
            f"diagnose takes X (n, …) and y with the same number of rows, got shapes {X.shape} and {y.shape}."
        )
    n_columns = math.prod(X.shape[1:])
    if names is not None:
        names = check_names(names, n_columns)
    if sample_weight is not None:
        each = len(X) if y.ndim == 1 else y.shape[:2]  # of targets of steps, steps may have weights
        sample_weight = check_weights(sample_weight, each, np.dtype(np.float64))
    if held_out is not None:
        held_out = checked_rows(held_out, X)
    return diagnosed(Evidence(net, X, y, loss, optimizer, sample_weight, held_out, names, check_seed(seed)))


def diagnosed(evidence: Evidence) -> Diagnosis:
    """All checks of the evidence."""
    with np.errstate(over="ignore", invalid="ignore"):  # weights that a rate too high has thrown far
        findings = tuple(finding for check in CHECKS.values() for finding in check(evidence))
    made = [name for name in CHECKS if evidence.held_out is not None or name not in OF_HELD_OUT]
    return Diagnosis(findings, tuple(made), len(evidence.rows))


def check_names(names: Sequence[str] | Array, n_columns: int) -> list[str]:
    """A name for each column."""
    found = list(names) if isinstance(names, (list, tuple)) or getattr(names, "ndim", 0) == 1 else None
    if found is None or len(found) != n_columns:
        came = brief(names) if found is None else len(found)
        raise InvalidInput(f"names must name the {n_columns} columns of X, got {came}.")
    return found


def checked_rows(held_out: object, X: Array) -> tuple[Array, Any]:
    """(X, y) held out; refused where they are not rows of the same columns."""
    pair = held_out if isinstance(held_out, (tuple, list)) and len(held_out) >= 2 else (X[:0], None)
    rows = as_numbers(pair[0], "X of held_out")
    if rows.ndim == 0 or not len(rows) or rows.shape[1:] != X.shape[1:]:
        raise InvalidInput("held_out must be arrays (X, y) with the columns of X, and at least one row.")
    return rows, pair[1]
