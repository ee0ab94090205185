"""Metrics: numbers that say how good the outputs of a network are."""

from glassnet.training.metrics.metric import Metric
from glassnet.training.metrics.metric import MetricLike as MetricLike
from glassnet.training.metrics.metric import measure as measure
from glassnet.training.metrics.metric import measure_each as measure_each
from glassnet.training.metrics.of_classes import (
    F1,
    Accuracy,
    BalancedAccuracy,
    Brier,
    LogLoss,
    Precision,
    Recall,
    TopKAccuracy,
)
from glassnet.training.metrics.of_numbers import MAE, MAPE, R2, RMSE, MedianAbsoluteError, Pinball
from glassnet.training.metrics.of_ranking import ROCAUC, AveragePrecision, PrecisionAtRecall
from glassnet.training.metrics.tempering import TemperedLogLoss

__all__ = [
    "F1",
    "MAE",
    "MAPE",
    "R2",
    "RMSE",
    "ROCAUC",
    "Accuracy",
    "AveragePrecision",
    "BalancedAccuracy",
    "Brier",
    "LogLoss",
    "MedianAbsoluteError",
    "Metric",
    "Pinball",
    "Precision",
    "PrecisionAtRecall",
    "Recall",
    "TemperedLogLoss",
    "TopKAccuracy",
]
