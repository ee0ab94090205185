"""From a forecaster to a program: a past of one series in a row, what follows in the outputs."""

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.exports.builder import Builder
from glassnet.exports.lowering import lower_network
from glassnet.exports.program import Join, Outputs, Product, Program, Row, Take, Value
from glassnet.forecasting.linear import LinearForecaster
from glassnet.forecasting.networks.counts import LEAST, LEAST_SHARE, CountForecaster
from glassnet.forecasting.networks.covariate_forecaster import CovariateForecaster
from glassnet.forecasting.networks.network_forecaster import NetworkForecaster
from glassnet.formulas.elementary import Array
from glassnet.formulas.prediction.arithmetic import added
from glassnet.formulas.prediction.windows import brought_back, deviation, less, log_rate, risen, shares, squared

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
    check_exported(forecaster)
    made = Builder(dtype or "float64", dtype or "float64")
    window = Window(made, made.add(Row(out=made.value("x", forecaster.lookback))))
    if isinstance(forecaster, LinearForecaster):
        out = lower_linear(made, forecaster, window)
    else:
        out = lower_any_network(made, forecaster, window)
    title = f"a forecast of {forecaster.horizon} steps from the last {forecaster.lookback}"
    outputs = Outputs(out)
    return Program(made.steps_to(outputs), outputs, made.dtype, title, (forecaster.lookback,))


def check_exported(forecaster: ArrayForecaster) -> None:
    """Refuse forecasters that give other than one number for each step, or see more than the past."""
    if isinstance(forecaster, CovariateForecaster) and forecaster.quantiles:
        raise InvalidInput("forecasters of quantiles cannot be exported: export one of the forecast alone.")
    if isinstance(forecaster, CovariateForecaster) and forecaster.standard.mean.size:
        raise InvalidInput(
            "a network that sees columns beside the target is exported as part of a `Forecaster` of a table: fit one."
        )


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


def lower_any_network(
    made: Builder, forecaster: NetworkForecaster, window: Window, beside: tuple[Value, ...] = ()
) -> Value:
    """A network of counts, or one on standardised pasts."""
    if isinstance(forecaster, CountForecaster):
        return lower_counts(made, forecaster, window)
    return lower_networks(made, forecaster, window, beside)


def lower_counts(made: Builder, forecaster: CountForecaster, window: Window) -> Value:
    """A network on the standardised past and the logarithm of what the linear map forecasts; rates come out."""
    assert forecaster.skip is not None, "counts begin with a linear map"
    u = window.standardized()
    made.heading = "the linear map"
    ahead = window.forecast(mapped(made, u, forecaster.skip.W, forecaster.skip.b), scaled=True)
    made.heading = "its logarithm, kept above a share of the mean of the past"
    level = window.again(window.level, ahead.size, "level_of_rates")
    least = {"share": LEAST_SHARE, "least": LEAST}
    rates = made.apply(log_rate, {"ahead": ahead, "level": level, **least}, "log_rates")
    x = made.add(Join(out=made.value("all_inputs", u.size + rates.size), parts=(u, rates)))
    return lower_network(made, forecaster.fitted(), x)


def lower_networks(
    made: Builder, forecaster: NetworkForecaster, window: Window, beside: tuple[Value, ...] = ()
) -> Value:
    """A network on standardised pasts and what it sees beside them, and the linear map beside it."""
    u = x = window.standardized()
    if beside:
        parts = (u, *beside)
        x = made.add(Join(out=made.value("all_inputs", sum(each.size for each in parts)), parts=parts))
    outputs = lower_network(made, forecaster.fitted(), x)
    if forecaster.skip is not None:
        made.heading = "the linear map"
        straight = mapped(made, u, forecaster.skip.W, forecaster.skip.b)
        outputs = made.apply(added, {"x": straight, "g": outputs}, "o")
    return window.forecast(outputs, scaled=True)


def mapped(made: Builder, x: Value, W: Array, b: Array | None = None) -> Value:
    """A product with the weights of a linear map."""
    bias = None if b is None else made.constant("b_map", b)
    return made.add(Product(out=made.value("ahead", W.shape[1]), x=x, W=made.constant("W_map", W), b=bias))
