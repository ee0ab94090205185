"""The rows of a scene, as the network sees them: bundled patterns and tables, derived inputs, a share held out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from glassnet.errors import UnknownName
from glassnet.formulas.elementary import Array
from glassnet.playing.own.said import Said
from glassnet.playing.scene import DataOfScene
from glassnet.tables import datasets
from glassnet.training.inputs.splitting import split_rows

Task = Literal["classes", "binary", "number"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Inputs (n, features) and targets (n,) of the rows trained on and held out; numbers of classes as integers."""

    X: Array
    y: Array
    X_held: Array
    y_held: Array
    features: tuple[str, ...]
    classes: tuple[str, ...] | None
    target: str = "y"
    one_output: bool = True  # whether two classes have one output; each of them has its own otherwise
    unscaled: Callable[[Array], Array] | None = None  # numbers to predict, on the scale that they have in the table
    said: Said | None = None  # what several outputs say of a number

    @property
    def task(self) -> Task:
        """What is predicted."""
        if self.classes is None:
            return "number"
        return "binary" if len(self.classes) == 2 and self.one_output else "classes"

    def point(self, outputs: Array) -> Array:
        """The number that outputs stand for, (n,), as the network computes with it."""
        return outputs.reshape(len(outputs)) if self.said is None else self.said.head.mean(outputs)

    def one_hot(self, y: Array) -> Array:
        """Numbers of classes as rows of 0 and 1, for a loss that compares outputs one by one."""
        return np.eye(len(self.classes or ()), dtype=np.float32)[y]

    @property
    def all(self) -> tuple[Array, Array]:
        """(inputs, targets), those held out after the others."""
        return np.concatenate([self.X, self.X_held]), np.concatenate([self.y, self.y_held])


@dataclass(frozen=True)
class Bundled:
    """A set that comes with glassnet: its title, a sentence, what can be set, and a function of its settings."""

    title: str
    text: str
    adjustable: tuple[str, ...]
    draw: Callable[[DataOfScene], datasets.Dataset]


def wave(asked: DataOfScene) -> datasets.Dataset:
    """A curve of one input with noise around it."""
    rng = np.random.default_rng(asked.seed)
    x = rng.uniform(-2, 2, asked.rows)
    y = np.sin(2.5 * x) + 0.3 * x + asked.noise * rng.standard_normal(asked.rows)
    return datasets.Dataset(x[:, None], y, ("x",), name="regression", target_name="y")


def exclusive_or(asked: DataOfScene) -> datasets.Dataset:
    """Exclusive or without the tutorial's column of ones, as layers have a bias."""
    n = None if asked.rows == 4 and not asked.noise else asked.rows
    data = datasets.xor(n, asked.noise, asked.seed)
    return replace(data, X=2 * data.X[:, :2] - 1, feature_names=("x1", "x2"))


def standardized(data: datasets.Dataset) -> datasets.Dataset:
    """Each column with mean 0 and standard deviation 1."""
    return replace(data, X=(data.X - data.X.mean(axis=0)) / data.X.std(axis=0))


def scaled(data: datasets.Dataset, by: float) -> datasets.Dataset:
    """All inputs divided by a number."""
    return replace(data, X=data.X / by)


BOTH = ("noise", "rows")
BUNDLED: Mapping[str, Bundled] = {
    "xor": Bundled("Exclusive or", "Two classes that no line separates.", BOTH, exclusive_or),
    "circles": Bundled(
        "Circles", "One class around the other.", BOTH, lambda d: datasets.circles(d.rows, d.noise, d.seed)
    ),
    "moons": Bundled("Moons", "Two half moons.", BOTH, lambda d: datasets.moons(d.rows, d.noise, d.seed)),
    "spirals": Bundled(
        "Spirals", "Two arms around each other.", BOTH, lambda d: datasets.spirals(d.rows, d.noise, d.seed)
    ),
    "clouds": Bundled(
        "Clouds", "Three clouds of points.", ("rows",), lambda d: datasets.clouds(max(1, d.rows // 3), d.seed)
    ),
    "iris": Bundled(
        "Iris", "Three species by four lengths, standardised.", (), lambda _: standardized(datasets.iris())
    ),
    "digits": Bundled("Digits", "Handwritten digits of 8 × 8 pixels.", (), lambda _: scaled(datasets.digits(), 16.0)),
    "regression": Bundled("A curve", "A number to predict from one input.", BOTH, wave),
}


def derivable(names: Sequence[str]) -> dict[str, Callable[[Mapping[str, Array]], Array]]:
    """Further inputs that can be computed from a few, by their names.

    >>> list(derivable(["x1", "x2"]))
    ['x1^2', 'x2^2', 'x1*x2', 'sin(x1)', 'sin(x2)']
    """
    if len(names) > 4:
        return {}
    squares = {f"{a}^2": (lambda of, a=a: of[a] ** 2) for a in names}
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    products = {f"{a}*{b}": (lambda of, a=a, b=b: of[a] * of[b]) for a, b in pairs}
    sines = {f"sin({a})": (lambda of, a=a: np.sin(of[a])) for a in names}
    return {**squares, **products, **sines}


def with_derived(X: Array, names: Sequence[str], wanted: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """Inputs with further columns; UnknownName for one that cannot be computed."""
    known, columns = derivable(names), dict(zip(names, X.T, strict=True))
    for name in wanted:
        if name not in known:
            raise UnknownName("derived input", name, known)
    return np.column_stack([X, *(known[name](columns) for name in wanted)]), (*names, *wanted)


def rows_of(asked: DataOfScene) -> Rows:
    """The rows of a bundled set; UnknownName for another."""
    if asked.name not in BUNDLED:
        raise UnknownName("data set", asked.name, BUNDLED)
    return held_apart(BUNDLED[asked.name].draw(asked), asked)


def held_apart(data: datasets.Dataset, asked: DataOfScene) -> Rows:
    """The rows of a data set with derived inputs, cut in two."""
    X, names = with_derived(data.X, data.feature_names, asked.derived)
    classes = data.class_names
    if asked.held_out:
        labels = None if classes is None else data.y
        rest, held = split_rows(len(data), asked.held_out, np.random.default_rng(asked.seed), labels)
    else:
        rest, held = np.arange(len(data)), np.arange(0)
    X = np.ascontiguousarray(X, np.float32)
    return Rows(X[rest], data.y[rest], X[held], data.y[held], names, classes, data.target_name)
