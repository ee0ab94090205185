"""Layers with members as steps of a program: the numbers of all members of a row side by side."""

import numpy as np

from glassnet.exports.builder import Builder
from glassnet.exports.place import Place
from glassnet.exports.program import GroupedProduct, SharedProduct, Take, Value
from glassnet.formulas.of_layers.members import affine, scaled


def members(made: Builder, place: Place, x: Value) -> Value:
    """The row once for each member."""
    k = place.layer.members
    return made.add(Take(out=made.value(f"a{place.suffix}", k * x.size), x=x, places=tuple(range(x.size)) * k))


def batch_ensemble(made: Builder, place: Place, x: Value) -> Value:
    """The scores of all members: a product that they share, between their factors."""
    k, units = place.node.output_shape
    R, S, B = (made.constant(f"{name}{place.suffix}", place.of(name).ravel()) for name in "RSB")
    u = made.apply(scaled, {"x": x, "factor": R}, f"u{place.suffix}")
    W, v = made.constant(f"W{place.suffix}", place.of("W")), made.value(f"v{place.suffix}", k * units)
    return made.apply(
        affine,
        {"v": made.add(SharedProduct(out=v, x=u, W=W, b=None, groups=k)), "factor": S, "shift": B},
        f"z{place.suffix}",
    )


def dense_per_member(made: Builder, place: Place, x: Value) -> Value:
    """The scores of all members: a product for each."""
    W, b = (made.constant(f"{name}{place.suffix}", place.of(name)) for name in "Wb")
    return made.add(GroupedProduct(out=made.value(f"z{place.suffix}", b.array.size), x=x, W=W, b=b))


def mean_of_members(made: Builder, place: Place, p: Value) -> Value:
    """The mean of what the members predict: of each output, whose numbers come to lie side by side."""
    k, outputs = place.node.input_shape
    order = tuple(int(at) for at in np.arange(k * outputs).reshape(k, outputs).T.ravel())
    beside = made.add(Take(out=made.value(f"t{place.suffix}", k * outputs), x=p, places=order))
    W = made.constant(f"share{place.suffix}", np.full((k, 1), 1.0 / k))
    out = made.value(f"a{place.suffix}", outputs)
    return made.add(SharedProduct(out=out, x=beside, W=W, b=None, groups=outputs))
