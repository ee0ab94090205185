"""Layers of one's own, written as plain NumPy code and differentiated by the tape."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, NoReturn

import numpy as np

from glassnet.calls import answered, answering
from glassnet.errors import InvalidInput, brief
from glassnet.layers.layer import Layer, Parameter, Shape, Slices
from glassnet.taping.graph import Traced, gradients
from glassnet.taping.own import Given, arguments_of, check_function, named, new_class
from glassnet.taping.parameters import ParameterLike, check_kind, check_parameters, parameter_of
from glassnet.taping.trial import tried_out


class FunctionSlices(Slices):
    """Those of a function: the graph of the last forward pass begins at `leaves` and ends at `output`."""

    leaves: dict[str, Traced]
    output: Traced


class FunctionLayer(Layer, listed=False):
    """What layers made of a function have in common: the tape is their backward pass."""

    function: ClassVar[Given]
    shapes: ClassVar[Mapping[str, Any]]
    slices = FunctionSlices
    is_function = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in self._values().items():
            if isinstance(value, list):  # as JSON gives a tuple back
                object.__setattr__(self, name, tuple(value))

    def settings(self) -> dict[str, Any]:
        """What the function is given by keyword."""
        return self._values()

    def title(self) -> str:
        """What messages call it."""
        return type(self).__name__

    def __call__(self, *arrays: object) -> NoReturn:
        raise InvalidInput(
            f"{self.title()} is a layer, which a network holds, as in gn.Network([layer, …]); to call the function "
            "that it is made of, write layer.function(x, …)."
        )

    def run(self, x: Any, arrays: Mapping[str, Any]) -> Any:
        """The function of an input and its parameters."""
        return type(self).function(x, *arrays.values(), **self.settings())

    def parameters(self, shape: Shape) -> dict[str, Parameter]:
        with named(self.title()):
            return {name: parameter_of(each, shape, self.settings()) for name, each in self.shapes.items()}

    @partial(answering, bound=1)
    def rule(self, input_shape: int | Shape) -> str:
        """The rule as code: `forward` and `backward` in plain NumPy, for inputs of a shape; `print` it, and keep it.

        `forward(x, …)` gives (a, kept), `backward(da, kept)` the gradients of x and of the parameters, for any rows.
        """
        from glassnet.taping.rule import rule_of

        shape = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        self.output_shape(shape)
        parameters = {name: np.full(each.shape, 0.5) for name, each in self.parameters(shape).items()}

        def run(x: Any, *arrays: Any) -> Any:
            return self.run(x, dict(zip(parameters, arrays, strict=True)))

        def arrays_of(n: int) -> dict[str, Any]:
            return {"x": np.full((n, *shape), 0.5), **parameters}

        with named(self.title()):
            return rule_of(repr(self), run, arrays_of, ["x", *parameters])

    def output_shape(self, shape: Shape) -> Shape:
        return tried_out(self, shape)

    def forward(self, s: FunctionSlices) -> None:
        s.leaves = {name: Traced(getattr(s, name), name=name) for name in ("X", *self.shapes)}
        X, *arrays = s.leaves.values()
        s.output = self.run(X, dict(zip(self.shapes, arrays, strict=True)))
        s.A[...] = s.output.value

    def predict(self, s: FunctionSlices) -> None:
        s.A[...] = self.run(s.X, {name: getattr(s, name) for name in self.shapes})

    def backward(self, s: FunctionSlices) -> None:
        self._pull(s, [*self.shapes, *([] if s.dX is None else ["X"])])

    def backward_to_inputs(self, s: FunctionSlices) -> None:
        self._pull(s, [] if s.dX is None else ["X"])

    def _pull(self, s: FunctionSlices, names: list[str]) -> None:
        found = gradients(s.output, s.dA, [s.leaves[name] for name in names])
        for name in names:
            getattr(s, "d" + name)[...] = found.get(s.leaves[name], 0.0)


@answered
class Function(FunctionLayer, listed=False):
    """A function as a layer, differentiated by the tape.

    A = f(X);     dX = (∂f/∂X)ᵀ dA.

    f is plain NumPy code, such as a lambda. What goes back through it, to X and to each of its parameters, is found by
    reverse-mode differentiation. A network with it is not saved, since a lambda cannot be found again: make a layer
    with a name by `gn.layer` for that.

    Parameters
    ----------
    function
        Takes the inputs (n, …) and the parameters, in this order, and returns an array (n, …). It must compute each row
        by itself.
    parameters
        For each parameter a shape, a number to start at, or a `Parameter`, as in `gn.layer`; none by default.

    Raises InvalidInput for parameters that are not those of the function; when the network is built, for what cannot be
    differentiated, and for shapes that do not fit.

    >>> gated = gn.Function(lambda x, w: x * np.tanh(x @ w), parameters={"w": ("n_inputs", "n_inputs")})
    >>> net = gn.Network([gated, gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> iris = gn.datasets.iris()
    >>> gn.check_gradient(net, iris.X, iris.y, loss="cross_entropy").max_error < 1e-6
    True
    """

    given: Any
    own: tuple[tuple[str, Any], ...] = ()

    def __init__(self, function: Given, parameters: Mapping[str, ParameterLike] | None = None) -> None:
        check_function(function, "gn.Function")
        if parameters is not None and not isinstance(parameters, Mapping):
            raise InvalidInput(
                f"gn.Function: `parameters` must be a dict such as {{'w': ('n_inputs', 8)}}, got {brief(parameters)}."
            )
        arrays, settings = arguments_of(function, "gn.Function", parameters or {})
        if missing := [name for name, each in settings.items() if each.default is each.empty]:
            raise InvalidInput(f"gn.Function: the setting `{missing[0]}` of the function needs a default.")
        check_parameters(parameters or {}, arrays, (), "gn.Function")
        object.__setattr__(self, "given", function)
        object.__setattr__(self, "own", tuple((name, (parameters or {})[name]) for name in arrays[1:]))

    @property
    def shapes(self) -> Mapping[str, Any]:  # type: ignore[override]
        """Its parameters as they were given."""
        return dict(self.own)

    def settings(self) -> dict[str, Any]:
        return {}

    def title(self) -> str:
        return f"gn.Function of {getattr(self.given, '__name__', 'a function')}"

    def run(self, x: Any, arrays: Mapping[str, Any]) -> Any:
        return self.given(x, *arrays.values())

    def __repr__(self) -> str:
        inside = getattr(self.given, "__name__", "…")
        return f"Function({inside}{''.join(f', {name}={each!r}' for name, each in self.own)})"

    def describe(self) -> NoReturn:
        raise InvalidInput(
            f"{self.title()} cannot be written to a file, where nothing would say what it computes: write it as a "
            "function with a name below @gn.layer."
        )


def layer(function: Given | None = None, /, **parameters: ParameterLike) -> Any:
    """Make a layer of a function: a class under its name, differentiated by the tape.

    The function is plain NumPy code. Its first argument are the inputs X (n, …), then come the parameters, which are
    learned; what follows a * are settings. It returns A (n, …), and computes each row by itself. The class can be used
    by its name, in model files too, where it must be defined before a file is read.

    Parameters
    ----------
    function
        The function, where it has no parameters: `@gn.layer` without brackets.
    parameters
        For each parameter by its name: its shape, in which `"n_inputs"` is the number of features (the last axis of the
        inputs) and the name of a setting its value; or a number such as 1.0, where a single number starts; or a
        `Parameter` of such a shape, with an initialiser, penalties and more. Shapes of two axes or more are drawn by
        `GlorotUniform` and penalised, others start at 0.

    Raises InvalidInput for parameters that are not those of the function, and for a name that glassnet has.

    >>> @gn.layer(w=("n_inputs", "units"), b=("units",))
    ... def sloped(x, w, b, *, units=8):
    ...     z = x @ w + b
    ...     return z / (1.0 + np.exp(-z))
    >>> net = gn.Network([sloped(units=5), gn.Dense(3, "softmax")]).build(4, seed=0)
    >>> net.arrays["0.w"].shape, gn.Layer.of("sloped")
    ((4, 5), sloped())
    """
    if function is None:
        for name, given in parameters.items():
            check_kind(name, given, "gn.layer")
        return partial(made, parameters)
    if parameters:
        raise InvalidInput("gn.layer: write @gn.layer(w=(…), …) above the function, which then is its only argument.")
    return made({}, function)


def made(parameters: Mapping[str, Any], function: Given) -> Any:
    """The class for a function and its parameters."""
    usage = f"@gn.layer {getattr(function, '__name__', '')}".strip()
    arrays, settings = arguments_of(function, usage, parameters)
    check_parameters(parameters, arrays, settings, usage)
    return new_class(function, FunctionLayer, settings, usage, shapes={name: parameters[name] for name in arrays[1:]})
