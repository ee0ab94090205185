"""The bundled data sets: two real tables, patterns drawn from a seed, and daily sales."""

import datetime
import gzip
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassnet.calls import answered
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.formulas.registry import is_number
from glassnet.tables.dataset import Dataset, DatedTable
from glassnet.training.inputs.checks import check_seed, check_whole

__all__ = [
    "Dataset", "DatedTable", "circles", "clouds", "digits", "iris", "is_bundled", "lines_of", "moons",
    "random_regression", "sales", "spirals", "xor",
]  # fmt: skip
SHOPS = {"north": (90.0, 0), "south": (55.0, 270)}  # usual sales of a day, and on which day a shop opens
WEEK = (0.0, -0.18, -0.12, -0.05, 0.02, 0.2, 0.3)  # what a weekday adds to their logarithm, from Sunday on
Array = npt.NDArray[Any]
FOLDER = files("glassnet.tables") / "data"  # also where it is imported from an archive


@answered
def lines_of(name: str) -> list[str]:
    """Read the lines of a text file that comes with glassnet.

    Parameters
    ----------
    name
        "iris.csv" or "digits.csv.gz".

    Raises UnknownName for any other file.

    >>> gn.datasets.lines_of("iris.csv")[0]
    'sepal_length,sepal_width,petal_length,petal_width,species'
    """
    known = [file.name for file in FOLDER.iterdir() if file.name.endswith((".csv", ".gz"))]
    if name not in known:
        raise UnknownName("bundled file", name, known)
    content = FOLDER.joinpath(name).read_bytes()
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode().splitlines()


@answered
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


@answered
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


@answered
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
    rng = np.random.default_rng(check_seed(seed))
    rows = np.arange(4) if n_samples is None else rng.integers(4, size=_count(n_samples))
    X = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]])[rows]
    X[:, :2] += _noise(noise, (len(X), 2), rng)
    return Dataset(X, np.array([1, 1, 0, 0])[rows], ("x1", "x2", "x3"), _numbered(2), "xor")


@answered
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


@answered
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


@answered
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


@answered
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


@answered
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
    rng = np.random.default_rng(check_seed(seed))
    X = rng.standard_normal((_count(n_samples), _count(n_features)))
    names = tuple(f"x{i + 1}" for i in range(n_features))
    return Dataset(X, rng.standard_normal(n_samples), names, name="random_regression")


@answered
def sales() -> DatedTable:
    """Daily sales of two shops over two years: drawn from a seed, so that what is behind them is known.

    The logarithm of the mean is a weekly and a yearly wave with a slow rise, 0.35 more on days of a promotion, and a
    little that lasts from day to day; sales are normal around it, rounded, and not below 0. The second shop opens in
    the first year. The last 28 days are ahead: a promotion is planned, sales are empty.

    >>> sales()
    DatedTable('sales': shop, date, promo, sales)
    """
    columns: dict[str, list[Any]] = {"shop": [], "date": [], "promo": [], "sales": []}
    rng = np.random.default_rng(7)
    for shop, (size, opens) in SHOPS.items():
        t = np.arange(730 + 28)
        promo = np.repeat(rng.random(len(t) // 4 + 1) < 0.15, 4)[: len(t)]  # of four days each
        lasting = np.zeros(len(t))
        for day in t[1:]:
            lasting[day] = 0.7 * lasting[day - 1] + 0.04 * rng.standard_normal()
        wave = np.array(WEEK)[t % 7] + 0.15 * np.sin(2 * np.pi * (t - 90) / 365.25) + 0.0003 * t
        mean = size * np.exp(wave + 0.35 * promo + lasting)
        sold = np.maximum(np.round(mean + np.sqrt(mean) * rng.standard_normal(len(t))), 0)
        columns["shop"] += [shop] * (len(t) - opens)
        columns["date"] += [datetime.date(2023, 1, 1) + datetime.timedelta(int(day)) for day in t[opens:]]
        columns["promo"] += promo[opens:].astype(int).tolist()
        columns["sales"] += [int(each) if day < 730 else None for day, each in zip(t, sold, strict=True)][opens:]
    return DatedTable(columns, "sales", "sales")


BUNDLED: dict[str, Callable[[], Dataset]] = {
    f.__name__: f for f in (iris, digits, xor, clouds, moons, circles, spirals)
}
EVERY: dict[str, Callable[[], Dataset | DatedTable]] = {**BUNDLED, "sales": sales}


@answered
def is_bundled(name: str | Path) -> bool:
    """Tell whether a name means a bundled table: a file of that name takes precedence, a folder does not.

    Parameters
    ----------
    name
        A name or a path.

    >>> gn.datasets.is_bundled("iris"), gn.datasets.is_bundled("iris.csv")
    (True, False)
    """
    return str(name) in EVERY and not Path(name).is_file()


def _count(number: int) -> int:
    return check_whole(number, "the number of rows and of columns")


def _noise(size: float, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if not is_number(size) or size < 0:
        raise InvalidInput(f"noise must be a number of at least 0, got {brief(size)}.")
    return size * rng.standard_normal(shape)


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
    X = points + _noise(noise, points.shape, np.random.default_rng(check_seed(seed)))
    return Dataset(X, y, ("x1", "x2"), _numbered(int(y.max()) + 1), name, "class")
