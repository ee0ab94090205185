"""What recurrent layers share: sequences in, a state that goes from step to step, the last one or all of them out."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.registry import require_whole
from glassnet.layers.layer import Parameter, Shape, Slices, rows_of

MOST_STEPS = 10_000


class RecurrentSlices(Slices):
    """Those of a recurrent layer: scores S of its gates, states H, and the parameters."""

    W: Array
    U: Array
    b: Array
    S: Array
    H: Array
    dW: Array
    dU: Array
    db: Array
    dS: Array
    dH: Array


def check_sequence(layer: Any, shape: Shape) -> None:
    """Refuse samples that are no sequences (steps, features), or have no steps."""
    kind = type(layer).__name__
    if len(shape) != 2:
        hint = ": write X[:, :, np.newaxis] for one number a step, or put Embedding in front for codes"
        raise InvalidInput(
            f"{kind} needs sequences (steps, features), got samples of shape {shape}{hint if len(shape) == 1 else ''}."
        )
    if not 1 <= shape[0] <= MOST_STEPS:
        raise InvalidInput(f"{kind} needs sequences of 1 to {MOST_STEPS:,} steps, got {shape[0]:,}.")


class Recurrent:
    """The fields that all have are described by each, so that they stand in its signature; what is done with them."""

    passes_over_padding: ClassVar[bool] = True
    gates: ClassVar[int]
    units: int
    sequences: bool
    weights: Initializer
    recurrent_weights: Initializer

    def check_fields(self) -> None:
        """Refuse what is out of range, and put initialisers in the place of names."""
        require_whole(self, "units")
        for name in ("weights", "recurrent_weights"):
            found = Initializer.of(getattr(self, name))
            if found.of_data:
                raise InvalidInput(f"{type(self).__name__}: {found!r} looks at rows of data, not at sequences.")
            object.__setattr__(self, name, found)

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        return (shape[0], self.units) if self.sequences else (self.units,)

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        width = self.gates * self.units
        return {
            "W": Parameter((shape[1], width), self.weights, is_penalized=True),
            "U": Parameter((self.units, width), self.recurrent_weights, is_penalized=True),
            "b": Parameter((width,), Initializer.of("zeros")),
        }

    def arrays(self, shape: Shape) -> dict[str, Shape]:
        steps = shape[0]
        return {"S": (steps, self.gates * self.units), "H": (steps, self.units), "A": self.output_shape(shape)}

    def forward(self, s: Any) -> None:
        """Scores of all steps at once, then step after step."""
        np.matmul(rows_of(s.X), s.W, out=rows_of(s.S))
        s.S += s.b
        for t in range(s.X.shape[1]):
            self.step(s, t)
        s.A[...] = s.H if self.sequences else s.H[:, -1]

    def backward(self, s: Any) -> None:
        """From the last step to the first, then the gradients of W and b over all steps at once."""
        self.backward_through_time(s)
        dS = rows_of(s.dS)
        np.matmul(rows_of(s.X).T, dS, out=s.dW)
        dS.sum(axis=0, out=s.db)
        self.inputs_from_scores(s)

    def backward_to_inputs(self, s: Any) -> None:
        """DX alone."""
        self.backward_through_time(s)
        self.inputs_from_scores(s)

    def inputs_from_scores(self, s: Any) -> None:
        """DX from dS, of all steps at once."""
        if s.dX is not None:
            np.matmul(rows_of(s.dS), s.W.T, out=rows_of(s.dX))

    def backward_through_time(self, s: Any) -> None:
        """Every gradient of a step, from the last to the first, and dU."""
        self.begin(s)
        for t in reversed(range(s.X.shape[1])):
            self.step_back(s, t)

    def begin(self, s: Any) -> None:
        """The gradients of the states as the layers behind leave them."""
        s.dH[...] = s.dA if self.sequences else 0.0
        if not self.sequences:
            s.dH[:, -1] = s.dA
        s.dU[...] = 0.0

    def named_values(self, s: Any) -> dict[str, Array]:
        """The arrays of all steps as rows, so that the formulas hold for each."""
        return by_step(s, ("X", "dX", "S", "dS"))

    def step(self, s: Any, t: int) -> None:
        """The state of step t from the one before it."""
        raise NotImplementedError

    def step_back(self, s: Any, t: int) -> None:
        """From the gradient of the state of step t to those of its scores and of the state before it."""
        raise NotImplementedError


def by_step(s: Any, names: Sequence[str], earlier: bool = False) -> dict[str, Array]:
    """Arrays as rows, one for each step that is there, and with them A and dA for all steps, and the state before, H′.

    For explanations: so the formulas of a step hold for every row. `earlier` gives the arrays of the step before.
    """
    states = {"A": "H", "dA": "dH"}
    named = {name: getattr(s, states.get(name, name), None) for name in (*names, *states)}
    found = {name: shifted(a) if earlier else a for name, a in named.items() if a is not None}
    if not earlier:
        found["H′"] = shifted(s.H)
    present = getattr(s, "present", None)
    there = slice(None) if present is None else present.reshape(-1) > 0
    return {name: rows_of(array)[there] for name, array in found.items()}


def shifted(array: Array) -> Array:
    """What each step had a step earlier, 0 at the first."""
    found = np.zeros_like(array)
    found[:, 1:] = array[:, :-1]
    return found


def before(states: Array, t: int) -> Array:
    """The state before step t, 0 before the first."""
    found: Array = states[:, t - 1] if t else np.zeros_like(states[:, 0])
    return found


def there(s: Any, t: int) -> Array | None:
    """1 for each sample whose step t is there and 0 for padding, as a column; None where all are there."""
    return None if s.present is None else s.present[:, t, np.newaxis]


def split_by_presence(dh: Array, present: Array | None) -> tuple[Array, Array | None]:
    """What of dH goes through the step, and what passes it by (None: nothing)."""
    return (dh, None) if present is None else (dh * present, dh - dh * present)


def add_before(gradients: Array, t: int, *parts: Array | None) -> None:
    """Add to the gradient of the state before step t; there is none before the first."""
    if t:
        for part in parts:
            if part is not None:
                gradients[:, t - 1] += part
