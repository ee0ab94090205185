"""`MLPClassifier`: classes, or several yes-or-no labels, in place of `sklearn.neural_network.MLPClassifier`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import ClippedBinaryCrossEntropy, ClippedCrossEntropy, Loss
from glassnet.formulas.schedules import Schedule
from glassnet.sklearn.callbacks import with_callbacks
from glassnet.sklearn.constraints import CONSTRAINTS, OF_CLASSES
from glassnet.sklearn.parameter_types import Activations, ClassWeights, RandomState, Rates, Sizes
from glassnet.sklearn.perceptron import Perceptron, full, keep
from glassnet.training.inputs.class_weights import class_weights, of_rows
from glassnet.training.metrics import Metric

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs


class MLPClassifier(ClassifierMixin, Perceptron):
    """Multi-layer perceptron classifier: scikit-learn's, several times faster, with dropout, normalisation and more.

    Minimises the cross-entropy. X is (n, n_features); y is (n,), or (n, n_outputs) of yes-or-no labels. Everything up
    to `max_fun` means what it means in `sklearn.neural_network.MLPClassifier`; the rest is glassnet's own.

    Parameters
    ----------
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
        The metric of `validation_scores_`: the name of a glassnet metric ("roc_auc", "f1", "log_loss"), a metric
        object, or "loss"; None (default) is accuracy. Losses and errors count negative.
    class_weight
        "balanced", a mapping of classes to weights (1 for classes not named), or a list in the order of `classes_`;
        None by default.

    Attributes
    ----------
    network_
        The `glassnet.Network`.
    validation_loss_curve_
        The loss on the held-out rows after each pass, without penalty; None where there are none.

    All other attributes, warnings and errors are those of scikit-learn.

    Raises ValueError and TypeError as scikit-learn does, and InvalidInput for glassnet's own parameters.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier((16, 8), ["gelu", "tanh"], learning_rate_init=0.01, dropout=0.1, random_state=0).fit(X, y)
    >>> mlp.score(X, y) > 0.95, mlp.transform(X).shape
    (True, (150, 8))
    """

    _parameter_constraints: Mapping[str, list[Any]] = {**CONSTRAINTS, **OF_CLASSES}
    loss = "log_loss"

    def __init__(
        self,
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
        class_weight: ClassWeights | None = None,
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
        """Fit to X (n_samples, n_features), an array, a data frame or a sparse matrix, and y: labels (n_samples,), or
        columns of 0 and 1. Rows in `X_val` and `y_val` are measured after each epoch; with `early_stopping` they take
        the place of held-out ones."""
        return self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None, classes: ArrayLike | None = None
    ) -> Self:
        """One pass over the rows, going on from what the optimiser remembers; `classes` are all there will be, needed
        at the first call. Nothing is held out, whatever `early_stopping` says."""
        if _check_partial_fit_first_call(self, classes):
            several = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if several else classes)
        return self._fit(X, y, sample_weight, once=True)

    def predict(self, X: "Inputs") -> Array:
        """The class of each row, or the labels."""
        outputs = self._outputs(X)
        found: Array = self._label_binarizer.inverse_transform(outputs.ravel() if self.n_outputs_ == 1 else outputs)
        return found

    def predict_proba(self, X: "Inputs") -> Array:
        """The probability of each class, (n_samples, n_classes), in the order of `classes_`."""
        outputs = self._outputs(X)
        return outputs if self.n_outputs_ > 1 else np.hstack([1 - outputs, outputs])

    def predict_log_proba(self, X: "Inputs") -> Array:
        """The logarithm of `predict_proba`."""
        probabilities = self.predict_proba(X)
        found: Array = np.log(probabilities, out=probabilities)
        return found

    def _targets(self, y: Array, anew: bool) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if anew or not hasattr(self, "classes_"):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        elif not set(found := unique_labels(y)) <= set(self.classes_):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {found}."
            )
        return full(self._label_binarizer.transform(y)).astype(bool)

    def _check_going_on(self, y: ArrayLike) -> None:
        if self.warm_start and set(found := unique_labels(y)) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {found}"
            )

    @property
    def _exclusive(self) -> bool:
        """Whether there are more than two classes, of which a row has one."""
        return bool(self._label_binarizer.y_type_ == "multiclass")

    def _for_network(self, Y: Array) -> Array:
        return Y.argmax(axis=1) if self._exclusive else Y.astype(np.int8)

    def _loss(self) -> Loss:
        return ClippedCrossEntropy() if self._exclusive else ClippedBinaryCrossEntropy(reduction="mean_of_rows")

    def _default_metric(self) -> str:
        return "accuracy"

    def _can_stratify(self) -> bool:
        return self.n_outputs_ == 1

    def _weighed(self, Y: Array, weights: Array | None) -> Array | None:
        given = self.class_weight
        if given is None:
            return weights
        loss, y = self._loss(), self._for_network(Y)
        if isinstance(given, Mapping):
            numbers = {label: k for k, label in enumerate(self.classes_.tolist())}
            for label in given:
                if label not in numbers:
                    raise InvalidInput(
                        f"class_weight has a weight for {label!r}, but the classes are {self.classes_.tolist()}."
                    )
            given = {numbers[label]: weight for label, weight in given.items()}
        rows = of_rows(class_weights(given, loss, self.n_outputs_, y), loss, y)
        return rows if weights is None else rows * weights

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
