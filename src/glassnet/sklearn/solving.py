"""A fit from beginning to end: the settings for `Network.training`, and the loop over its epochs."""

import warnings
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.optimize import _check_optimize_result

from glassnet.engine.objective import values_a_row
from glassnet.errors import Diverged, InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import L2
from glassnet.formulas.schedules import Schedule
from glassnet.formulas.update_rules import LBFGS, SGD, AdamEpsilonHat, MomentumOfSteps, NesterovOfSteps, UpdateRule
from glassnet.insight.one_step import OneStep
from glassnet.network import Network
from glassnet.sklearn import callbacks
from glassnet.sklearn.fit_state import FitState
from glassnet.sklearn.parameter_types import Estimator
from glassnet.sklearn.scores import Scores
from glassnet.sklearn.streaming import Shuffler, Streaming
from glassnet.training.epoch import Epoch
from glassnet.training.loop.epochs import Training

NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and need to be preprocessed."
)
UNFINISHED = "Stochastic Optimizer: Maximum iterations (%d) reached and the optimization hasn't converged yet."
CLIPPED = "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"
FLAT = 1e7 * float(np.finfo(float).eps)  # SciPy's own default for the relative tolerance of L-BFGS


class Rows(NamedTuple):
    """Rows as a network takes them: X (n, features), y as its loss reads it, weights (n,) or None."""

    X: Array
    y: Array
    weights: Array | None


def rule_of(e: Estimator) -> UpdateRule:
    """The update rule that an estimator's parameters mean."""
    if e.solver == "lbfgs":
        return LBFGS(tolerance=e.tol, relative_tolerance=FLAT, max_evaluations=int(e.max_fun))
    if e.solver == "adam":
        return AdamEpsilonHat(e.learning_rate_init, e.beta_1, e.beta_2, e.epsilon)
    if isinstance(e.learning_rate_init, Schedule) and e.learning_rate != "constant":
        raise InvalidInput(
            f"learning_rate={e.learning_rate!r} needs a number to lower, but learning_rate_init is a schedule, "
            f"{e.learning_rate_init!r}: use learning_rate='constant'."
        )
    if e.momentum == 0:
        return SGD(e.learning_rate_init)
    momentum = min(float(e.momentum), float(np.nextafter(1.0, 0.0)))  # scikit-learn allows 1
    return (NesterovOfSteps if e.nesterovs_momentum else MomentumOfSteps)(e.learning_rate_init, momentum)


def has_schedule(given: object) -> bool:
    """Whether a parameter is a schedule, or a list that holds one."""
    return any(isinstance(one, Schedule) for one in (given if isinstance(given, (list, tuple)) else [given]))


def penalty_of(e: Estimator, loss: Loss) -> L2 | None:
    """½ α ‖W‖², divided by the rows of a batch, or the sum of their weights, however many outputs the loss has."""
    strength = float(e.alpha) * values_a_row(loss, e.n_outputs_)
    return L2(strength, divided=True) if strength else None


def batch_size_of(e: Estimator, n_rows: int) -> int:
    """Rows an update."""
    if e.batch_size == "auto":
        return min(200, n_rows)
    if e.batch_size > n_rows:
        warnings.warn(CLIPPED, stacklevel=6)
    return int(min(e.batch_size, n_rows))


class Fit:
    """One call of `fit` or `partial_fit`: the estimator, its network, the rows, and how its loss is counted."""

    def __init__(
        self,
        estimator: Estimator,
        state: FitState,
        net: Network,
        loss: Loss,
        train: Rows,
        held_out: Rows | None,
        constant: float,
        given: Mapping[str, object],
    ):
        self.e = estimator
        self.state = state
        self.net = net
        self.loss = loss
        self.train, self.held_out = train, held_out
        self.given = given  # X and y of the call, for callbacks
        self.last = 0  # the epoch at which training ends without convergence; 0 for a single pass
        self.constant = constant  # what scikit-learn's loss has beside that of the network
        self.scores = Scores(estimator.validation_metric, estimator._default_metric())
        if estimator.early_stopping and estimator.validation_metric is not None and held_out is not None:
            self.scores.check(net, *held_out, loss)
        n = len(train.X)
        self.batch_size = n if estimator.solver == "lbfgs" else batch_size_of(estimator, n)

    def run(self, epochs: int, random: "np.random.RandomState") -> None:
        """Train to the end; the estimator's curves and counters follow."""
        self.last = epochs
        self._follow(self._training(epochs, random), epochs)

    def step(self, random: "np.random.RandomState") -> None:
        """Make one pass, continuing the training of the previous step if possible."""
        parameters, weighed = self.e.get_params(deep=False), self.train.weights is not None
        for name in ("learning_rate_init", "dropout", "weight_decay"):
            if has_schedule(given := parameters[name]):
                raise InvalidInput(f"partial_fit has no epochs for the schedule {name}={given!r}: use a number.")
        going_on = self.state.streaming
        if going_on is not None and going_on.takes(self.net, parameters, len(self.train.X), weighed):
            going_on.training.hold(*self.train)
            going_on.shuffler.random = random
        else:
            self.state.stop_streaming()
            shuffler = Shuffler(random)
            training = self._training(None, random, shuffler)
            kept = (shuffler, self.net, parameters, len(self.train.X), weighed)
            going_on = self.state.streaming = Streaming(training, *kept)
        going_on.training.history.epochs.clear()
        self._follow(going_on.training, 1)

    def _training(
        self, epochs: int | None, random: "np.random.RandomState", shuffler: Shuffler | None = None
    ) -> Training:
        settings = self._settings(random) | ({"shuffle": shuffler} if shuffler and self.e.shuffle else {})
        remembered = None if self.e.solver == "lbfgs" else self.state.optimizer
        return self.net.training(*self.train[:2], epochs=epochs, optimizer_state=remembered, **settings)

    def _follow(self, training: Training, epochs: int) -> None:
        tasks, whole = None, False
        self.state.n_iter = 0
        self.state.copy_to(self.e)
        if callbacks.wanted(self.e):
            tasks = callbacks.Tasks(self.e, epochs, **self.given)
        follow = self._lbfgs if self.e.solver == "lbfgs" else self._stochastic
        try:
            if tasks is None:
                follow(training, None)
            else:
                with closing(tasks.around(training, self.net)) as epochs_heard:
                    follow(epochs_heard, tasks)
            whole = True
        except Diverged as error:
            self._diverged(error)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        finally:
            if self.last:
                training.close()
            elif not whole:
                self.state.stop_streaming()
            self.state.copy_to(self.e)  # also of an epoch that was interrupted
        if self.e.early_stopping and self.held_out is not None and self.e.solver != "lbfgs":
            self.state.restore_best(self.net)
        if self.e.solver == "lbfgs":
            self._check_lbfgs(training.history.about.get("lbfgs"))
        if tasks is not None:
            tasks.end(self.net)

    def _settings(self, random: "np.random.RandomState") -> dict[str, Any]:
        """The settings of the training; random numbers are drawn for dropout alone."""
        drawn = any(layer.random for layer in self.net.layers)
        held_out = self.held_out
        return {
            "loss": self.loss,
            "optimizer": rule_of(self.e),
            "batch_size": self.batch_size,
            "validation": held_out and tuple(held_out if held_out.weights is not None else held_out[:2]),
            "metrics": self.scores.metrics if held_out is not None else [],
            "sample_weight": self.train.weights,
            "penalty": penalty_of(self.e, self.loss),
            "shuffle": random if self.e.shuffle else False,
            "seed": int(random.randint(2**31)) if drawn else 0,
        }

    def _stochastic(self, epochs: Iterable[Epoch], tasks: callbacks.Tasks | None) -> None:
        for epoch in epochs:
            self.state.note(epoch.loss + self.constant, len(self.train.X), self.e.verbose)
            stuck = self.state.count(self.e, self._validated(epoch))
            ends = self.state.next_rate(self.e, epoch, stuck) or not self.last
            self.state.copy_to(self.e)
            if ends or (tasks is not None and tasks.stop):
                break
            if self.state.n_iter == self.last:
                warnings.warn(UNFINISHED % self.last, ConvergenceWarning, stacklevel=6)

    def _validated(self, epoch: Epoch) -> float | None:
        """Note what was measured; gives the best score before, where scores decide when training ends."""
        if self.held_out is None:
            return None
        best = self.state.note_validation(self.e, self.scores.of(epoch), epoch.val_loss, self.net)
        return best if self.e.early_stopping else None

    def _lbfgs(self, epochs: Iterable[Epoch], tasks: callbacks.Tasks | None) -> None:
        for epoch in epochs:
            self.state.note(epoch.loss + self.constant, 0, self.e.verbose)
            self.state.best_loss = self.state.loss
            self._validated(epoch)
            self.state.copy_to(self.e)
            if tasks is not None and tasks.stop:
                break

    def _check_lbfgs(self, ended: Mapping[str, Any] | None) -> None:
        if self.state.n_iter == 0:  # nothing was better than the beginning
            given = (*self.train[:2], self.loss, self.train.weights, penalty_of(self.e, self.loss), self.net.dtype)
            self.state.loss = OneStep(self.net, *given).forward() + self.constant
            self.state.copy_to(self.e)
        if ended is not None:
            from scipy.optimize import OptimizeResult

            result = OptimizeResult(nit=self.state.n_iter, status=ended["status"], message=ended["message"])
            _check_optimize_result("lbfgs", result, self.e.max_iter)

    def _diverged(self, error: Diverged) -> None:
        """With early stopping there are best weights to go back to; else scikit-learn's sentence."""
        if not self.e.early_stopping or self.held_out is None:
            raise ValueError(NOT_FINITE) from error
        self.state.append_validation(float("nan"), float("nan"))
        warnings.warn(
            f"{error} The weights with the best validation score were restored.", ConvergenceWarning, stacklevel=4
        )
