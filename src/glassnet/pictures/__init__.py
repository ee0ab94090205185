"""Pictures: each function gives a matplotlib Figure, in a light or a dark theme (extra `plots`)."""

from glassnet.drawing import DARK, LIGHT, Theme
from glassnet.drawing import save_figure as save
from glassnet.pictures.confusion import confusion
from glassnet.pictures.diagram import diagram
from glassnet.pictures.predicted import predicted_against_true
from glassnet.pictures.ranking import precision_recall, roc
from glassnet.pictures.regions import decision_regions

__all__ = [
    "DARK",
    "LIGHT",
    "Theme",
    "confusion",
    "decision_regions",
    "diagram",
    "precision_recall",
    "predicted_against_true",
    "roc",
    "save",
]
