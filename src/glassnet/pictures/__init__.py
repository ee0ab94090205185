"""Pictures: each function gives a matplotlib Figure, in a light or a dark theme (extra `plots`)."""

from glassnet.drawing import DARK, LIGHT, Theme
from glassnet.drawing import save_figure as save
from glassnet.pictures.activation import activation
from glassnet.pictures.calibration import calibration
from glassnet.pictures.confusion import confusion
from glassnet.pictures.dependence import partial_dependence
from glassnet.pictures.diagram import diagram
from glassnet.pictures.distributions import distributions
from glassnet.pictures.film import film
from glassnet.pictures.importance import permutation_importance
from glassnet.pictures.joint_dependence import joint_partial_dependence
from glassnet.pictures.loss_surface import loss_surface
from glassnet.pictures.neuron import neuron
from glassnet.pictures.predicted import predicted_against_true
from glassnet.pictures.ranking import precision_recall, roc
from glassnet.pictures.regions import decision_regions
from glassnet.pictures.residuals import residuals
from glassnet.pictures.responses import responses
from glassnet.training.curves import learning_curves

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "activation",
    "calibration",
    "confusion",
    "decision_regions",
    "diagram",
    "distributions",
    "film",
    "joint_partial_dependence",
    "learning_curves",
    "loss_surface",
    "neuron",
    "partial_dependence",
    "permutation_importance",
    "precision_recall",
    "predicted_against_true",
    "residuals",
    "responses",
    "roc",
    "save",
]
