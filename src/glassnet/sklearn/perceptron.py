"""Shared by the classifier and the regressor: from X and y to a fitted network, and its predictions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted, validate_data

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.insight.one_step import OneStep
from glassnet.layers.layer import Layer
from glassnet.network import Network
from glassnet.sklearn.architecture import dense_places, layers_of, their_name
from glassnet.sklearn.callbacks import CallbackSupportMixin
from glassnet.sklearn.constraints import CONSTRAINTS
from glassnet.sklearn.fit_state import FitState
from glassnet.sklearn.parameter_types import Estimator
from glassnet.sklearn.solving import Fit, Rows, penalty_of
from glassnet.sklearn.weights import same, views, write
from glassnet.training.inputs.arrays import check_unmasked

if TYPE_CHECKING:
    from glassnet.sklearn.parameter_types import Inputs, Sparse, Validation

Given = tuple[Array, Array, Array | None]  # X, y with one column an output, weights
KINDS = (np.float64, np.float32)


def keep(estimator: object, given: Mapping[str, Any]) -> None:
    """Store the arguments of a constructor under their names."""
    vars(estimator).update({name: value for name, value in given.items() if name != "self"})


class Perceptron(CallbackSupportMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """A multi-layer perceptron that is fitted by `Network.training`."""

    _parameter_constraints: Mapping[str, list[Any]] = CONSTRAINTS

    # What differs between classes and numbers.

    def _targets(self, y: Array, anew: bool) -> Array:
        """The columns of y, one a target, from y as it was given; with `anew` classes are found in it."""
        raise NotImplementedError

    def _check_going_on(self, y: ArrayLike) -> None:
        """Refuse to go on training with other targets than before."""

    def _for_network(self, Y: Array) -> Array:
        """The columns in the form that the loss reads."""
        raise NotImplementedError

    def _loss(self) -> Loss:
        """The loss of the network."""
        raise NotImplementedError

    def _default_metric(self) -> str:
        """What `validation_scores_` are where nothing else is asked for."""
        raise NotImplementedError

    def _weighed(self, Y: Array, weights: Array | None) -> Array | None:
        """The weights of the rows to train on."""
        return weights

    def _constant(self, rows: Rows) -> float:
        """What scikit-learn's loss of these rows has beside that of the network."""
        return 0.0

    def _can_stratify(self) -> bool:
        """Whether held-out rows keep the shares of the classes."""
        return False

    # From given data to rows.

    def _data(self, X: "Inputs", y: ArrayLike, weights: ArrayLike | None, fresh: bool, anew: bool = False) -> Given:
        """Data checked as scikit-learn does; `fresh` for a network to be built, `anew` with classes to be found."""
        check_unmasked(X=X, y=y, sample_weight=weights)
        rows, targets = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, dtype=KINDS, reset=fresh, **self._kind_of_y()
        )
        return self._as_given(rows, self._targets(targets, anew), weights)

    def _kind_of_y(self) -> dict[str, Any]:
        return {}

    def _given_validation(self, X: "Inputs | None", y: ArrayLike | None, weights: ArrayLike | None) -> Given | None:
        """Data to validate on, if both are given."""
        if X is None and y is None and weights is None:
            return None
        if X is None or y is None:
            missing = "X_val" if X is None else "y_val"
            raise InvalidInput(f"validation needs both X_val and y_val, but {missing} is missing.")
        check_unmasked(X_val=X, y_val=y, sample_weight_val=weights)
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=KINDS, reset=False)
        check_consistent_length(X, y)
        return self._as_given(X, self._targets(np.asarray(y), False), weights)

    def _as_given(self, X: "Array | Sparse", Y: Array, weights: ArrayLike | None) -> Given:
        weights = None if weights is None else _check_sample_weight(weights, X, dtype=KINDS)
        return full(X), Y if Y.ndim == 2 else Y.reshape(-1, 1), weights

    def _split(self, given: Given, random: "np.random.RandomState") -> tuple[Given, Given]:
        """(rows to train on, rows held out)."""
        X, Y, weights = given
        arrays = [X, Y] if weights is None else [X, Y, weights]
        stratify = Y if self._can_stratify() else None
        parts = train_test_split(*arrays, random_state=random, test_size=self.validation_fraction, stratify=stratify)
        if len(parts[1]) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        train, held = parts[0::2], parts[1::2]
        return tuple([*train, None][:3]), tuple([*held, None][:3])

    # The network.

    def _build(self, n_targets: int, dtype: np.dtype, random: Any) -> None:
        """A network with new weights, drawn layer by layer from `random`; everything is forgotten."""
        self._state_of_fits().stop_streaming()
        self._fit_state = FitState()
        self._fit_state.copy_to(self)
        self.n_outputs_ = n_targets * self._loss().outputs_per_target()
        net = self._described(dtype)
        layout, parameters = net.built()
        parameters[...] = layout.draw(random, net.dtype)
        self._adopt(net)

    def _state_of_fits(self) -> FitState:
        """What the fits up to now left behind; a new one where there were none."""
        if not hasattr(self, "_fit_state"):
            self._fit_state = FitState()
        return self._fit_state

    def _adopt(self, net: Network) -> None:
        """Take a network as one's own."""
        self._network, self._views = net, views(net)
        self.coefs_, self.intercepts_ = (list(arrays) for arrays in self._views)
        self.n_layers_ = len(self.coefs_) + 1
        output = net.layers[-1].output_activation
        self.out_activation_ = their_name(output or Activation.of("linear"))

    @property
    def network_(self) -> Network:
        """The `glassnet.Network` itself, for all that it can do; it reads `coefs_` and `intercepts_` as they are."""
        check_is_fitted(self, "coefs_")
        if "_network" not in vars(self):  # weights were set before any fit
            self._network = self._described(np.result_type(*self.coefs_))
            self._views = views(self._network)
        for given, own, name in zip(
            (self.coefs_, self.intercepts_), self._views, ("coefs_", "intercepts_"), strict=True
        ):
            if not same(given, own):
                write(given, own, name)
        return self._network

    def _layers(self) -> tuple[Layer, ...]:
        """The layers that the parameters of now describe."""
        return tuple(layers_of(self, self.n_features_in_, self.n_outputs_, self._loss().output_activation or "linear"))

    def _described(self, dtype: np.dtype) -> Network:
        """A network of these layers."""
        return Network(self._layers(), dtype).build(self.n_features_in_, seed=0)

    def _ready(self) -> Network:
        """The network with layers as the parameters of now describe them, and the weights of before."""
        net = self.network_
        if self._layers() != net.layers:
            described = self._described(net.dtype)
            for before, now, name in zip(self._views, views(described), ("weights", "biases"), strict=True):
                write(before, now, f"the {name} of a network with the current parameters")
            net = described
        if net is not self._network or not same(self.coefs_, self._views[0]):
            self._adopt(net)
        return net

    def __getstate__(self) -> dict[str, Any]:
        if hasattr(self, "_fit_state"):
            self._fit_state.stop_streaming()
        state: dict[str, Any] = super().__getstate__()
        if "_network" not in state:
            return state
        of_network = ("coefs_", "intercepts_", "_views")
        return {**{k: v for k, v in state.items() if k not in of_network}, "_network": self.network_}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_network" in state:
            self._adopt(self._network)

    # Fitting.

    def _fit(
        self,
        X: "Inputs",
        y: ArrayLike,
        weights: ArrayLike | None,
        validation: "Validation" = (None, None, None),
        once: bool = False,
    ) -> Self:
        """Fit to data; `once` makes one pass and keeps what the optimiser remembers, as `partial_fit` does."""
        anew = not (self.warm_start or once)
        fresh = anew or not hasattr(self, "coefs_")
        if not fresh:
            self._check_going_on(y)
        given = self._data(X, y, weights, fresh, anew)
        random = check_random_state(self.random_state)
        if fresh:
            self._build(given[1].shape[1], given[0].dtype, random)
        net, state = self._ready(), self._state_of_fits()
        held_out = self._given_validation(*validation)
        if held_out is None and self.early_stopping and not once and self.solver != "lbfgs":
            given, held_out = self._split(given, random)
        if held_out is not None:
            state.begin_validation(net, self.early_stopping)
        state.begin_optimizer(net, go_on=once)
        train = Rows(given[0], self._for_network(given[1]), self._weighed(given[1], given[2]))
        held = held_out and Rows(held_out[0], self._for_network(held_out[1]), held_out[2])
        call = {"X": X, "y": y} | ({} if weights is None else {"metadata": {"sample_weight": weights}})
        fit = Fit(self, state, net, self._loss(), train, held, self._constant(train), call)
        if once:
            fit.step(random)
        else:
            fit.run(self.max_iter, random)
        return self

    def initialize(self, X: "Inputs", y: ArrayLike) -> Self:
        """Build the network for data, with weights drawn as `fit` draws them, and train nothing.

        `coefs_` and `intercepts_` can then be read and set, and the estimator predicts. With `warm_start=True` a `fit`
        continues from there.
        """
        self._validate_params()
        X, Y, _ = self._data(X, y, None, True, True)
        self._build(Y.shape[1], X.dtype, check_random_state(self.random_state))
        return self

    # Asking.

    def _seen(self, X: "Inputs") -> Array:
        check_is_fitted(self)
        check_unmasked(X=X)
        return full(validate_data(self, X, accept_sparse=["csr", "csc"], reset=False))

    def _outputs(self, X: "Inputs") -> Array:
        """The network's outputs for X."""
        return self.network_.predict(self._seen(X))

    def transform(self, X: "Inputs") -> Array:
        """The activations of the last hidden layer, (n_samples, n_units), as they are in prediction."""
        X, net = self._seen(X), self.network_
        if len(net.layers) == 1:
            return X.astype(net.dtype)
        hidden = Network(net.layers[:-1], net.dtype).build(self.n_features_in_, seed=0)
        hidden.parameters[...] = net.parameters[: hidden.parameters.size]
        hidden.state[...] = net.state
        return hidden.predict(X)

    @property
    def _n_features_out(self) -> int:
        return self.coefs_[-1].shape[0]

    def gradients(
        self, X: "Inputs", y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[list[Array], list[Array]]:
        """The gradient of the loss, penalty included, over all rows of X as one batch, in the form of
        (`coefs_`, `intercepts_`); in double precision, nothing is changed."""
        check_is_fitted(self)
        X, Y, weights = self._data(X, y, sample_weight, False)
        net, loss = self.network_, self._loss()
        penalty = penalty_of(self, loss)
        step = OneStep(net, X, self._for_network(Y), loss, self._weighed(Y, weights), penalty)
        step.forward()
        step.backward()
        arrays = net.built()[0].views(step.plan.gradients, step.plan.state)
        places = dense_places(net.layers)
        return [arrays[f"{k}.W"].copy() for k in places], [arrays[f"{k}.b"].copy() for k in places]

    def _check_solver(self) -> bool:
        if self.solver == "lbfgs":
            raise AttributeError(
                f"partial_fit is only available for stochastic optimizers. {self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def full(X: "Array | Sparse") -> Array:
    """A sparse matrix as an array; all else as it is."""
    return X.toarray() if hasattr(X, "toarray") else X
