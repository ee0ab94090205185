"""Estimators for scikit-learn: `MLPClassifier` and `MLPRegressor` take the place of `sklearn.neural_network`'s."""

from glassnet.extras import require

require("sklearn", "sklearn", "glassnet.sklearn")

from glassnet.sklearn.classifier import MLPClassifier  # noqa: E402
from glassnet.sklearn.regressor import MLPRegressor  # noqa: E402

__all__ = ["MLPClassifier", "MLPRegressor"]
