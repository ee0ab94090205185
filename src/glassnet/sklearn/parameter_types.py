"""What the estimators may be given, for annotations: data, and the parameters that both of them have."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.formulas.schedules import Schedule
from glassnet.training.loop.optimizer_state import OptimizerState
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame
    from scipy.sparse import sparray, spmatrix

    Sparse: TypeAlias = sparray | spmatrix
    Inputs: TypeAlias = ArrayLike | IntoDataFrame | Sparse  # X: an array, a data frame or a sparse matrix
    Validation = tuple[Inputs | None, ArrayLike | None, ArrayLike | None]  # X, y and weights, all or none

Sizes = int | Sequence[int] | NDArray[np.integer[Any]]  # of hidden layers; one number stands for one layer
Activations = str | Activation | Sequence[str | Activation]  # one for all hidden layers, or one for each
Rates = float | Schedule | Sequence[float | Schedule]  # of dropout, likewise
RandomState = int | np.random.RandomState | None
ClassWeights = Literal["balanced"] | dict[Any, float] | list[float]
Change = Callable[[Array], Array]  # of encoded rows


class Estimator(BaseEstimator):
    """The parameters that both estimators keep under these names, and the attributes of a fitted one."""

    hidden_layer_sizes: Sizes
    activation: Activations
    solver: str
    alpha: float
    batch_size: int | Literal["auto"]
    learning_rate: str
    learning_rate_init: float | Schedule
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: RandomState
    tol: float
    verbose: bool | int
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    dropout: Rates
    normalization: Literal["batch", "layer"] | None
    weight_decay: float | Schedule
    validation_metric: str | Metric | None

    coefs_: list[Array]
    intercepts_: list[Array]
    n_features_in_: int
    n_outputs_: int
    n_iter_: int
    t_: int
    loss_: float
    loss_curve_: list[float]
    best_loss_: float | None
    validation_scores_: list[float] | None
    validation_loss_curve_: list[float | None] | None
    best_validation_score_: float | None
    _no_improvement_count: int
    _optimizer: OptimizerState
