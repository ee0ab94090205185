"""Losses of one's own, written as plain NumPy code and differentiated by the tape."""

from functools import partial
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from glassnet.calls import answered, answering
from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.loss import Loss
from glassnet.formulas.registry import choice, is_one_of
from glassnet.taping.graph import Traced, gradients
from glassnet.taping.own import Given, arguments_of, named, new_class
from glassnet.taping.trial import ROWS, check_output, check_rows

MIXED = (
    "the loss of a row depends on the rows around it, so that batches of other sizes would learn otherwise: compute "
    "within rows; the mean over rows is taken by glassnet."
)
Targets = Literal["numbers", "classes", "binary", "counts"]


class FunctionLoss(Loss, listed=False):
    """What losses made of a function have in common: the tape is their gradient."""

    function: ClassVar[Given]
    label_smoothing: ClassVar[float] = 0.0
    is_function = True

    def _run(self, p: Any, y: Array) -> Any:
        settings = {name: value for name, value in self._values().items() if name != "reduction"}
        return type(self).function(p, y, **settings)

    def value(self, p: Array, y: Array) -> Array:
        found: Array = self._run(p, y)
        return found

    def gradient(self, p: Array, y: Array) -> Array:
        start = Traced(p, name="p")
        output = self._run(start, y)
        return np.array(gradients(output, np.ones_like(output.value), [start]).get(start, np.zeros_like(p)))

    @partial(answering, bound=1)
    def rule(self, n_outputs: int = 1) -> str:
        """The rule as code: `forward(p, y)` gives (the loss, kept), `backward(da, kept)` the gradient of p."""
        from glassnet.taping.rule import rule_of

        self.columns(n_outputs)
        with named(type(self).__name__):
            return rule_of(repr(self), self._run, lambda n: dict.fromkeys("py", np.full((n, n_outputs), 0.5)), ["p"])

    def columns(self, n_outputs: int) -> tuple[Array, ...]:
        """None; but here it is tried out, before a training begins."""
        p, y = np.random.default_rng(0).uniform(0.1, 0.9, (2, ROWS, n_outputs))
        y.setflags(write=False)
        with named(type(self).__name__), np.errstate(all="ignore"):
            output = self._tried(start := Traced(p, name="p"), y)
            check_output(output, ROWS)
            if output.ndim != 2 or output.shape[1] not in (1, n_outputs):
                raise InvalidInput(
                    f"the loss must have a value for each entry or each row: for p and y of shape {p.shape} it must "
                    f"have that shape or ({ROWS}, 1), got {output.shape}."
                )
            check_rows(lambda rows: self._run(p[rows].copy(), y[rows]), output.value, MIXED)
            gradients(output, np.ones_like(output.value), [start])
        return ()

    def _tried(self, p: Traced, y: Array) -> Any:
        """What the function gives, where it leaves y as it is."""
        try:
            return self._run(p, y)
        except ValueError as error:
            if isinstance(error, InvalidInput) or "read-only" not in str(error):
                raise
            raise InvalidInput(
                "it would change the targets in place: make a new array, as in y = y - 1 (not y -= 1)."
            ) from None


@answered
def loss(function: Given | None = None, /, *, targets: Targets = "numbers") -> Any:
    """Make a loss of a function: a class under its name, differentiated by the tape.

    The function is plain NumPy code of the outputs p and the targets y, both (n, outputs); what follows a * are
    settings. It returns the loss of each entry (n, outputs), or of each row as a column (n, 1); the mean is taken
    by glassnet, by sample weights where there are any.

    Parameters
    ----------
    function
        The function, where `targets` stays as it is: `@gn.loss` without brackets.
    targets
        What y holds: `"numbers"` (default); `"classes"`, class numbers that become one-hot rows; `"binary"`, labels 0
        and 1; `"counts"`, numbers of at least 0.

    Raises InvalidInput for other `targets`, and for a name that glassnet has.

    >>> @gn.loss
    ... def asymmetric(p, y, *, factor=3.0):
    ...     return np.where(p > y, factor, 1.0) * (p - y) ** 2
    >>> asymmetric(factor=2.0).gradient(np.array([[1.0, 4.0]]), np.array([[2.0, 3.0]]))
    array([[-2.,  4.]])
    """
    if not is_one_of(targets, get_args(Targets)):
        raise InvalidInput(f"gn.loss: `targets` must be {choice(Targets)}, got {targets!r}.")
    return partial(made, targets) if function is None else made(targets, function)


def made(targets: str, function: Given) -> Any:
    """The class for a function."""
    usage = f"@gn.loss {getattr(function, '__name__', '')}".strip()
    arrays, settings = arguments_of(function, usage)
    if len(arrays) != 2:
        raise InvalidInput(f"{usage}: the function must take outputs and targets, such as (p, y), not {arrays}.")
    return new_class(function, FunctionLoss, settings, usage, targets=targets)
