"""The bundled data sets: two real tables, and patterns drawn from a seed."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.errors import InvalidInput
from glassnet.extras import require

Array = npt.NDArray[Any]
FOLDER = files("glassnet.tables") / "data"  # also where it is imported from an archive


def lines_of(name: str) -> list[str]:
    """Read the lines of a text file that comes with glassnet.

    Parameters
    ----------
    name
        "iris.csv" or "digits.csv.gz".

    >>> gn.datasets.lines_of("iris.csv")[0]
    'sepal_length,sepal_width,petal_length,petal_width,species'
    """
    content = FOLDER.joinpath(name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode().splitlines()


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of numbers with a target for each.

    `data[rows]` is the data set of these rows (a number, a slice, row numbers or a mask); `len(data)` is n.

    Parameters
    ----------
    X
        Numbers (n, n_features), kept as float64.
    y
        The target, (n,): class numbers from 0 as integers, or float64 numbers to predict.
    feature_names, class_names
        A name for each column of X; a name for each class, or None (default) where y holds numbers to predict.
    name, target_name
        The name of the data set, "" by default; the name of y in a data frame, "y" by default.

    Raises InvalidInput when the shapes do not fit together.

    >>> data = gn.datasets.Dataset(np.zeros((4, 2)), np.array([0, 1, 0, 1]), ("x1", "x2"), ("no", "yes"))
    >>> data, len(data[1:])
    (Dataset('': 4 rows, 2 features, 2 classes), 3)
    """

    X: Array
    y: Array
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] | None = None
    name: str = ""
    target_name: str = "y"

    def __post_init__(self) -> None:
        n_names = len(self.feature_names)
        if self.X.ndim != 2 or self.X.shape[1] != n_names or self.y.shape != self.X.shape[:1]:
            expected = f"X of shape (n, {n_names}) for {n_names} feature names and y of shape (n,)"
            raise InvalidInput(f"a Dataset needs {expected}, got {self.X.shape} and {self.y.shape}.")

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, rows: Any) -> "Dataset":
        chosen = np.atleast_1d(np.arange(len(self))[rows])
        return Dataset(
            self.X[chosen], self.y[chosen], self.feature_names, self.class_names, self.name, self.target_name
        )

    def __repr__(self) -> str:
        kind = "numbers to predict" if self.class_names is None else f"{len(self.class_names)} classes"
        return f"Dataset({self.name!r}: {len(self)} rows, {len(self.feature_names)} features, {kind})"

    def to_polars(self, target: str | None = None) -> Any:
        """The rows as a polars data frame: the features, then y as numbers or class names under `target`.

        `target` defaults to `target_name`. Raises MissingExtra without polars.

        >>> iris().to_polars().columns
        ['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species']
        """
        polars = require("polars", "tables", "a data frame")
        y = self.y if self.class_names is None else np.array(self.class_names)[self.y].tolist()
        return polars.DataFrame({**dict(zip(self.feature_names, self.X.T, strict=True)), target or self.target_name: y})


def iris() -> Dataset:
    """Fisher's iris flowers: 150 rows, 4 lengths in cm, 3 species.

    >>> iris()
    Dataset('iris': 150 rows, 4 features, 3 classes)
    """
    table = np.loadtxt(lines_of("iris.csv"), delimiter=",", dtype=str)
    names, species = table[0], table[1:, -1]
    class_names, y = np.unique(species, return_inverse=True)
    X = table[1:, :-1].astype(np.float64)
    return Dataset(X, y, tuple(names[:-1].tolist()), tuple(class_names.tolist()), "iris", "species")


def digits() -> Dataset:
    """Handwritten digits from UCI, 8 × 8 pixels with grey values 0 … 16: 1797 rows, 64 features, 10 classes.

    `X.reshape(-1, 8, 8)` are the images.

    >>> digits().X.max()
    np.float64(16.0)
    """
    table = np.loadtxt(lines_of("digits.csv.gz"), delimiter=",", skiprows=1)
    pixels = tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))
    y = table[:, -1].astype(np.intp)
    return Dataset(np.ascontiguousarray(table[:, :-1]), y, pixels, _numbered(10), "digits", "digit")


def xor(n_samples: int | None = None, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Exclusive or of the first two inputs; the third is always 1.

    Parameters
    ----------
    n_samples
        The number of rows, drawn from the four possible ones; None (default) gives each of the four once.
    noise
        Standard deviation of what is added to the first two inputs; 0 by default.
    seed
        Seed for rows and noise; 0 by default.

    Raises InvalidInput for fewer than 1 row.

    >>> data = xor()
    >>> data.X.tolist(), data.y.tolist()
    ([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 0.0, 1.0]], [1, 1, 0, 0])
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(4) if n_samples is None else rng.integers(4, size=_count(n_samples))
    X = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]])[rows]
    X[:, :2] += noise * rng.standard_normal((len(X), 2))
    return Dataset(X, np.array([1, 1, 0, 0])[rows], ("x1", "x2", "x3"), _numbered(2), "xor")


def clouds(n_per_class: int = 500, seed: int = 0) -> Dataset:
    """Three clouds of points, normal with standard deviation 1 around (0, −2), (2, 2) and (−2, 2).

    Parameters
    ----------
    n_per_class
        Points per cloud; 500 by default.
    seed
        Seed for the points; 0 by default.

    Raises InvalidInput for fewer than 1 point.

    >>> clouds(2).y.tolist()
    [0, 0, 1, 1, 2, 2]
    """
    y = np.repeat(np.arange(3), _count(n_per_class))
    centres = np.array([[0.0, -2], [2, 2], [-2, 2]])
    return _plane(centres[y], y, 1.0, seed, "clouds")


def moons(n_samples: int = 400, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two interleaving half circles of radius 1.

    Parameters
    ----------
    n_samples
        The number of points, half of them on each half circle; 400 by default.
    noise
        Standard deviation of what is added to each coordinate; 0.1 by default.
    seed
        Seed for the noise; 0 by default.

    Raises InvalidInput for fewer than 1 point.

    >>> moons(5).y.tolist()
    [0, 0, 0, 1, 1]
    """
    y, along = _two_classes(n_samples)
    angle, side = np.pi * along, 1 - 2 * y
    return _plane(np.column_stack([y + side * np.cos(angle), 0.5 * y + side * np.sin(angle)]), y, noise, seed, "moons")


def circles(n_samples: int = 400, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Two circles, one inside the other: radius 1 (class 0) around radius ½ (class 1).

    Parameters
    ----------
    n_samples
        The number of points, half of them on each circle; 400 by default.
    noise
        Standard deviation of what is added to each coordinate; 0.05 by default.
    seed
        Seed for the noise; 0 by default.

    Raises InvalidInput for fewer than 1 point.

    >>> circles(400, noise=0).X.max()
    np.float64(1.0)
    """
    y, along = _two_classes(n_samples, closed=True)
    return _plane(_polar(1 - 0.5 * y, 2 * np.pi * along), y, noise, seed, "circles")


def spirals(n_samples: int = 400, noise: float = 0.03, seed: int = 0) -> Dataset:
    """Two spirals that wind 1½ times around each other, up to radius 1.

    Parameters
    ----------
    n_samples
        The number of points, half of them on each spiral; 400 by default.
    noise
        Standard deviation of what is added to each coordinate; 0.03 by default.
    seed
        Seed for the noise; 0 by default.

    Raises InvalidInput for fewer than 1 point.

    >>> len(spirals(100))
    100
    """
    y, along = _two_classes(n_samples)
    radius = np.sqrt(along)  # so that the points lie about equally dense along the arm
    return _plane(_polar(radius, 3 * np.pi * radius + np.pi * y), y, noise, seed, "spirals")


def random_regression(n_samples: int = 128, n_features: int = 1000, seed: int = 0) -> Dataset:
    """Standard normal inputs with unrelated standard normal targets, for a network to memorise.

    Parameters
    ----------
    n_samples, n_features
        The shape of X; 128 and 1000 by default.
    seed
        Seed for X and y; 0 by default.

    Raises InvalidInput for fewer than 1 row or column.

    >>> random_regression(8, 3)
    Dataset('random_regression': 8 rows, 3 features, numbers to predict)
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((_count(n_samples), _count(n_features)))
    names = tuple(f"x{i + 1}" for i in range(n_features))
    return Dataset(X, rng.standard_normal(n_samples), names, name="random_regression")


BUNDLED: dict[str, Callable[[], Dataset]] = {
    f.__name__: f for f in (iris, digits, xor, clouds, moons, circles, spirals)
}


def is_bundled(name: str | Path) -> bool:
    """Tell whether a name means a bundled table: a file of that name takes precedence, a folder does not.

    Parameters
    ----------
    name
        A name or a path.

    >>> gn.datasets.is_bundled("iris"), gn.datasets.is_bundled("iris.csv")
    (True, False)
    """
    return str(name) in BUNDLED and not Path(name).is_file()


def _count(number: int) -> int:
    if number < 1:
        raise InvalidInput(f"the number of rows and of columns must be at least 1, got {number!r}.")
    return number


def _numbered(n_classes: int) -> tuple[str, ...]:
    return tuple(map(str, range(n_classes)))


def _two_classes(n_samples: int, closed: bool = False) -> tuple[Array, Array]:
    """For each row its class, and how far along its curve it lies, from 0 to 1."""
    second = _count(n_samples) // 2
    sizes = (n_samples - second, second)
    along = [np.linspace(0, 1, size, endpoint=not closed) for size in sizes]
    return np.repeat(np.arange(2), sizes), np.concatenate(along)


def _polar(radius: Array, angle: Array) -> Array:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _plane(points: Array, y: Array, noise: float, seed: int, name: str) -> Dataset:
    X = points + noise * np.random.default_rng(seed).standard_normal(points.shape)
    return Dataset(X, y, ("x1", "x2"), _numbered(int(y.max()) + 1), name, "class")
