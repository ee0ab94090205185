"""Recurrence: the state after a step of a sequence from the state before it, and what comes back through the step.

`present` is 1 for a step that is there and 0 for padding, where the state stays as it was. Scores s become gates by the
sigmoid and candidates by tanh.
"""

from glassnet.formulas.elementary import Array, tanh


def gate(s: Array) -> Array:
    """σ(s), between 0 and 1: what share is let through."""
    return 0.5 + 0.5 * tanh(0.5 * s)


def gate_slope(da: Array, a: Array) -> Array:
    """What comes back through a gate a = σ(s): dS = dA ⊙ a (1 − a)."""
    return da * a * (1.0 - a)


def candidate(s: Array) -> Array:
    """Tanh s."""
    return tanh(s)


def candidate_slope(da: Array, a: Array) -> Array:
    """What comes back through a candidate a = tanh s: dS = dA ⊙ (1 − a²)."""
    return da * (1.0 - a * a)


def kept(new: Array, old: Array, present: Array) -> Array:
    """The new state where the step is there, else the old one."""
    return old + present * (new - old)


def mixed(n: Array, z: Array, h: Array) -> Array:
    """The state of a GRU: H = (1 − Z) ⊙ N + Z ⊙ H'."""
    return n + z * (h - n)


def reset_candidate(s: Array, r: Array, v: Array) -> Array:
    """The candidate of a GRU: N = tanh(S + R ⊙ V)."""
    return tanh(s + r * v)


def cell(f: Array, c: Array, i: Array, g: Array) -> Array:
    """The cell of an LSTM: C = F ⊙ C' + I ⊙ G."""
    return f * c + i * g


def shown(o: Array, c: Array) -> Array:
    """The state of an LSTM: H = O ⊙ tanh C."""
    return o * tanh(c)


def cell_slope(dc: Array, dh: Array, o: Array, c: Array) -> Array:
    """What comes back to the cell of an LSTM: dC + dH ⊙ O ⊙ (1 − tanh² C)."""
    return dc + dh * o * (1.0 - tanh(c) * tanh(c))
