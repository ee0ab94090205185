"""The graph of a computation: each array with the call that made it, so that gradients find their way back.

Plain NumPy code records itself: `Traced` takes part in NumPy's own protocols, so that `np.exp(x) @ w` calls `record`
where x is traced. Which calls can be recorded, and what goes back through each, is in `primitives.py`.
"""

import functools
import inspect
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from glassnet.errors import InvalidInput
from glassnet.formulas.elementary import Array
from glassnet.taping.refusals import instead_of, misfit, name_of, refuse, refuse_in_place
from glassnet.taping.sizes import check_memory

Pull = Callable[..., Any]

# What goes back to each argument of a function: pull(d, a, *arguments) for d, the gradient of its result a.
PULLS: dict[Callable[..., Any], tuple[Pull | None, ...]] = {}
FLAT: set[Callable[..., Any]] = set()  # recorded, but nothing goes back: comparisons, signs, places
COMPOSED: dict[Callable[..., Any], Callable[..., Any]] = {}  # by other functions
REDUCING: dict[np.ufunc, Callable[..., Any]] = {np.add: np.sum, np.maximum: np.max, np.minimum: np.min}

_numbers = itertools.count()


class NoAttribute(InvalidInput, AttributeError):
    """Raised for an attribute of arrays that traced ones do not have."""


class Traced(NDArrayOperatorsMixin):
    """An array of the graph: its value, and the call that made it; one without a call is where a computation begins."""

    def __init__(
        self,
        value: Array,
        function: Callable[..., Any] | None = None,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        name: str = "",
    ):
        self.value, self.function, self.args, self.kwargs, self.name = value, function, args, kwargs or {}, name
        self.inputs = [*traced_in((self.args, self.kwargs))]
        self.number = next(_numbers)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.pop("out", None) is not None:
            refuse_in_place(ufunc.__name__)
        if method == "reduce" and ufunc in REDUCING:
            return REDUCING[ufunc](inputs[0], **{"axis": 0} | kwargs)
        if method != "__call__":
            refuse(f"{name_of(ufunc)}.{method}", known())
        return self.__array_function__(ufunc, (), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if kwargs.get("out") is not None:
            refuse_in_place(function.__name__)
        if function in COMPOSED:
            check_arguments(function, len(args), *kwargs)
            return COMPOSED[function](*args, **kwargs)
        return record(function, args, kwargs)

    def __getitem__(self, key: Any) -> Any:
        return record(operator.getitem, (self, key), {})

    def __len__(self) -> int:
        if not self.shape:
            raise InvalidInput("a traced array of shape () is one number: it has no length.")
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        return f"Traced({self.name or 'array'}, shape {self.shape}, {self.dtype})"

    def __hash__(self) -> int:
        return id(self)

    def __setitem__(self, key: object, value: object) -> NoReturn:
        refuse_in_place("x[…] = …")

    def __bool__(self) -> NoReturn:
        raise InvalidInput(
            "a traced array is neither true nor false, so `if`, `while`, `and`, `or` and `not` cannot depend on it: "
            "write np.where(x > 0, …, …) in place of `if x > 0`."
        )

    def _to_number(self, kind: str) -> NoReturn:
        raise InvalidInput(
            f"{kind} of a traced array would lose its gradient: go on with the array itself, and with NumPy's "
            "functions (np.exp, not math.exp)."
        )

    def __float__(self) -> float:
        self._to_number("float(…)")

    def __int__(self) -> int:
        self._to_number("int(…)")

    def __index__(self) -> int:
        self._to_number("int(…)")

    def __array__(self, *dtype: Any, **kwargs: Any) -> Array:
        raise InvalidInput(
            "a traced array cannot become a plain one (by np.array, np.asarray, or a function that knows no traced "
            "arrays), which would lose its gradient: to join arrays, write np.stack or np.concatenate."
        )

    def __getattr__(self, name: str) -> Any:
        """The attributes and methods of arrays that are a function of NumPy: x.sum() is np.sum(x)."""
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(self.value, name)
        if name == "T":
            return np.transpose(self)
        function = METHODS.get(name) or (getattr(np, name, None) if hasattr(np.ndarray, name) else None)
        if name.startswith("__") or function is None:
            raise NoAttribute(f"traced arrays have no `{name}`{instead_of(name, known())}.")
        return functools.partial(function, self)


# Methods that are no function of NumPy by the same name, or take their arguments in another way.
METHODS: dict[str, Callable[..., Any]] = {"copy": lambda x: x, "flatten": lambda x: np.reshape(x, -1)}


def record(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The result of a call with traced arrays, as a traced array that knows the call."""
    if function not in PULLS and function not in FLAT:
        refuse(name_of(function), known())
    check_arguments(function, len(args), *kwargs)
    check_memory(function, args)
    try:
        value = function(*plain(args), **plain(kwargs))
    except (ValueError, IndexError, TypeError) as error:
        raise misfit(function, args, error) from None
    return Traced(np.asarray(value), function, args, kwargs)


@functools.cache
def check_arguments(function: Callable[..., Any], n: int, *named: str) -> None:
    """Refuse arguments that the way back does not know, such as `ddof` of np.std."""
    ways = [COMPOSED[function]] if function in COMPOSED else [each for each in PULLS.get(function, ()) if each]
    gradient_and_result = () if function in COMPOSED else (None, None)
    for each in ways:
        taken = inspect.signature(each)
        try:
            taken.bind(*gradient_and_result, *(None,) * n, **dict.fromkeys(named))
        except TypeError:
            names = [name for name in taken.parameters if name not in ("d", "a")]
            wrong = next((f"`{name}`" for name in named if name not in names), "these arguments")
            raise InvalidInput(
                f"the tape does not know {name_of(function)} with {wrong}: its arguments here are {', '.join(names)}."
            ) from None


def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is recorded as one call where an argument is traced."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if next(traced_in(args), None) is None else record(call, args, kwargs)

    return call


def known() -> set[Callable[..., Any]]:
    """All functions that can be recorded."""
    return {*PULLS, *COMPOSED, *FLAT}


def traced_in(given: Any) -> Iterator[Traced]:
    """The traced arrays among arguments, also those in lists, tuples and dicts."""
    if isinstance(given, Traced):
        yield given
    elif isinstance(given, (list, tuple)):
        for each in given:
            yield from traced_in(each)
    elif isinstance(given, Mapping):
        yield from traced_in([*given.values()])


def plain(given: Any) -> Any:
    """Arguments with values in place of traced arrays."""
    if isinstance(given, Traced):
        return given.value
    if isinstance(given, (list, tuple)):
        return type(given)([plain(each) for each in given])
    return {key: plain(each) for key, each in given.items()} if isinstance(given, Mapping) else given


def nodes_to(outputs: Sequence[Traced]) -> list[Traced]:
    """All traced arrays that some were computed from, in the order in which they were computed."""
    found: set[Traced] = set()
    left = [*outputs]
    while left:
        if (node := left.pop()) not in found:
            found.add(node)
            left += node.inputs
    return sorted(found, key=lambda node: node.number)


def gradients(output: Traced, seed: Any, wanted: Sequence[Traced], given: Callable[[Any], Any] = plain) -> dict:
    """∂ Σ (seed ⊙ output) / ∂ of each traced array on a way from the wanted ones to the output: the backward pass.

    From the last call to the first: a gradient is complete once all calls that use its array have added to it. With
    `given` the identity, and a traced seed, the backward pass records itself.
    """
    nodes, live = nodes_to([output]), set(wanted)
    for node in nodes:
        if node.function in PULLS and node.dtype.kind == "f" and not live.isdisjoint(node.inputs):
            live.add(node)
    found: dict[Traced, Any] = {output: seed} if output in live else {}
    for node in reversed(nodes):
        if node in found and node.function is not None:
            args = given(node.args)
            for argument, pull in zip(node.args, PULLS.get(node.function, ()), strict=False):
                if pull is not None and not live.isdisjoint(traced_in(argument)):
                    _add(found, argument, pull(found[node], given(node), *args, **given(node.kwargs)), live)
    return found


def _add(found: dict[Traced, Any], argument: Any, share: Any, live: set[Traced]) -> None:
    """Count a share of the gradient of an argument, or of each array in a list."""
    if isinstance(argument, (list, tuple)):
        for each, own in zip(argument, share, strict=True):
            _add(found, each, own, live)
    elif isinstance(argument, Traced) and argument in live:
        share = sum_to(share, argument.shape)
        found[argument] = found[argument] + share if argument in found else share


def sum_to(d: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of an array of some shape from that of what it was broadcast to: sums over the repeated entries."""
    if d.shape == shape:
        return d
    if extra := tuple(range(d.ndim - len(shape))):
        d = np.sum(d, axis=extra if len(extra) > 1 else 0)
    if repeated := tuple(k for k, n in enumerate(shape) if n == 1 and d.shape[k] != 1):
        d = np.sum(d, axis=repeated if len(repeated) > 1 else repeated[0], keepdims=True)
    return d if d.shape == shape else np.broadcast_to(d, shape)
