"""Estimators for scikit-learn: `MLP*` in place of its own, and `Tabular*`, strong on tables without a parameter."""

from glassnet.extras import require

require("sklearn", "sklearn", "glassnet.sklearn")

from glassnet.sklearn.classifier import MLPClassifier  # noqa: E402
from glassnet.sklearn.regressor import MLPRegressor  # noqa: E402
from glassnet.sklearn.tabular_classifier import TabularClassifier  # noqa: E402
from glassnet.sklearn.tabular_regressor import TabularRegressor  # noqa: E402

__all__ = ["MLPClassifier", "MLPRegressor", "TabularClassifier", "TabularRegressor"]
