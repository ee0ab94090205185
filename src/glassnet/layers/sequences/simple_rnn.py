"""The simplest recurrent layer: the state is fed back."""

from glassnet.errors import InvalidInput
from glassnet.formulas.activations import Activation, ActivationLike, Tanh
from glassnet.formulas.description import Converted, field
from glassnet.formulas.initializers import GlorotUniform, Initializer, InitializerLike, Orthogonal
from glassnet.formulas.of_layers import recurrence as formulas
from glassnet.layers.layer import Layer
from glassnet.layers.sequences.recurrent import (
    Recurrent,
    RecurrentSlices,
    add_before,
    before,
    split_by_presence,
    there,
)


class SimpleRNN(Recurrent, Layer, name="simple_rnn"):
    """Simple recurrent layer: each step sees its inputs and the state of the step before.

    S = X W + H′ U + b,  A = f(S);     dS = dA ⊙ f'(S),  dW = Xᵀ dS,  dU = H′ᵀ dS,  db = 1ᵀ dS,  dX = dS Wᵀ.

    At each step, H′ is what A was a step earlier, 0 before the first; so dA of a step is what comes back from the
    layers behind, and dS Uᵀ of the step after it. X (n, steps, features) holds sequences. The layer gives the last
    state (n, units), or with `sequences` all of them (n, steps, units). Where a layer in front marks padding, as
    `Embedding(…, padding=0)` does, the state stays as it was in such a step, so that the last one is that after the
    last step that is there (Elman 1990).

    Parameters
    ----------
    units
        Number of units.
    activation
        f, by name or as an object; `"tanh"` by default.
    sequences
        Give the states of all steps instead of the last one; False by default.
    weights, recurrent_weights
        How W (features, units) and U (units, units) are initialised, by name or as an object; Glorot's uniform and
        orthogonal by default.

    Raises InvalidInput for settings out of range, UnknownName for an unknown name.

    >>> SimpleRNN(6), SimpleRNN(6).output_shape((8, 3)), SimpleRNN(6, sequences=True).output_shape((8, 3))
    (SimpleRNN(units=6), (6,), (8, 6))
    """

    units: int
    activation: Converted[Activation, ActivationLike] = field(default=Tanh())
    sequences: bool = False
    weights: Converted[Initializer, InitializerLike] = field(default=GlorotUniform())
    recurrent_weights: Converted[Initializer, InitializerLike] = field(default=Orthogonal())
    slices = RecurrentSlices
    gates = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_fields()
        f = Activation.of(self.activation)
        if f.learned:
            raise InvalidInput(f"SimpleRNN: {f!r} learns numbers of its own, which only Dense and Activation hold.")
        object.__setattr__(self, "activation", f)

    def step(self, s: RecurrentSlices, t: int) -> None:
        h, present, S = before(s.H, t), there(s, t), s.S[:, t]
        S += h @ s.U
        new = self.activation.value(S)
        s.H[:, t] = new if present is None else formulas.kept(new, h, present)

    def step_back(self, s: RecurrentSlices, t: int) -> None:
        h, (dh, past) = before(s.H, t), split_by_presence(s.dH[:, t], there(s, t))
        S = s.S[:, t]
        s.dS[:, t] = self.activation.pull_back(dh, S, s.H[:, t])
        s.dU += h.T @ s.dS[:, t]
        add_before(s.dH, t, s.dS[:, t] @ s.U.T, past)
