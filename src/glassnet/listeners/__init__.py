"""Listeners of a training: what is called with each epoch, to show it or to write it down."""

from glassnet.listeners.csv_log import CSVLog
from glassnet.listeners.listener import Listener
from glassnet.listeners.live_figure import LiveFigure
from glassnet.listeners.mlflow import MLflow
from glassnet.listeners.progress import Progress
from glassnet.listeners.snapshots import Snapshots
from glassnet.listeners.tensorboard import TensorBoard

__all__ = ["CSVLog", "Listener", "LiveFigure", "MLflow", "Progress", "Snapshots", "TensorBoard"]
