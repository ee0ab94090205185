"""The same training on both engines, on data that suits the loss; and what the registries hold."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.formulas.losses import Loss
from glassnet.formulas.registry import Named
from glassnet.formulas.update_rules import UpdateRule
from tests.covering import covering

TOLERANCE: dict[str, dict[str, Any]] = {
    "float64": {"rtol": 1e-9, "atol": 1e-11},
    "float32": {"rtol": 2e-3, "atol": 2e-4},
}
DTYPES = tuple(TOLERANCE)
N, N_INPUTS, N_OUTPUTS = 23, 6, 3


def registered(family: type[Named]) -> list[str]:
    """The names of all that glassnet itself defines in a family; tests define more."""
    return sorted(name for name, found in family.registry.items() if found.__module__.startswith("glassnet."))


def trainable(names: list[str]) -> list[str]:
    """The update rules that are a formula; L-BFGS is a search."""
    return [name for name in names if name != "lbfgs"]


def with_other_settings(kind: Any) -> Any:
    """An object whose numbers all differ from the defaults, so that a kernel cannot have taken those."""
    numbers = {name: field.default for name, field in kind._fields().items() if field.annotation is float}
    return kind(**{name: 0.9 * value if value else 0.05 for name, value in numbers.items()})


def outputs_for(loss: Any, n_outputs: int = N_OUTPUTS) -> int:
    """So many outputs, unless the outputs of a loss mean something each."""
    loss = Loss.of(loss)
    if isinstance(loss, gn.CrossEntropies):
        return sum(loss.sizes)
    return loss.outputs_per_target() if loss.output_symbols else n_outputs


def calm(loss: Any) -> Any:
    """A loss with a least scale has a larger one here: a run that explodes compares nothing."""
    found: Any = Loss.of(loss)
    return type(found)(floor=2.0) if hasattr(found, "floor") else found


def data_for(loss: Any, n: int = N, n_inputs: int = N_INPUTS, n_outputs: int = N_OUTPUTS, seed: int = 0) -> Any:
    """X (n, inputs) and y as a loss takes it."""
    rng, loss = np.random.default_rng(seed), Loss.of(loss)
    X, n_outputs = rng.normal(size=(n, n_inputs)), outputs_for(loss, n_outputs)
    if loss.targets == "classes":
        return X, rng.integers(0, n_outputs, n)
    if loss.targets == "several classes":
        return X, rng.integers(0, 2, (n, 2))
    if loss.targets == "binary":
        return X, rng.integers(0, 2, (n, n_outputs))
    y = rng.poisson(2.0, (n, n_outputs // loss.outputs_per_target()))
    return X, y + 0.5 * (loss.targets == "numbers")


def trained(engine: str, dtype: str, layers: list[Any], loss: Any, X: Any, y: Any, **more: Any) -> Any:
    """(network, history) after three epochs of batches of 8, the last one smaller, with weights unless told."""
    n_outputs = outputs_for(loss, more.pop("n_outputs", N_OUTPUTS))
    last = gn.Dense(n_outputs, Loss.of(loss).output_activation or "linear")
    net = gn.Network([*layers, last], dtype=dtype, engine=engine)
    weights = np.linspace(0.5, 2, len(X)) if more.pop("weighted", True) else None
    how: dict[str, Any] = {"optimizer": gn.SGD(0.001), "epochs": 3, "batch_size": 8, "seed": 0, "validation": 0.2}
    return net, net.fit(X, y, loss=calm(loss), sample_weight=weights, **how | more)


def assert_parity(
    layers: list[Any], loss: Any = "squared_error", X: Any = None, y: Any = None, *, dtypes: Sequence[str] = DTYPES,
    **more: Any,
) -> None:  # fmt: skip
    """Parameters, losses of all epochs, validation and predictions are the same on both engines, in these types."""
    if X is None:
        X, y = data_for(loss)
    for dtype in dtypes:
        close = TOLERANCE[dtype]
        a, ours = trained("numpy", dtype, layers, loss, X, y, **more)
        b, theirs = trained("compiled", dtype, layers, loss, X, y, **more)
        assert np.isfinite(a.parameters).all()
        np.testing.assert_allclose(b.parameters, a.parameters, **close, err_msg=f"parameters in {dtype}")
        for name in ("loss", "val_loss") if "val_loss" in ours.names() else ("loss",):
            np.testing.assert_allclose(theirs[name], ours[name], **close, err_msg=f"{name} in {dtype}")
        np.testing.assert_allclose(b.predict(X), a.predict(X), **close, err_msg=f"predictions in {dtype}")


def in_turn(**values: Any) -> Any:
    """All combinations of some parameters as a parametrization, each in both types of number.

    `make test` runs a selection with each value, about half of it in each type; `make test-long` runs the rest.
    """
    places = [range(len(of)) for of in values.values()]
    cases = [(each, dtype) for each in product(*places) for dtype in DTYPES]
    in_its_turn = [DTYPES[sum(each) % len(DTYPES)] == dtype for each, dtype in cases]
    chosen, found = covering([*enumerate(each)] * turn for (each, _), turn in zip(cases, in_its_turn, strict=True)), []
    for k, (each, dtype) in enumerate(cases):
        given = [of[place] for of, place in zip(values.values(), each, strict=True)]
        marks = [] if k in chosen else [pytest.mark.long]
        found.append(pytest.param(*given, [dtype], marks=marks, id=f"{'-'.join(map(named, given))}-{dtype}"))
    return pytest.mark.parametrize([*values, "dtypes"], found)


def named(value: Any) -> str:
    """A parameter in the name of a test."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def is_continuous(rule: UpdateRule) -> bool:
    """Whether rounding in a gradient of 0 changes a step by rounding alone; a rule of signs makes a step of it."""
    steps = [
        rule.update(np.zeros(1), np.array([g]), 1, 1.0, *(np.zeros(1) for _ in rule.memory))[0] for g in (0, 1e-20)
    ]
    return bool(abs(steps[1] - steps[0])[0] < 1e-3)
