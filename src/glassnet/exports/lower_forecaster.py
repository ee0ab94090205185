"""From a forecaster to a program: a past of one series in a row, what follows in the outputs."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder
from glassnet.exports.lowering import lower_network
from glassnet.exports.program import Join, Outputs, Product, Program, Row, Take, Value
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.counts import CountForecaster
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.arithmetic import added
from glassnet.formulas.prediction.windows import brought_back, deviation, less, risen, shares, squared

ArrayForecaster = LinearForecaster | NetworkForecaster


def program_of_forecaster(forecaster: ArrayForecaster, dtype: str | None = None) -> Program:
    """The program of a forecaster that has learned: the last `lookback` steps come in, `horizon` steps go out.

    It computes in float64, unless asked for float32: a level may be large beside what a series moves.

    >>> waves = np.sin(np.arange(200) / 3)
    >>> program = program_of_forecaster(LinearForecaster(horizon=6, lookback=24, penalty=0.01).fit(waves))
    >>> program.input_shape, program.outputs.value.size
    ((24,), 6)
    """
    forecaster.fitted()
    if isinstance(forecaster, NetworkForecaster) and (forecaster.quantiles or isinstance(forecaster, CountForecaster)):
        raise InvalidInput("forecasters of quantiles and of counts cannot be exported yet: export another one.")
    made = Builder(dtype or "float64", dtype or "float64")
    window = Window(made, made.add(Row(out=made.value("x", forecaster.lookback))))
    if isinstance(forecaster, LinearForecaster):
        out = lower_linear(made, forecaster, window)
    else:
        out = lower_networks(made, forecaster, window)
    title = f"a forecast of {forecaster.horizon} steps from the last {forecaster.lookback}"
    return Program(tuple(made.steps), Outputs(out), made.dtype, title, (forecaster.lookback,))


class Window:
    """The steps that see a window from its own level."""

    def __init__(self, made: Builder, x: Value):
        self.made, self.x = made, x
        made.heading = "the mean of the past, and what is above or below it"
        self.level = self.mean(x, "level")
        self.d = made.apply(less, {"x": x, "level": self.again(self.level, x.size, "levels")}, "d")
        made.heading = "how far it swings: its standard deviation"
        variance = self.mean(made.apply(squared, {"d": self.d}, "squares"), "variance")
        self.sigma = made.apply(deviation, {"variance": variance, "level": self.level}, "sigma")

    def mean(self, x: Value, name: str) -> Value:
        """The mean of a row, one number."""
        share = self.made.constant(f"share_{name}", np.full((x.size, 1), 1.0 / x.size))
        return self.made.add(Product(out=self.made.value(name, 1), x=x, W=share, b=None))

    def again(self, x: Value, n: int, name: str) -> Value:
        """One number so many times."""
        return self.made.add(Take(out=self.made.value(name, n), x=x, places=(0,) * n))

    def standardized(self) -> Value:
        """The past in units of its standard deviation."""
        sigmas = self.again(self.sigma, self.x.size, "sigmas")
        return self.made.apply(shares, {"d": self.d, "sigma": sigmas}, "u")

    def forecast(self, outputs: Value, scaled: bool) -> Value:
        """Outputs in units of the series."""
        n = outputs.size
        self.made.heading = "back to the units of the series"
        given = {"outputs": outputs, "level": self.again(self.level, n, "level_ahead")}
        if not scaled:
            return self.made.apply(risen, given, "y")
        return self.made.apply(brought_back, given | {"sigma": self.again(self.sigma, n, "sigma_ahead")}, "y")


def lower_linear(made: Builder, forecaster: LinearForecaster, window: Window, number: int | None = None) -> Value:
    """The map of all series, or that of one."""
    if len(forecaster.maps) > 1 and number is None:
        raise InvalidInput(
            f'this forecaster has {len(forecaster.maps)} maps, one for each series: export one with channels="shared".'
        )
    scaled = forecaster.fitted().normalization == "standardized"
    if scaled:
        seen = window.standardized()
    else:
        parts = (window.d, window.sigma)
        seen = made.add(Join(out=made.value("seen", window.x.size + 1), parts=parts))
    made.heading = "the linear map"
    return window.forecast(mapped(made, seen, forecaster.maps[number or 0 if len(forecaster.maps) > 1 else 0]), scaled)


def lower_networks(made: Builder, forecaster: NetworkForecaster, window: Window) -> Value:
    """A network on standardised pasts, and the linear map beside it."""
    u = window.standardized()
    outputs = lower_network(made, forecaster.fitted(), u)
    if forecaster.skip is not None:
        made.heading = "the linear map"
        beside = mapped(made, u, forecaster.skip.W, forecaster.skip.b)
        outputs = made.apply(added, {"x": beside, "g": outputs}, "o")
    return window.forecast(outputs, scaled=True)


def mapped(made: Builder, x: Value, W: Array, b: Array | None = None) -> Value:
    """A product with the weights of a linear map."""
    bias = None if b is None else made.constant("b_map", b)
    return made.add(Product(out=made.value("ahead", W.shape[1]), x=x, W=made.constant("W_map", W), b=bias))
