"""Layers over pictures and series as steps: what windows see is taken out, and meets the same weights everywhere."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.exports.builder import Builder
from glassnet.exports.program import Join, SharedProduct, Take, Value
from glassnet.formulas.elementary import Array, maximum, row_sum
from glassnet.formulas.prediction.arithmetic import always, larger
from glassnet.layers.convolution.windows import Windows, padded_positions, windows_of


def taken(made: Builder, x: Value, places: Array | Sequence[int], name: str) -> Value:
    """Chosen entries of x."""
    chosen = tuple(int(place) for place in np.ravel(places))
    return made.add(Take(out=made.value(name, len(chosen)), x=x, places=chosen))


def with_edge(made: Builder, x: Value, value: float, suffix: str) -> Value:
    """X with one entry more behind it, which holds what stands at the edges."""
    edge = made.constant(f"edge{suffix}", np.array([value]))
    first = taken(made, x, (0,), f"first{suffix}")
    alone = made.apply(always, {"x": first, "s": edge}, f"around{suffix}")
    return made.add(Join(out=made.value(f"edged{suffix}", x.size + 1), parts=(x, alone)))


def channels_at(positions: Array, channels: Sequence[int], n: int, edge: int) -> Array:
    """The entries of some channels at positions, and `edge` for the position −1."""
    each = np.asarray(positions)[..., np.newaxis] * n + np.asarray(channels)
    return np.where(np.asarray(positions)[..., np.newaxis] < 0, edge, each)


def shared(made: Builder, x: Value, W: Array, b: Array | None, suffix: str) -> Value:
    """The same product for each group of entries."""
    weights = made.constant(f"W{suffix}", W)
    bias = None if b is None else made.constant(f"b{suffix}", b)
    groups = x.size // W.shape[0]
    out = made.value(f"z{suffix}", groups * W.shape[1])
    return made.add(SharedProduct(out=out, x=x, W=weights, b=bias, groups=groups))


def convolution(made: Builder, place: Any, x: Value) -> Value:
    """What each window sees, group by group of channels, times the filters; then the activation."""
    layer, suffix = place.layer, place.suffix
    windows, channels = layer.windows(place.node.input_shape), place.node.input_shape[-1]
    at, edge = windows.seen, x.size
    if (at < 0).any():
        x = with_edge(made, x, 0.0, suffix)
    W, b = place.of("W"), place.of("b") if layer.bias else None
    parts, inputs, own = [], W.shape[-2], layer.filters // layer.groups
    for g in range(layer.groups):
        mark, columns = (f"{suffix}_{g}" if layer.groups > 1 else suffix), slice(g * own, (g + 1) * own)
        p = taken(made, x, channels_at(at, range(g * inputs, (g + 1) * inputs), channels, edge), f"p{mark}")
        matrix = W[..., columns].reshape(-1, own)
        parts.append(shared(made, p, matrix, None if b is None else b[columns], mark))
    return activated(made, place, beside(made, parts, len(at), own, suffix))


def beside(made: Builder, parts: Sequence[Value], places: int, own: int, suffix: str) -> Value:
    """The filters of all groups side by side at each place."""
    if len(parts) == 1:
        return parts[0]
    size = sum(part.size for part in parts)
    joined = made.add(Join(out=made.value(f"groups{suffix}", size), parts=tuple(parts)))
    order = np.arange(size).reshape(len(parts), places, own).transpose(1, 0, 2)
    return taken(made, joined, order, f"zs{suffix}")


def activated(made: Builder, place: Any, z: Value) -> Value:
    """A = f(Z), with what f has learned for each filter."""
    f, filters = place.layer.activation, place.layer.filters
    if f.name == "linear":
        return z
    learned = {
        name: made.constant(f"{name}{place.suffix}", np.tile(place.of(name), z.size // filters)) for name in f.learned
    }
    return made.apply(f.value, {"z": z, **learned}, f"a{place.suffix}", span=filters)


def max_pool(made: Builder, place: Any, x: Value) -> Value:
    """The larger of two taps after the other."""
    at, channels = place.layer.windows(place.node.input_shape).seen, place.node.input_shape[-1]
    found = taken(made, x, channels_at(at[:, 0], range(channels), channels, 0), f"p{place.suffix}")
    for tap in range(1, at.shape[1]):
        other = taken(made, x, channels_at(at[:, tap], range(channels), channels, 0), f"p{place.suffix}_{tap}")
        found = made.apply(larger, {"x": found, "s": other}, f"a{place.suffix}")
    return found


def average_pool(made: Builder, place: Any, x: Value) -> Value:
    """A product with one over the number of taps."""
    return averaged(made, place, x, place.layer.windows(place.node.input_shape))


def global_average_pool(made: Builder, place: Any, x: Value) -> Value:
    """One window over all positions; where some are padding, over those that are there."""
    positions, channels = place.node.input_shape[:-1], place.node.input_shape[-1]
    if made.present is None:
        return averaged(made, place, x, windows_of(positions, positions, positions))
    n, suffix = math.prod(positions), place.suffix
    by_channel = np.arange(x.size).reshape(n, channels).T
    p = taken(made, x, by_channel, f"p{suffix}")
    m = taken(
        made, made.present, np.tile(np.repeat(range(made.present.size), n // made.present.size), channels), f"m{suffix}"
    )
    each = made.apply(mean_there, {"p": p, "m": m}, f"mean{suffix}", span=n)
    return taken(made, each, range(0, x.size, n), f"a{suffix}")


def mean_there(p: Array, m: Array) -> Array:
    """The mean of the numbers of a row that are there, for each of them."""
    return row_sum(p * m) / maximum(row_sum(m), 1.0)


def averaged(made: Builder, place: Any, x: Value, windows: Windows) -> Value:
    """The mean of what each window sees of each channel."""
    at, channels = windows.seen, place.node.input_shape[-1]
    entries = channels_at(at, range(channels), channels, 0).transpose(0, 2, 1)
    p = taken(made, x, entries, f"p{place.suffix}")
    return shared(made, p, np.full((at.shape[1], 1), 1.0 / at.shape[1]), None, place.suffix)


def pad(made: Builder, place: Any, x: Value) -> Value:
    """The sample among what stands around it."""
    shape = place.node.input_shape
    before, after = zip(*place.layer.each_axis(shape), strict=True)
    entries = channels_at(padded_positions(shape[:-1], before, after), range(shape[-1]), shape[-1], math.prod(shape))
    return taken(made, with_edge(made, x, place.layer.value, place.suffix), entries, f"a{place.suffix}")
