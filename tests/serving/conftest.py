"""Models to serve: of classes, of numbers with intervals, and a bare network."""

import datetime

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from tests.serving.client import served

SMALL = gn.Recipe(hidden=(8,), epochs=3, seed=0)


def people(n=240):
    """Rows with numbers (some missing), categories, codes, dates, truth values, and names that are not ASCII."""
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, n).astype(float)
    town = rng.choice(["Oslo", "Rome", "Łódź"], n)
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(int(k)) for k in rng.integers(0, 900, n)]
    return pl.DataFrame(
        {
            "age": [None if k % 11 == 0 else value for k, value in enumerate(age.tolist())],
            "town": town,
            "größe": rng.normal(170, 10, n).round(1),
            "job": [f"job {k}" for k in rng.integers(0, 14, n)],
            "since": days,
            "member": rng.random(n) < 0.5,
            "buys": np.where(age + 20 * (town == "Rome") + rng.normal(0, 8, n) > 55, "yes", "no"),
            "spends": (age * 2 + rng.normal(0, 5, n)).round(2),
        }
    )


def trained(target, **more):
    frame = people()
    other = "spends" if target == "buys" else "buys"
    training = gn.TableTraining(frame.drop(other), target, recipe=SMALL, **more)
    for _ in training.epochs():
        pass
    return training.model


@pytest.fixture(scope="session")
def frame():
    return people()


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The model files, by what they predict."""
    folder = tmp_path_factory.mktemp("models")
    net = gn.Network([gn.Dense(6, "relu"), gn.Dense(3, "softmax")]).build(4, seed=0)
    made = {"classes": trained("buys"), "numbers": trained("spends"), "network": net}
    return {name: model.save(folder / f"{name}.safetensors") for name, model in made.items()}


@pytest.fixture(scope="session")
def models(files):
    return {name: gn.load(path) for name, path in files.items()}


@pytest.fixture(scope="session")
def classes(files):
    """A client of a service of classes."""
    with served(files["classes"], name="buyers") as service:
        yield service.client


@pytest.fixture(scope="session")
def numbers(files):
    """A client of a service of numbers."""
    with served(files["numbers"]) as service:
        yield service.client


@pytest.fixture(scope="session")
def network(files):
    """A client of a service of a bare network."""
    with served(files["network"]) as service:
        yield service.client


def as_json(frame, names):
    """The rows of a data frame as a client sends them, by name."""
    return [
        {name: str(value) if isinstance(value, datetime.date) else value for name, value in row.items()}
        for row in frame.select(names).to_dicts()
    ]
