"""Listeners of a training: functions called with each epoch, to show or record it."""

from glassnet.listeners.csv_log import CSVLog
from glassnet.listeners.listener import Listener
from glassnet.listeners.live_figure import LiveFigure
from glassnet.listeners.mlflow import MLflow
from glassnet.listeners.progress import Progress
from glassnet.listeners.snapshots import Snapshots
from glassnet.listeners.tensorboard import TensorBoard

__all__ = ["CSVLog", "Listener", "LiveFigure", "MLflow", "Progress", "Snapshots", "TensorBoard"]
