"""`MLPRegressor`: one number or several, in place of `sklearn.neural_network.MLPRegressor`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import HalfSquaredError, Loss, Poisson
from glassnet.formulas.schedules import Schedule
from glassnet.sklearn.callbacks import with_callbacks
from glassnet.sklearn.constraints import CONSTRAINTS, OF_NUMBERS
from glassnet.sklearn.parameter_types import Activations, RandomState, Rates, Sizes
from glassnet.sklearn.perceptron import Perceptron, keep
from glassnet.sklearn.solving import Rows
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs

LIKE_THEIRS: dict[str, Loss] = {"squared_error": HalfSquaredError(), "poisson": Poisson(reduction="mean_of_rows")}


class MLPRegressor(RegressorMixin, Perceptron):
    """Multi-layer perceptron regressor: scikit-learn's, several times faster, with more losses, dropout and more.

    X is (n, n_features); y is (n,) or (n, n_outputs). Everything up to `max_fun` means what it means in
    `sklearn.neural_network.MLPRegressor`; the rest is glassnet's own.

    Parameters
    ----------
    loss
        "squared_error" (½ (p − y)², default), "poisson", "absolute_error", "huber", "quantile" (the median),
        "log_cosh", or a loss object: `gn.Huber(0.5)`, `gn.Quantile([0.1, 0.9])`, which predicts one column per level.
    hidden_layer_sizes
        Units of each hidden layer; one layer of 100 by default.
    activation
        "relu" (default), "identity", "logistic", "tanh" or any activation of glassnet ("gelu", "selu",
        `gn.LeakyReLU(0.1)`), or a list with one for each hidden layer.
    solver
        "adam" (default), "sgd", or "lbfgs", which uses all rows in each step.
    alpha
        Strength of the L2 penalty on the weights, divided by the rows of a batch; 0.0001 by default.
    batch_size
        Rows per update; "auto" (default) is 200, or all rows where there are fewer.
    learning_rate
        How the rate of "sgd" changes: "constant" (default); "invscaling", divided by t to the power `power_t`, where t
        counts the rows seen; or "adaptive", divided by 5 whenever the loss stops falling.
    learning_rate_init
        The initial rate of "sgd" and "adam", 0.001 by default, or a schedule such as `gn.Cosine(0.01)`.
    power_t
        The exponent of "invscaling"; 0.5 by default.
    max_iter
        The most passes over the rows, or the most iterations of "lbfgs"; 200 by default.
    shuffle
        Draw a new order of the rows for each pass; True by default.
    random_state
        A seed or a `numpy.random.RandomState` for the weights, the order of the rows and the held-out rows; None
        (default) draws another each time.
    tol
        How much the loss or the score must improve to count; 0.0001 by default.
    verbose
        Print the loss after each pass; False by default.
    warm_start
        Let `fit` continue from the last solution; False by default.
    momentum, nesterovs_momentum
        For "sgd": the share of the velocity kept in each step, 0.9 by default; and whether it is Nesterov's momentum,
        True by default.
    early_stopping, validation_fraction
        Hold out a share of the rows, 0.1 by default, and stop when their score stops improving; False by default.
    beta_1, beta_2, epsilon
        Constants of "adam"; 0.9, 0.999 and 1e-8 by default.
    n_iter_no_change
        Training stops after this many passes without improvement; 10 by default.
    max_fun
        The most evaluations of the loss by "lbfgs"; 15,000 by default.
    dropout
        Share of hidden units dropped in training, or a list with one for each hidden layer; 0 by default.
    normalization
        "batch" or "layer" normalisation in front of each hidden activation; None (default) for none.
    weight_decay
        λ of W ← W − η λ W at each step, decoupled from the gradient as in AdamW; 0 by default.
    validation_metric
        The metric of `validation_scores_`: the name of a glassnet metric ("mae", "rmse"), a metric object, or "loss";
        None (default) is what `score` gives, R² or the loss. Losses and errors count negative.

    Attributes
    ----------
    network_
        The `glassnet.Network`.
    validation_loss_curve_
        The loss on the held-out rows after each pass, without penalty; None where there are none.

    All other attributes, warnings and errors are those of scikit-learn.

    Raises ValueError and TypeError as scikit-learn does, and InvalidInput for glassnet's own parameters.

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> mlp = MLPRegressor("huber", 32, "mish", learning_rate_init=0.01, max_iter=50, random_state=0)
    >>> _ = mlp.set_params(n_iter_no_change=np.inf, verbose=False).initialize(10 * X, y / 100)
    >>> mlp.coefs_[0].shape, mlp.out_activation_
    ((10, 32), 'identity')
    """

    _parameter_constraints: Mapping[str, list[Any]] = {**CONSTRAINTS, **OF_NUMBERS}
    loss: str | Loss

    def __init__(
        self,
        loss: str | Loss = "squared_error",
        hidden_layer_sizes: Sizes = (100,),
        activation: Activations = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float | Schedule = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: Rates = 0.0,
        normalization: Literal["batch", "layer"] | None = None,
        weight_decay: float | Schedule = 0.0,
        validation_metric: str | Metric | None = None,
    ):
        keep(self, locals())

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: "Inputs",
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: "Inputs | None" = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Fit to X (n_samples, n_features), an array, a data frame or a sparse matrix, and y: numbers (n_samples,), or
        several columns. Rows in `X_val` and `y_val` are measured after each epoch; with `early_stopping` they take the
        place of held-out ones."""
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """One pass over the rows, going on from what the optimiser remembers. Nothing is held out, whatever
        `early_stopping` says."""
        return self._fit(X, y, sample_weight, once=True)

    def predict(self, X: "Inputs") -> Array:
        """The predicted numbers, (n_samples,) or (n_samples, n_outputs)."""
        outputs = self._outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    def score(self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """R² of the predictions; minus the loss where it predicts several columns for each of y, as quantiles."""
        if self._default_metric() == "r2":
            return float(super().score(X, y, sample_weight))
        check_is_fitted(self)
        X, Y, weights = self._data(X, y, sample_weight, False)
        return -self.network_.evaluate(X, Y, loss=self._loss(), metrics=[], sample_weight=weights)["loss"]

    def _default_metric(self) -> str:
        return "r2" if self._loss().outputs_per_target() == 1 else "loss"

    def _targets(self, y: Array, anew: bool) -> Array:
        found: Array = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        return found

    def _kind_of_y(self) -> dict[str, Any]:
        return {"y_numeric": True}

    def _for_network(self, Y: Array) -> Array:
        return Y

    def _loss(self) -> Loss:
        theirs = LIKE_THEIRS.get(self.loss) if isinstance(self.loss, str) else None
        return theirs or Loss.of(self.loss)

    def _constant(self, rows: Rows) -> float:
        """Of "poisson" the mean of y log y − y, which scikit-learn's deviance has beside e^z − y z."""
        if not isinstance(self.loss, str) or self.loss != "poisson":
            return 0.0
        y = rows.y.astype(np.float64)
        each = y * np.log(np.where(y > 0, y, 1.0)) - y
        return float(np.average(each, weights=rows.weights, axis=0).sum())
