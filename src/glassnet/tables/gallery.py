"""All pictures of a model: a new one is a line here, and has its switch in `glassnet draw`."""

from glassnet.pictures.calibration import calibration
from glassnet.pictures.confusion import confusion
from glassnet.pictures.diagram import diagram
from glassnet.pictures.predicted import predicted_against_true
from glassnet.pictures.ranking import precision_recall, roc
from glassnet.pictures.residuals import residuals
from glassnet.tables.subject import Picture
from glassnet.training.curves import learning_curves

GALLERY = (
    Picture(
        "confusion", "How often each class was taken for each.", "classes",
        lambda it: confusion(it.truth, it.predicted, it.names, it.theme),
    ),
    Picture(
        "roc", "True over false positives, for every threshold.", "classes",
        lambda it: roc(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "precision-recall", "Precision over recall, for every threshold.", "classes",
        lambda it: precision_recall(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "calibration", "Whether probabilities mean what they say.", "classes",
        lambda it: calibration(it.truth, it.outputs, it.names, it.theme),
    ),
    Picture(
        "predicted", "Predicted against true numbers.", "numbers",
        lambda it: predicted_against_true(it.truth, it.predicted, it.target_name, it.theme),
    ),
    Picture(
        "residuals", "True minus predicted, over the prediction.", "numbers",
        lambda it: residuals(it.truth, it.predicted, it.target_name, it.theme),
    ),
    Picture(
        "diagram", "The network: units, weights and biases.", "network",
        lambda it: diagram(it.network, it.feature_names, it.output_names, theme=it.theme),
    ),
    Picture(
        "curves", "What was measured over the epochs.", "history",
        lambda it: learning_curves(it.history, theme=it.theme),
    ),
)  # fmt: skip
PICTURES = {picture.name: picture for picture in GALLERY}
