"""Waves and broken lines of columns as steps of a program."""

import numpy as np

from glassnet.exports.builder import Builder
from glassnet.exports.place import Place
from glassnet.exports.program import GroupedProduct, Join, Take, Value
from glassnet.formulas.of_layers.periodic import wave_of
from glassnet.formulas.of_layers.piecewise_linear import fraction


def periodic_embedding(made: Builder, place: Place, x: Value) -> Value:
    """Waves of each column, lines through them, and the number itself in front of these."""
    n, k, d = x.size, place.layer.frequencies, place.layer.dimensions
    again = again_and_again(made, place, x, k)
    w, c = (made.constant(f"{name}{place.suffix}", place.of(name).ravel()) for name in ("w", "c"))
    s = made.apply(wave_of, {"x": again, "w": w, "c": c}, f"s{place.suffix}")
    V, b = (made.constant(f"{name}{place.suffix}", place.of(name)) for name in ("V", "d"))
    lines = made.add(GroupedProduct(out=made.value(f"l{place.suffix}", n * (d - 1)), x=s, W=V, b=b))
    return behind_values(made, place, x, lines)


def piecewise_linear_embedding(made: Builder, place: Place, x: Value) -> Value:
    """The code of each column, lines over it, and the number itself in front of these."""
    n, k, d, edges = x.size, place.layer.n_bins, place.layer.dimensions, place.of("edges")
    again = again_and_again(made, place, x, k)
    low, high = (
        made.constant(f"{name}{place.suffix}", each.ravel())
        for name, each in (("low", edges[:, :-1]), ("high", edges[:, 1:]))
    )
    p = made.apply(fraction, {"x": again, "low": low, "high": high}, f"p{place.suffix}")
    V, b = made.constant(f"V{place.suffix}", place.of("V")), made.constant(f"b{place.suffix}", np.zeros((n, d - 1)))
    lines = made.add(GroupedProduct(out=made.value(f"l{place.suffix}", n * (d - 1)), x=p, W=V, b=b))
    return behind_values(made, place, x, lines)


def again_and_again(made: Builder, place: Place, x: Value, times: int) -> Value:
    """Each number so many times."""
    out = made.value(f"x{place.suffix}", x.size * times)
    return made.add(Take(out=out, x=x, places=repeated(x.size, times)))


def behind_values(made: Builder, place: Place, x: Value, lines: Value) -> Value:
    """The outputs of each column side by side, its own value first."""
    n, d = x.size, place.layer.dimensions
    both = made.add(Join(out=made.value(f"xl{place.suffix}", n * d), parts=(x, lines)))
    order = [at for j in range(n) for at in (j, *range(n + j * (d - 1), n + (j + 1) * (d - 1)))]
    return made.add(Take(out=made.value(f"a{place.suffix}", n * d), x=both, places=tuple(order)))


def repeated(n: int, times: int) -> tuple[int, ...]:
    """0, 0, …, 1, 1, …: each number so many times."""
    return tuple(j for j in range(n) for _ in range(times))
