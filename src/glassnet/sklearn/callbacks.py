"""scikit-learn's callbacks (from its version 1.9 on) around the epochs of a training: each epoch is a task."""

import copy
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from glassnet.network import Network
from glassnet.sklearn.weights import views
from glassnet.training.epoch import Epoch
from glassnet.training.loop.epochs import Training

Method = TypeVar("Method", bound=Callable[..., Any])

__all__ = ["CallbackSupportMixin", "Tasks", "wanted", "with_callbacks"]

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # a version without callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing to support."""

    def with_callbacks(method: Method) -> Method:
        """The method as it is."""
        return method


def wanted(estimator: object) -> bool:
    """Whether there are callbacks, so that no work is done without them."""
    return any(hasattr(estimator, name) for name in ("_skl_callbacks", "_parent_callback_ctx"))


class Tasks:
    """The tasks of one fit: the whole of it, and each epoch. `stop` says whether a callback asked for the end."""

    def __init__(self, estimator: CallbackSupportMixin, n_epochs: int, **data: object):
        self.estimator = estimator
        self.n_epochs = n_epochs
        self.data = data
        self.stop = False
        self.root = estimator._init_callback_context(max_subtasks=n_epochs)
        self.root.call_on_fit_task_begin(estimator=estimator, **data)

    def around(self, training: Training, net: Network) -> Generator[Epoch, None, None]:
        """The epochs, each with a task that begins before it and ends after it was processed."""
        fitted = {"reconstruction_attributes": lambda: fitted_now(net)}
        for _ in range(self.n_epochs):
            task = self.root.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
            epoch = next(training, None)
            if epoch is None:  # an optimiser that found nothing better
                task.call_on_fit_task_end(estimator=self.estimator)
                return
            try:
                yield epoch
            finally:  # also where the loop around it is left
                self.stop = task.call_on_fit_task_end(estimator=self.estimator, **self.data, **fitted) or self.stop
            if self.stop:
                return

    def end(self, net: Network) -> None:
        """The whole fit is over."""
        attributes = {"reconstruction_attributes": lambda: fitted_now(net)}
        self.root.call_on_fit_task_end(estimator=self.estimator, **self.data, **attributes)


def fitted_now(net: Network) -> dict[str, Any]:
    """What makes a copy of the estimator one that was fitted up to now."""
    copied = copy.copy(net)
    own = views(copied)
    return {"_network": copied, "_views": own, "coefs_": list(own[0]), "intercepts_": list(own[1])}
