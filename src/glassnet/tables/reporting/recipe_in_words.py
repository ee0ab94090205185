"""What a recipe did in a training, in plain words for its report."""

from collections.abc import Iterator
from dataclasses import fields

from glassnet.layers.embeddings.periodic import PeriodicEmbedding
from glassnet.tables.calibration.intervals import QuantileInterval
from glassnet.tables.calibration.threshold import AUTO
from glassnet.tables.encoding.column_encoders import CategoryColumn, CodedColumn
from glassnet.tables.encoding.leveled_column import LeveledColumn
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.encoding.telling_levels import LEAVES
from glassnet.tables.fitting.networks.recipe_layers import EMBEDDED, LEARNED, SCALE_RATE
from glassnet.tables.fitting.recipe import MEMBERS_CLIP, SIGMAS, SMOOTHING, Recipe
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.judging.verdict import named
from glassnet.tables.number_format import counted
from glassnet.tables.reporting.pieces import Bullets, Marked
from glassnet.training.environment import environment_in_words

SOURCE = (
    "The recipe follows RealMLP-TD, a network whose settings were tuned once on many tables together: Holzmüller, "
    "Grinsztajn and Steinwart, “Better by default: strong pre-tuned MLPs and boosted trees on tabular data”, NeurIPS "
    "2024, [arXiv 2407.04491](https://arxiv.org/abs/2407.04491)."
)
TABM_SOURCE = (
    "The recipe is TabM, an ensemble of networks that share most of their weights, behind the encoding of columns of "
    "other recipes: Gorishniy, Kotelnikov and Babenko, “TabM: advancing tabular deep learning with parameter-efficient "
    "ensembling”, [arXiv 2410.24210](https://arxiv.org/abs/2410.24210)."
)
NOT_OF_IT = ("metric", "test", "validation", "seed", "engine", "max_time", "stop_after")  # what everyone chooses anew
LOSSES = {
    "cross_entropy": "cross-entropy",
    "cross_entropies": "cross-entropy",
    "squared_error": "squared error",
    "absolute_error": "absolute error",
    "quantile": "pinball loss",
    "mixture_likelihood": "negative log-likelihood",
    "gaussian_crps": "continuous ranked probability score (CRPS)",
}


def training_in_words(training: TableTraining) -> tuple[Marked, Bullets]:
    """Where the recipe comes from, and what it did."""
    parts = (_inputs, _hidden_layers, _loss, _steps, _length, _outputs, _environment)
    items = tuple(filter(None, (" ".join(part(training)) for part in parts)))
    source = TABM_SOURCE if training.recipe.members else SOURCE
    return Marked(f"{source} {changes(training.recipe)}"), Bullets(items, marked=True)


def changes(recipe: Recipe) -> str:
    """The settings that are not those of the recipe as it was published.

    >>> changes(Recipe(seed=7)), changes(Recipe(hidden=(64, 32), epochs=9))
    ('All its settings are the defaults.', 'Changed settings: hidden 64, 32; epochs 9.')
    """
    usual = Recipe.tabm() if recipe.members else Recipe()
    names = [field.name for field in fields(Recipe) if field.name not in NOT_OF_IT]
    changed = [name for name in names if getattr(recipe, name) != getattr(usual, name)]
    said = "; ".join(f"{name.replace('_', ' ')} {listed(getattr(recipe, name))}" for name in changed)
    return f"Changed settings: {said}." if said else "All its settings are the defaults."


def listed(value: object) -> str:
    """A setting, with commas where it is several numbers."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _inputs(training: TableTraining) -> Iterator[str]:
    encoder, recipe = training.model.encoder, training.recipe
    if encoder.measured:
        yield "Numbers and dates are scaled by their median and inter-quartile range, taken from the rows that are not"
        yield "held out, and softly limited to ±3."
    if encoder.measured and recipe.frequencies:
        made = PeriodicEmbedding().dimensions - 1
        yield (
            f"Each goes through a periodic embedding: the number itself, and {made} numbers learned from "
            f"{recipe.frequencies} waves of it{spread_in_words(recipe.sigma or SIGMAS[training.model.task])}."
        )
    if any(isinstance(column, CategoryColumn) for column in encoder.encoders):
        yield f"A category with up to {recipe.one_hot} levels has one input per level."
    if any(isinstance(column, CodedColumn) for column in encoder.encoders):
        yield (
            f"A category with more levels has {EMBEDDED} learned numbers per level; levels that occur in a single row "
            "share theirs with levels that were never seen."
        )
    if any(isinstance(column, LeveledColumn) for column in encoder.encoders):
        yield (
            f"So has each value of a number whose single values tell more of the target than a tree of {LEAVES} leaves "
            "on the number, by five folds of the rows that are not held out."
        )
    if recipe.members:
        yield "Every input has a learned factor in each member."
    else:
        yield "Every input has a learned factor, which says how much it counts."


def spread_in_words(sigma: float | tuple[float, float]) -> str:
    """How quick the waves of a number are, where some are quicker than others.

    >>> spread_in_words((0.1, 2.0)), spread_in_words(0.1)
    (', from slow ones (0.1 in an inter-quartile range) to quick ones (2)', '')
    """
    if not isinstance(sigma, tuple):
        return ""
    return f", from slow ones ({sigma[0]:g} in an inter-quartile range) to quick ones ({sigma[1]:g})"


def _hidden_layers(training: TableTraining) -> Iterator[str]:
    recipe = training.recipe
    mixed = " (mixed with the identity in a proportion that each unit learns)" if recipe.parametric else ""
    dropout = f"dropout of {recipe.dropout:g}" if recipe.dropout else "no dropout"
    yield f"Hidden layers: {listed(recipe.hidden)} units, {recipe.activation_name(training.model.task)}{mixed},"
    if recipe.members:
        yield f"{dropout}. {recipe.members} members share their weights, and have factors, a head and a loss each;"
        yield "predictions are the mean of theirs."
        return
    yield f"{dropout}. Neural-tangent parametrization; the initial weights and biases depend on the data."


def _loss(training: TableTraining) -> Iterator[str]:
    loss, head = training.history.about["loss"], training.model.head
    yield f"Loss: {LOSSES[loss['name']]}"
    several = training.prepared.whole is not None
    over = ", averaged over several targets, which share the hidden layers" if several else ""
    if head is not None:
        yield f"of the standardised target, for {head.said};"
        yield "the prediction is its mean, limited to the range of the training rows."
    elif training.model.task == "regression":
        yield f"of the standardised target{over};"
        yield "predictions are limited to the range of the training rows."
    elif loss.get("label_smoothing"):
        kept = "" if training.model.calibration is not None else ", but keeps probabilities away from 0 and 1"
        yield f"with labels smoothed by {SMOOTHING:g}, which helps accuracy{kept}."
    else:
        yield f"without label smoothing{over}."


def _steps(training: TableTraining) -> Iterator[str]:
    recipe, about = training.recipe, training.history.about
    if recipe.members:
        rate = recipe.rate(training.model.task)
        yield f"Adam in batches of {about['batch_size']} rows, at a constant rate of {rate:g}."
        yield f"Weight decay {recipe.decay:g}. Gradients have a norm of {MEMBERS_CLIP:g} at most."
        return
    yield f"Adam (β₂ 0.95) in batches of {about['batch_size']} rows. The learning rate goes up to"
    head = training.model.head
    clip = "" if head is None or head.clip is None else f" Gradients have a norm of {head.clip:g} at most."
    yield f"{recipe.rate(training.model.task, head):g} and back to 0 four times, each wave twice as long as the last;"
    yield f"{SCALE_RATE:g} times as much for the factors of the inputs, {LEARNED:g} times for biases, activations and"
    yield f"periodic embeddings. Weight decay {recipe.decay:g}.{clip}"
    if recipe.dropout or recipe.decay:
        yield "Dropout and weight decay are constant for half the training, then fall to 0."


def _length(training: TableTraining) -> Iterator[str]:
    done = len(training.history)
    stopped = "" if done == training.n_epochs else f" (stopped after epoch {done} of {training.n_epochs})"
    yield f"Trained for {done} epochs{stopped}, seed {training.seed}; the parameters are those of epoch"
    yield f"{training.history.about['best_epoch']}, which had the best {named(training.chosen_by)} on the validation"
    yield "rows (the last of equally good ones)."


def _outputs(training: TableTraining) -> Iterator[str]:
    model = training.model
    if model.others:
        apart = ", on the same validation rows" if training.courses.shared else ", each with other validation rows"
        yield f"{len(model.networks)} networks like this were trained{apart}, and their outputs are averaged; the epoch"
        yield "above and the learning curves are those of the first."
    if model.calibration is not None:
        yield "The probabilities are calibrated: their scores are divided by a temperature of"
        yield f"{model.calibration.temperature:.3g}, the best for the {model.calibration.n_rows:,.0f} validation rows."
    if model.threshold is not None and isinstance(model.target, ClassTarget):
        how = ", which is the best on the validation rows" if training.request.threshold == AUTO else ""
        yield f"`{model.target.names[1]}` is predicted from a probability of {model.threshold:.3g} on{how}."
    if training.prepared.weights is not None:
        yield "Rows were weighed in training and on the validation rows; the scores of held-out rows count each once."
    if isinstance(model.interval, QuantileInterval):
        yield f"{counted(len(model.interval.networks), 'more network')} learned the ends of intervals of coverage"
        yield f"{model.interval.coverage:g}, moved by what the validation rows ask for (conformalized quantiles)."


def _environment(training: TableTraining) -> Iterator[str]:
    yield f"Trained on: {environment_in_words(training.history.about['environment'])}."
