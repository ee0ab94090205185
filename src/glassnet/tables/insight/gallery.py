"""All pictures of a model: a new one takes a line here, which also gives it a switch in `glassnet draw`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glassnet.errors import InvalidInput, UnknownName
from glassnet.pictures.effects.dependence import dependence_figure
from glassnet.pictures.effects.joint_dependence import joint_figure
from glassnet.pictures.network.activation import activation
from glassnet.pictures.network.diagram import diagram
from glassnet.pictures.scores.calibration import calibration
from glassnet.pictures.scores.confusion import confusion
from glassnet.pictures.scores.predicted import predicted_against_true
from glassnet.pictures.scores.ranking import precision_recall, roc
from glassnet.pictures.scores.residuals import residuals
from glassnet.tables.insight.column_dependence import column_dependence, joint_column_dependence
from glassnet.tables.insight.network_pictures import (
    components,
    first_hidden,
    neuron_of,
    regions,
    responses_of,
    surface,
    two_numbers,
)
from glassnet.tables.insight.picture import Picture
from glassnet.tables.insight.picture_source import PictureSource, TableSource
from glassnet.training.curves import learning_curves

MOST_DEPENDENCES = 3
COMPONENTS = "components"


def importance(it: TableSource) -> Any:
    """The columns in the order of their importance, and what they contribute."""
    return it.effects.draw(it.theme)


def dependence(it: TableSource, column: str) -> Any:
    """What is predicted over the values of a column, or over those of two with a comma between their names."""
    target, classes = f"predicted {it.target_name}", it.names or None
    if two := two_columns(column, it.model.encoder.columns):
        joint = joint_column_dependence(it.model, it.frame, two)
        of = int(it.outputs.mean(axis=0).argmax()) if len(it.names) > 2 else None
        return joint_figure(joint, two, target, classes, of, it.theme)
    found = column_dependence(it.model, it.frame, column)
    return dependence_figure(found, column, target, classes, theme=it.theme)


def two_columns(name: str, known: Sequence[str]) -> tuple[str, str] | None:
    """The two columns in "a,b", unless that is a column.

    >>> two_columns("a,b", ["a", "b"]), two_columns("a,b", ["a,b"]), two_columns("a", ["a", "b"])
    (('a', 'b'), None, None)
    """
    if name in known or "," not in name:
        return None
    parts = name.split(",")
    pairs = [(",".join(parts[:k]), ",".join(parts[k:])) for k in range(1, len(parts))]
    return next((pair for pair in pairs if {*pair} <= {*known}), pairs[0])


def regions_over(it: TableSource, value: str) -> Any:
    """What is predicted over two columns with a comma between their names, or over two principal components."""
    if value == COMPONENTS and value not in it.model.encoder.columns:
        return components(it)
    two = two_columns(value, it.model.encoder.columns)
    if two is None:
        raise InvalidInput(f"--regions takes two columns, such as width,height; got {value!r}.")
    return regions(it, two)


GALLERY = (
    Picture(
        "confusion", "Confusion matrix: true against predicted class.", "classes",
        lambda it: confusion(it.truth, it.predicted, it.names, it.theme),
    ),
    Picture(
        "roc", "ROC curve: true against false positive rate.", "classes",
        lambda it: roc(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "precision-recall", "Precision against recall.", "classes",
        lambda it: precision_recall(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "calibration", "Calibration: do events predicted at 70 % happen 70 % of the time?", "classes",
        lambda it: calibration(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "predicted", "Predicted against true numbers.", "numbers",
        lambda it: predicted_against_true(it.truth, it.predicted, it.target_name, it.theme),
    ),
    Picture(
        "residuals", "Residuals: true minus predicted number.", "numbers",
        lambda it: residuals(it.truth, it.predicted, it.target_name, it.theme),
    ),
    Picture(
        "importance", "Permutation importance and mean contribution of each column.", "rows", importance,
    ),
    Picture(
        "dependence", "Partial dependence on one column or two (A,B); by default on the three most important.", "rows",
        dependence, takes="COLUMN", values=lambda it: it.columns[:MOST_DEPENDENCES],
    ),
    Picture(
        "diagram", "The network as a diagram: units, weights and biases.", "network",
        lambda it: diagram(it.network, it.feature_names, it.output_names, theme=it.theme),
    ),
    Picture(
        "regions", "Decision regions over two columns (A,B) or `components`; by default the two most important.",
        "rows", regions_over, takes="COLUMNS", values=lambda it: [",".join(pair) for pair in two_numbers(it)],
    ),
    Picture(
        "responses", "What each unit of a layer responds to; by default the first hidden layer.", "rows",
        responses_of, takes="LAYER", values=first_hidden,
    ),
    Picture(
        "neuron", "How one unit computes its output: LAYER,UNIT or LAYER,UNIT,ROW.", "rows", neuron_of, takes="UNIT",
    ),
    Picture(
        "surface", "The loss around the parameters, along random directions drawn with this seed.", "rows",
        surface, takes="SEED",
    ),
    Picture(
        "curves", "Learning curves: loss and metrics over the epochs.", "history",
        lambda it: learning_curves(it.history, theme=it.theme),
    ),
    Picture(
        "activation", "An activation with its slope, by name; needs no model.", "nothing",
        lambda it, name: activation(name, theme=it.theme), takes="NAME",
    ),
)  # fmt: skip
PICTURES = {picture.name: picture for picture in GALLERY}


def asked_for(source: PictureSource, asked: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Name → Figure of some pictures, each with the values that it takes; UnknownName, InvalidInput."""
    figures: dict[str, Any] = {}
    for name, values in asked.items():
        if name not in PICTURES:
            raise UnknownName("picture", name, PICTURES)
        figures |= PICTURES[name].figures(source, values)
    return figures


def all_that_fit(source: PictureSource, tell: Callable[[str], Any]) -> dict[str, Any]:
    """Name → Figure of every picture that can be drawn; it is told which of them these rows are not enough for."""
    figures: dict[str, Any] = {}
    for picture in GALLERY:
        for values in picture.alone(source):
            try:
                figures |= picture.figures(source, values)
            except InvalidInput as error:
                tell(f"not drawn: {'-'.join([picture.name, *values])}, as {error}")
    return figures
