"""Pictures: each function gives a matplotlib Figure, in a light or a dark theme (extra `plots`)."""

from glassnet.drawing import DARK, LIGHT, Theme
from glassnet.drawing import save_figure as save
from glassnet.pictures.effects.dependence import partial_dependence
from glassnet.pictures.effects.importance import permutation_importance
from glassnet.pictures.effects.joint_dependence import joint_partial_dependence
from glassnet.pictures.forecasts.ahead import forecast
from glassnet.pictures.forecasts.errors import forecast_errors
from glassnet.pictures.forecasts.folds import forecast_folds
from glassnet.pictures.forecasts.leftover import forecast_residuals
from glassnet.pictures.forecasts.map import linear_map
from glassnet.pictures.forecasts.profile import seasonal_profile
from glassnet.pictures.network.activation import activation
from glassnet.pictures.network.diagram import diagram
from glassnet.pictures.network.distributions import distributions
from glassnet.pictures.network.filters import feature_maps, filters, strongest_patches
from glassnet.pictures.network.loss_surface import loss_surface
from glassnet.pictures.network.neuron import neuron
from glassnet.pictures.network.responses import responses
from glassnet.pictures.network.sequences import attention, gates
from glassnet.pictures.network.tape import tape
from glassnet.pictures.scores.calibration import calibration
from glassnet.pictures.scores.confusion import confusion
from glassnet.pictures.scores.predicted import predicted_against_true
from glassnet.pictures.scores.ranking import precision_recall, roc
from glassnet.pictures.scores.residuals import residuals
from glassnet.pictures.spaces.film import film
from glassnet.pictures.spaces.regions import decision_regions
from glassnet.training.curves import learning_curves

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "activation",
    "attention",
    "calibration",
    "confusion",
    "decision_regions",
    "diagram",
    "distributions",
    "feature_maps",
    "film",
    "filters",
    "forecast",
    "forecast_errors",
    "forecast_folds",
    "forecast_residuals",
    "gates",
    "joint_partial_dependence",
    "learning_curves",
    "linear_map",
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
    "seasonal_profile",
    "strongest_patches",
    "tape",
]
