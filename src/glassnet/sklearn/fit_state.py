"""The state after a fit besides the weights: curves, counters, the best weights, the optimiser's state."""

import numpy as np

from glassnet.formulas.elementary import Array
from glassnet.network import Network
from glassnet.sklearn.parameter_types import Estimator
from glassnet.sklearn.streaming import Streaming
from glassnet.training.epoch import Epoch
from glassnet.training.loop.optimizer_state import OptimizerState

TINY_RATE = 1e-6  # at which an adaptive learning rate is not lowered any more


class FitState:
    """The state of an estimator from the first epoch on; a new one for each network.

    `copy_to` alone sets the attributes of the estimator that tell of it; where a method takes the estimator, it reads
    its parameters.
    """

    def __init__(self) -> None:
        self.n_iter = 0
        self.rows_seen = 0
        self.loss = float("nan")  # of the last epoch, penalty included
        self.loss_curve: list[float] = []
        self.best_loss: float | None = np.inf  # None if scores on held-out rows decide
        self.no_improvement_count = 0
        self.validation_scores: list[float] | None = None  # None until rows are held out, like the next two
        self.validation_loss_curve: list[float | None] | None = None
        self.best_validation_score: float | None = None
        self.best_weights: tuple[Array, Array] | None = None  # parameters and state of the network
        self.optimizer = OptimizerState()
        self.streaming: Streaming | None = None

    def copy_to(self, estimator: Estimator) -> None:
        """Set the attributes of an estimator, by scikit-learn's names."""
        e = estimator
        e.n_iter_, e.t_ = self.n_iter, self.rows_seen
        e.loss_ = self.loss
        e.loss_curve_ = self.loss_curve
        e.best_loss_ = self.best_loss
        e.validation_scores_, e.validation_loss_curve_ = self.validation_scores, self.validation_loss_curve
        e.best_validation_score_ = self.best_validation_score
        e._no_improvement_count, e._optimizer = self.no_improvement_count, self.optimizer  # which their own tests read

    def begin_validation(self, net: Network, early_stopping: bool) -> None:
        """Room for what is measured on held-out rows, in the first fit that has some."""
        if self.validation_scores is None:
            self.validation_scores, self.validation_loss_curve = [], []
            self.best_validation_score = -np.inf
            self.best_weights = (net.parameters.copy(), net.state.copy())
        if early_stopping:
            self.best_loss = None

    def begin_optimizer(self, net: Network, go_on: bool) -> None:
        """Forget what the optimiser remembers, unless the fit goes on with it and it is of such a network."""
        if not go_on or any(vector.size != net.parameters.size for vector in self.optimizer.vectors):
            self.stop_streaming()
            self.optimizer = OptimizerState()

    def stop_streaming(self) -> None:
        """End what goes on from one `partial_fit` to the next: the optimiser's state is up to date then, and nothing is
        left that cannot be pickled."""
        if self.streaming is not None:
            self.streaming.training.close()
            self.streaming = None

    def note(self, loss: float, n_rows: int, verbose: bool | int) -> None:
        """One more epoch with its loss, penalty included."""
        self.n_iter += 1
        self.rows_seen += n_rows
        self.loss = loss
        self.loss_curve.append(loss)
        if verbose:
            print(f"Iteration {self.n_iter}, loss = {loss:.8f}")

    def note_validation(self, estimator: Estimator, score: float, loss: float | None, net: Network) -> float:
        """Note what was measured on held-out rows; returns the best score before."""
        before = self.best_validation_score
        assert before is not None and self.best_weights is not None  # since begin_validation
        self.append_validation(score, loss)
        if estimator.verbose:
            print(f"Validation score: {score:f}")
        if score > before:
            self.best_validation_score = score
            if estimator.early_stopping:
                for kept, now in zip(self.best_weights, (net.parameters, net.state), strict=True):
                    kept[...] = now
        return before

    def append_validation(self, score: float, loss: float | None) -> None:
        """Append to the curves of what is measured on held-out rows."""
        assert self.validation_scores is not None and self.validation_loss_curve is not None  # since begin_validation
        self.validation_scores.append(score)
        self.validation_loss_curve.append(loss)

    def restore_best(self, net: Network) -> None:
        """Put the weights with the best score on held-out rows into the network."""
        assert self.best_weights is not None  # since begin_validation
        net.parameters[...], net.state[...] = self.best_weights

    def count(self, estimator: Estimator, best_score: float | None) -> bool:
        """Count epochs without progress; whether there were more than `n_iter_no_change` of them in a row.

        Progress is a loss below the best by at least `tol`, or where a best score is given, a score above it by as
        much.
        """
        if best_score is not None and self.validation_scores:
            stuck = self.validation_scores[-1] < best_score + estimator.tol
        else:
            best = np.inf if self.best_loss is None else self.best_loss  # None after early stopping
            stuck = self.loss > best - estimator.tol
            self.best_loss = min(best, self.loss)
        self.no_improvement_count = self.no_improvement_count + 1 if stuck else 0
        return bool(self.no_improvement_count > estimator.n_iter_no_change)

    def next_rate(self, estimator: Estimator, epoch: Epoch, stuck: bool) -> bool:
        """Set the learning rate of the next epoch; returns whether training should end."""
        e = estimator
        what = "Validation score" if e.early_stopping else "Training loss"
        said = f"{what} did not improve more than tol={e.tol:f} for {e.n_iter_no_change} consecutive epochs."
        adaptive = e.solver == "sgd" and e.learning_rate == "adaptive"
        if e.solver == "sgd" and e.learning_rate == "invscaling":
            epoch.learning_rate = e.learning_rate_init / (self.rows_seen + 1) ** e.power_t
        if not stuck:
            return False
        lower = adaptive and epoch.learning_rate > TINY_RATE
        if lower:
            epoch.learning_rate /= 5.0
            self.no_improvement_count = 0
        if e.verbose:
            small = " Learning rate too small." if adaptive else ""
            print(f"{said} Setting learning rate to {epoch.learning_rate:f}" if lower else f"{said}{small} Stopping.")
        return not lower
