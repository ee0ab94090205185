"""Networks that see columns beside the target: what acts when, what may be known, and what is refused."""
# mypy: disable-error-code="arg-type, union-attr"

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.errors import InvalidInput, ModelFileError
from glassnet.forecasting import Forecaster, MLPForecaster, TiDEForecaster
from glassnet.forecasting.networks.covariates import Covariates, windows_of
from glassnet.forecasting.networks.gathering import Gathered
from glassnet.forecasting.networks.reading_covariates import covariates_of
from glassnet.forecasting.networks.standardizing import standardized
from glassnet.forecasting.windows import Windows

KINDS = [MLPForecaster, TiDEForecaster]
LOOKBACK, HORIZON, KNOWN, LATER, STEPS = 14, 7, 500, 620, 700
SETTINGS = {"season": 7, "penalty": 0.01, "units": 16, "epochs": 2, "learning_rate": 1e-3, "seed": 0}


def world(seed=0):
    """Two series; a promotion, three times as strong on two days of the week, and orders that are served a week later.

    The second series is ten times as large.
    """
    rng, t = np.random.default_rng(seed), np.arange(STEPS)
    promo, orders = (rng.random(STEPS) < 0.15).astype(float), rng.normal(0, 1, STEPS)
    added = promo * np.where(t % 7 >= 5, 18, 6) + 2 * np.roll(orders, HORIZON)
    size = np.array([1, 10])
    values = (50 + 5 * np.sin(2 * np.pi * t / 7) + added + rng.normal(0, 0.5, STEPS))[:, None] * size
    return values, promo[:, None], orders[:, None]


@pytest.fixture(scope="module")
def fits():
    """Both kinds of networks, fitted on values with columns beside them."""
    values, promo, orders = world()
    beside = {"future": promo[:LATER], "past": orders[:LATER], "static": np.array([[0.0], [1.0]])}
    return {
        kind: kind(HORIZON, LOOKBACK, **SETTINGS).fit(values[:KNOWN], validation=values[KNOWN:LATER], **beside)
        for kind in KINDS
    }


def asked(origin, promo=None):
    """The windows and columns of a forecast from one origin."""
    values, known, orders = world()
    promo = known if promo is None else promo
    begin = origin - LOOKBACK
    return {
        "windows": values[None, begin:origin],
        "future": promo[None, begin : origin + HORIZON],
        "past": orders[None, begin - HORIZON : origin],
    }


def test_a_network_learns_that_a_promotion_is_not_worth_the_same_on_all_days():
    rng, t = np.random.default_rng(0), np.arange(1000)
    promo, wave = (rng.random(1000) < 0.15).astype(float), 10 * np.sin(2 * np.pi * t / 7)
    values = 50 + wave + promo * np.where(t % 7 >= 5, 24, 6) + rng.normal(0, 1, 1000)
    settings = SETTINGS | {"epochs": 30, "units": 64, "learning_rate": 3e-3}
    model = TiDEForecaster(HORIZON, 28, **settings)
    model.fit(values[:800], validation=values[800:], future=promo[:, None])
    assert model.errors is not None
    assert model.errors[1] < 0.8 * model.errors[0]  # of the linear map and one effect


@pytest.mark.parametrize("kind", KINDS)
def test_columns_make_forecasts_better(kind, fits):
    values, _, _ = world()
    plain = kind(HORIZON, LOOKBACK, **SETTINGS).fit(values[:KNOWN], validation=values[KNOWN:LATER])
    errors = []
    for origin in range(LATER, STEPS - HORIZON, 3):
        call = asked(origin)
        truth = values[origin : origin + HORIZON]
        found = fits[kind].predict(**call)[0], plain.predict(call["windows"])[0]
        errors.append([((each - truth)[:, 0] ** 2).mean() for each in found])
    seen, unseen = np.mean(errors, axis=0)
    assert seen < 0.6 * unseen


@pytest.mark.parametrize("kind", KINDS)
def test_a_promotion_that_moves_by_a_step_moves_the_forecast_by_a_step(kind, fits):
    model, quiet = fits[kind], np.zeros((STEPS, 1))
    base = model.predict(**asked(LATER, quiet))[0]
    bumps = []
    for step in range(HORIZON):
        plan = quiet.copy()
        plan[LATER + step] = 1.0
        bumps.append(model.predict(**asked(LATER, plan))[0] - base)
    for step, bump in enumerate(bumps):
        others = np.delete(bump, step, axis=0)
        assert (bump[step] > 2 * np.abs(others).max(axis=0)).all(), step


@pytest.mark.parametrize("kind", KINDS)
def test_before_it_is_trained_a_network_has_one_effect_at_all_steps(kind):
    values, promo, _ = world()
    still = SETTINGS | {"learning_rate": 1e-12, "epochs": 1}
    model = kind(HORIZON, LOOKBACK, **still).fit(values[:KNOWN], future=promo[:KNOWN])
    base, moved = (model.predict(asked(LATER)["windows"], future=asked(LATER, p)["future"]) for p in (promo, promo + 3))
    np.testing.assert_allclose(moved, base, rtol=1e-6)  # also in the past: a level that is taken off and given back
    plan = promo.copy()
    plan[LATER + 2] += 1
    bump = model.predict(asked(LATER)["windows"], future=asked(LATER, plan)["future"]) - base
    np.testing.assert_allclose(bump[0, 2], model.effects[:, 0], rtol=1e-5)
    np.testing.assert_allclose(np.delete(bump[0], 2, axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(model.effects[1], 10 * model.effects[0], rtol=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_after_the_origin_is_read_but_what_is_planned(kind, fits):
    values, promo, orders = world()
    call, model = asked(LATER), fits[kind]
    expected = model.predict(**call)
    poison = [each.copy() for each in (values, promo, orders)]
    poison[0][LATER:], poison[1][LATER + HORIZON :], poison[2][LATER:] = 1e9, 1e9, 1e9
    begin = LATER - LOOKBACK
    found = model.predict(
        poison[0][None, begin:LATER],
        future=poison[1][None, : LATER + HORIZON],
        past=poison[2][None, :LATER],
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    planned = promo[LATER : LATER + HORIZON]
    np.testing.assert_allclose(model.forecast(future=planned), expected[0], rtol=1e-5)


def test_rows_hold_the_columns_of_their_windows():
    rng = np.random.default_rng(0)
    values = (rng.normal(size=30), rng.normal(size=25))
    around = Covariates(tuple(rng.normal(size=(len(each) + 3, 2)) for each in values), rng.normal(size=(2, 1)))
    gathered = Gathered(Windows(values, 6, 3, first=(0, 20)), np.ones(2), covariates=around)
    X = gathered.rows(np.arange(len(gathered)), np.dtype(np.float64)).X
    row = X[-1]  # the last window of the second series: steps 16 to 24
    np.testing.assert_allclose(row[:6], standardized(values[1][None, 16:22]).inputs[0])
    np.testing.assert_array_equal(row[6:24], around.known[1][16:25].T.ravel())
    np.testing.assert_array_equal(row[24:], around.static[1])
    np.testing.assert_array_equal(windows_of(around.known[0], np.array([2]), 4)[0], around.known[0][2:6].T.ravel())


def test_columns_that_are_known_no_further_act_a_horizon_later():
    both = covariates_of(np.arange(5.0)[:, None], np.arange(10.0, 15)[:, None], None, (5,), 2)
    np.testing.assert_array_equal(both.known[0], [[10, 0], [11, 0], [12, 0], [13, 1], [14, 2]])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda v, p, o: model().fit(v, future=p[:-1]), r"a row of columns for each of the 700 steps of series 0"),
        (lambda v, p, o: model().fit(v, future=[p]), "future must hold an array for each of the 2 series, got 1"),
        (lambda v, p, o: model().fit(v, past=p[:, 0]), r"past must be an array \(steps, columns\) for all series or"),
        (lambda v, p, o: model().fit([*v.T], future=[p, np.hstack([p, p])]), "1 of series 0, 2 of series 1"),
        (lambda v, p, o: model().fit(v, future=np.where(p > 0, np.nan, p)), "future of series 0 must be finite"),
        (lambda v, p, o: model().fit(v, static=[[1.0]]), r"static must be an array \(2 series, columns\)"),
        (lambda v, p, o: model().fit(v, future=np.full((700, 1), "x")), "future must be numbers, got <U1 such as 'x'"),
    ],
)
def test_wrong_columns_of_fit_meet_one_sentence(call, message):
    with pytest.raises(InvalidInput, match=message):
        call(*world())


def model():
    return TiDEForecaster(HORIZON, LOOKBACK, **SETTINGS)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"future": None}, r"predict needs future=, as fit had it: an array \(1, 21 steps, 1\)"),
        ({"past": np.ones((1, 20, 1))}, r"past must be \(1, at least 21 steps, 1 columns\)"),
        ({"future": np.ones((1, 21, 3))}, r"got \(1, 21, 3\)"),
        ({"future": np.full((1, 21, 1), np.inf)}, "future must be finite in its last 21 steps"),
        ({"windows": np.ones((1, 14, 3))}, "windows must have 2 channels, the series of fit"),
        ({"static": [[1.0], [2.0], [3.0]]}, r"static must be an array \(2 series, columns\)"),
    ],
)
def test_wrong_columns_of_predict_meet_one_sentence(change, message, fits):
    with pytest.raises(InvalidInput, match=message):
        fits[TiDEForecaster].predict(**(asked(LATER) | change))


def test_forecast_needs_what_is_planned(fits):
    with pytest.raises(InvalidInput, match=r"forecast needs future=, the columns of the 7 steps ahead"):
        fits[MLPForecaster].forecast()


@pytest.fixture(scope="module")
def shops():
    """A table of three shops in two regions, a promotion in turn, and a forecaster by a network."""
    values, promo, orders = world()
    days = pl.date_range(pl.date(2023, 1, 1), pl.date(2023, 6, 30), eager=True)
    frames = [
        pl.DataFrame({"day": days, "shop": f"shop {k}", "region": "ab"[k % 2]}).with_columns(
            promo=promo[k : k + len(days), 0], orders=orders[k : k + len(days), 0], sales=values[k : k + len(days), 0]
        )
        for k in range(3)
    ]
    table = pl.concat(frames)
    last = days[-HORIZON - 1]
    known, plan = table.filter(pl.col("day") <= last), table.filter(pl.col("day") > last).drop("sales", "orders")
    named = {"time": "day", "target": "sales", "series": "shop"}
    beside = {"future": ["promo"], "past": ["orders"], "static": ["region"]}
    forecaster = Forecaster(HORIZON, model="tide", scale="as they are", season=7)
    return forecaster.fit(known, **named, **beside), known, plan


def test_a_table_with_columns_is_forecast_by_a_network_that_sees_them(shops, tmp_path):
    forecaster, known, plan = shops
    network = forecaster.fitted.model.network
    assert network.n_known == 2 and len(network.standard.mean) == 2 + 2  # two columns of each step, two regions
    found = forecaster.predict(plan)
    loaded = gn.load(forecaster.save(tmp_path / "shops.safetensors"))
    assert loaded.predict(plan).equals(found)
    assert loaded.fitted.model.sees_columns
    network.n_known = 5
    forecaster.save(tmp_path / "wrong.safetensors")
    network.n_known = 2
    with pytest.raises(ModelFileError, match="means and spreads of columns must be as many"):
        gn.load(tmp_path / "wrong.safetensors")
    more = plan.with_columns(promo=pl.col("promo") + (pl.col("day") == plan["day"].max()))
    moved = forecaster.predict(more)["forecast"] - found["forecast"]
    last = (found["day"] == plan["day"].max()).to_numpy()
    assert moved.to_numpy()[last].min() > 2 * np.abs(moved.to_numpy()[~last]).max()
    assert forecaster.predict(plan, history=known).equals(found)


def test_poison_after_the_origin_changes_no_forecast_of_a_table(shops):
    forecaster, _, _ = shops
    _, panel, fitted = forecaster.known()
    k, origin = 1, 120
    values, columns = panel.values[k].copy(), panel.future[k].copy()
    values[origin:], columns[origin + HORIZON :] = 1e9, 1e9
    poisoned = panel.of([k])
    one = fitted.ahead(panel, k, np.array([origin])).forecast
    object.__setattr__(poisoned, "values", (values,))
    object.__setattr__(poisoned, "future", (columns,))
    np.testing.assert_array_equal(fitted.ahead(poisoned, 0, np.array([origin])).forecast, one)
