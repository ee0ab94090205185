"""A plane through data of any number of inputs, so that what a network does can be drawn on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import InvalidInput, UnknownName
from glassnet.formulas.elementary import Array
from glassnet.pictures.labels import names_of
from glassnet.training.inputs.checks import cast, check_whole

MOST_ROWS = 5000  # that principal components are found from
AT_ONCE = 4096  # points of a grid that are predicted together
MARGIN = 0.08  # of the data's extent, around them


@dataclass(frozen=True)
class Plane:
    """The points origin + u · axes[0] + v · axes[1]; the axes are two orthonormal directions, (2, n_inputs).

    `labels` are those of u and v, `said` what a title should say of the plane, "" where there is nothing to say.
    """

    origin: Array
    axes: Array
    labels: tuple[str, str]
    said: str = ""

    def coordinates(self, X: Array) -> Array:
        """(n, 2): u and v of each row, projected onto the plane."""
        return (X.reshape(len(X), -1) - self.origin) @ self.axes.T

    def rows(self, points: Array) -> Array:
        """The rows of inputs at points (n, 2) of the plane."""
        return self.origin + points @ self.axes


def plane_of(X: Array, feature_names: Sequence[str] | None = None, inputs: object = None) -> Plane:
    """The plane of two inputs: of those picked, the others at their median, or of the only two that vary.

    Where more vary and none are picked, the plane goes through the mean along the first two principal components.
    """
    flat = X.reshape(len(X), -1)
    n_inputs = flat.shape[1]
    names = names_of(feature_names, n_inputs, "feature_names") or [f"input {k}" for k in range(n_inputs)]
    if n_inputs < 2:
        raise InvalidInput("a plane needs at least two inputs, but X has one.")
    varying = np.flatnonzero(np.ptp(flat, axis=0) > 0) if n_inputs > 2 else np.arange(2)
    if inputs is None and len(varying) != 2:
        return components(flat)
    i, j = varying.tolist() if inputs is None else picked(inputs, names, feature_names)
    others = np.quantile(flat, 0.5, axis=0, method="inverted_cdf")  # a value of the data: codes stay codes
    others[[i, j]] = 0.0
    said = "the other inputs at their median" if set(varying) - {i, j} else ""
    return Plane(others, np.eye(n_inputs)[[i, j]], (names[i], names[j]), said)


def picked(inputs: Any, names: Sequence[str], feature_names: Sequence[str] | None) -> list[int]:
    """Two different inputs, by number or by name."""
    if isinstance(inputs, str) or not hasattr(inputs, "__len__") or len(inputs) != 2:
        raise InvalidInput(f"inputs must be two inputs, such as (0, 1), got {inputs!r}.")
    found = []
    for each in inputs:
        if isinstance(each, str):
            if each not in (feature_names or ()):
                raise UnknownName("input", each, map(str, feature_names or ()))
            found.append(list(feature_names or ()).index(each))
        else:
            found.append(check_whole(each, "an input", 0))
    if found[0] == found[1] or max(found) >= len(names):
        raise InvalidInput(f"inputs must be two different numbers of 0…{len(names) - 1}, got {inputs!r}.")
    return found


def components(flat: Array) -> Plane:
    """The first two principal components; each points to where its largest entry grows."""
    some = flat[:: -(-len(flat) // MOST_ROWS)].astype(np.float64)
    origin = some.mean(axis=0)
    _, sizes, directions = np.linalg.svd(some - origin, full_matrices=False)
    axes = np.eye(2, flat.shape[1])
    for k, direction in enumerate(directions[:2]):
        axes[k] = direction * np.sign(direction[np.argmax(np.abs(direction))])
    share = (sizes[:2] ** 2).sum() / max((sizes**2).sum(), 1e-300)
    said = f"on the plane of two principal components, {share:.0%} of the variance"
    return Plane(origin, axes, ("component 1", "component 2"), said)


def extent(points: Array) -> tuple[float, float, float, float]:
    """(left, right, bottom, top) of a picture that has room for all points."""
    low, high = points.min(axis=0), points.max(axis=0)
    around = np.where(high > low, MARGIN * (high - low), np.maximum(1.0, np.abs(low) * MARGIN))
    (left, bottom), (right, top) = low - around, high + around
    return float(left), float(right), float(bottom), float(top)


def grid(plane: Plane, points: Array, resolution: int) -> tuple[Array, tuple[float, float, float, float]]:
    """The points (resolution², 2) of a square grid over the extent of points, from bottom to top."""
    left, right, bottom, top = extent(points)
    u, v = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    return np.column_stack([u.ravel(), v.ravel()]), (left, right, bottom, top)


def over_plane(predict: Callable[[Array], Array], plane: Plane, points: Array, shape: tuple[int, ...]) -> Array:
    """What `predict` makes of the inputs at points of a plane, in pieces; `shape` is that of a sample."""
    pieces = [points[at : at + AT_ONCE] for at in range(0, len(points), AT_ONCE)]
    return np.concatenate([np.asarray(predict(plane.rows(piece).reshape(-1, *shape))) for piece in pieces])


def checked_rows(X: ArrayLike) -> Array:
    """X as rows of finite numbers, (n_samples, …)."""
    X = cast(np.asarray(X), np.dtype(np.float64), "X") if not isinstance(X, np.ndarray) else X
    if X.ndim < 2 or len(X) == 0:
        raise InvalidInput(f"X must have one row per sample, (n_samples, n_features), got shape {X.shape}.")
    return cast(X, np.dtype(np.float64), "X")
