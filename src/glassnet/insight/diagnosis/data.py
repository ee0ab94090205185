"""Faults of the data: unscaled inputs, a loss that does not fall, classes of very different size."""

from collections.abc import Iterator

import numpy as np

from glassnet.insight.diagnosis.evidence import Evidence
from glassnet.insight.diagnosis.finding import Finding
from glassnet.insight.notation.text import decimals
from glassnet.layers.normalization import BatchNorm, LayerNorm
from glassnet.layers.sequences.masking import Masking

LARGE_INPUT = 25.0  # as a root mean square: first weights are drawn for inputs of about 1
SMALL_INPUT = 0.01  # of the largest input: below it, the biases are all that the first layer sees
RARE = 0.05  # of the largest class: 1 in 21 rows; always saying the other class is then right in 95 of 100
MOST_NAMED = 5  # columns that a sentence names


def unscaled_inputs(evidence: Evidence) -> Iterator[Finding]:
    """Columns that are far larger, or all far smaller, than what first weights are drawn for."""
    first = evidence.step.plan.layout.nodes[0]
    if isinstance(first.layer, (BatchNorm, LayerNorm)):
        return
    codes = evidence.step.plan.layout.codes
    X = evidence.step.data.X.reshape(len(evidence.rows), -1).astype(np.float64)
    if isinstance(first.layer, Masking):  # whose padding may hold any number
        padding = np.all(np.equal(evidence.step.data.X, first.layer.value), axis=-1, keepdims=True)
        X = np.where(np.broadcast_to(padding, evidence.step.data.X.shape).reshape(X.shape), 0.0, X)
    sizes = np.sqrt(np.mean(X**2, axis=0))
    columns = [k for k in range(X.shape[1]) if k not in codes]
    large = [k for k in sorted(columns, key=lambda k: -sizes[k]) if sizes[k] > LARGE_INPUT]
    if large:
        named = ", ".join(f"{evidence.name_of(k)} {decimals(sizes[k])}" for k in large[:MOST_NAMED])
        more = f" and {len(large) - MOST_NAMED} more" if len(large) > MOST_NAMED else ""
        measured = (
            f"the root mean square of {len(large)} of {len(columns)} inputs is above {LARGE_INPUT:g}: {named}{more}."
        )
    elif columns and 0 < sizes[columns].max() < SMALL_INPUT:
        measured = f"the root mean square of the largest of {len(columns)} inputs is {decimals(sizes[columns].max())}."
    else:
        return
    yield Finding(
        "unscaled inputs",
        "",
        measured[0].upper() + measured[1:],
        "Initial weights and learning rates assume inputs of about 1; others saturate or starve the first layer.",
        "(X − mean) / standard deviation of the training rows, BatchNorm in front, or gn.TableTraining, which scales.",
    )


def loss_of_a_constant(evidence: Evidence) -> Iterator[Finding]:
    """A trained network that is no better than the best constant prediction."""
    if evidence.was_trained and evidence.hopeless:
        yield Finding(
            "a loss that does not fall",
            "",
            f"{evidence.loss.name} is {decimals(evidence.predicted)}; the best constant prediction has "
            f"{decimals(evidence.constant)}.",
            "So far the network has learned nothing from the inputs: it predicts the same for all rows, or worse.",
            "Check that X and y match row by row; try another learning rate, more epochs, scaled inputs. Where "
            "nothing helps, the columns may hold no information about the target.",
        )


def class_imbalance(evidence: Evidence) -> Iterator[Finding]:
    """A class that is rare compared with the largest."""
    counts = evidence.class_counts
    if counts is None or evidence.net.trained_with.get("class_weight") is not None:
        return
    present = counts[counts > 0]
    if len(present) > 1 and present.min() < RARE * present.max():
        share = present.max() / present.sum()
        yield Finding(
            "class imbalance",
            "",
            f"The smallest class has {present.min():.0f} rows, the largest {present.max():.0f}: always predicting the "
            f"largest is right in {share:.1%} of the rows.",
            "The rare class may never be predicted, and accuracy would hardly show it.",
            "Look at f1, roc_auc or the confusion matrix; class_weight='balanced' in training.",
        )
