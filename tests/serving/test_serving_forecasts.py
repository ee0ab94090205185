"""A service of a forecaster answers with what `predict` and `explain` say."""

import datetime as dt
from typing import Any

import pytest

import glassnet as gn
from glassnet.forecasting import Forecaster
from glassnet.serving.settings import Limits
from tests.serving.client import served

COLUMNS: dict[str, Any] = {"time": "date", "target": "sales", "series": "shop", "future": ["promo"]}
TABLE = gn.datasets.sales().to_polars()
KNOWN = TABLE.filter(TABLE["sales"].is_not_null() & (TABLE["date"].dt.year() == 2024))
AHEAD = TABLE.filter(TABLE["sales"].is_null())


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("forecaster") / "sales.safetensors"
    return Forecaster(28, model="linear", scale="log", coverage=0.8).fit(KNOWN, **COLUMNS).save(path)


@pytest.fixture(scope="module")
def client(saved):
    with served(saved, name="sales", limits=Limits(rows=200)) as service:
        yield service.client


def sent(frame):
    return [{**row, "date": row["date"].isoformat()} for row in frame.to_dicts()]


def test_forecasts_are_those_of_predict(client, saved):
    found = client.post("/predict", {"future": sent(AHEAD)})
    own = Forecaster.load(saved).predict(AHEAD)
    assert found["warnings"] == []
    assert found["predictions"][0].keys() == {"shop", "date", "forecast", "low_80", "high_80"}
    for one, row in zip(found["predictions"], sent(own), strict=True):
        assert one == pytest.approx(row)
    assert found["model"] == client.get("/version")["weights"][:12]


def test_rows_of_one_series_are_forecast_after(client, saved):
    known = KNOWN.filter(KNOWN["shop"] == "south").tail(20)
    found = client.post("/predict", {"history": sent(known), "future": sent(AHEAD)})["predictions"]
    assert {one["shop"] for one in found} == {"south"}
    own = Forecaster.load(saved).predict(AHEAD, history=known)
    assert [one["forecast"] for one in found] == pytest.approx(own["forecast"].to_list())


def test_the_parts_of_a_forecast_add_up(client, saved):
    asked = {"future": sent(AHEAD), "series": "north", "step": 3}
    found = client.post("/explain", asked)
    assert sum(found["contributions"].values()) == pytest.approx(found["total"])
    assert found["prediction"] == pytest.approx(Forecaster.load(saved).explain("north", 3, AHEAD).forecast)
    assert found["scale"] == "log"


def test_what_it_is_can_be_read(client):
    about = client.get("/model")
    assert (about["kind"], about["horizon"], about["frequency"], about["names"]) == (
        "forecaster", 28, "daily", ["north", "south"],
    )  # fmt: skip
    assert len(client.post("/predict", about["example"])["predictions"]) == 28
    document = client.get("/openapi.json")
    assert {"/predict", "/explain", "/health"} <= document["paths"].keys()
    assert document["components"]["schemas"]["History"]["required"] == ["shop", "date", "sales", "promo"]
    assert client.get("/health") == {"status": "ok"}
    assert "glassnet_rows_total" in client.get("/metrics")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "predict needs what is planned for 'promo': predict(future=table)."),
        ([], 400, 'the body must be an object with "history" or "future", got a list.'),
        ({"rows": []}, 400, 'the body has the field \'rows\', expected "history" or "future".'),
        ({"history": 3}, 400, '"history" must be a list of rows, got a number.'),
        ({"history": [{"shop": "north"}]}, 400, "\"history\": row 1 lacks columns that the model reads: 'date', 'sal"),
        ({"history": [{"shop": "a", "date": "2024-01-01", "sales": "many", "promo": 0}]}, 400, "column 'sales' holds"),
        ({"history": [{"shop": "a", "date": "soon", "sales": 1, "promo": 0}]}, 400, "the time column 'date' must hold"),
        (
            {"history": [{"shop": 7, "date": "2024-12-30", "sales": 1, "promo": 0}]},
            400,
            '"history": the series column ',
        ),
        ({"history": [{"shop": "north", "date": "2024-12-30", "sales": None, "promo": 0}]}, 400, "the target has no v"),
        ({"future": sent(AHEAD[:27])}, 400, "the future table does not cover the horizon: it has no value for"),
        ({"future": sent(AHEAD) * 4}, 413, "there are 224 rows, expected 200 at most: send several requests."),
        ({"future": sent(AHEAD) * 2}, 400, "'north' at 2024-12-31 comes twice"),
    ],
)
def test_wrong_requests_meet_one_sentence(client, body, status, said):
    found = client.refused("/predict", body)
    assert found[0] == status
    assert found[1].startswith(said)


def test_other_protocols_say_where_to_ask(client):
    for path in ("/invocations", "/v2/models/sales/infer"):
        assert client.refused(path, {"future": []}) == (
            404, "this service holds a forecaster, which answers at /predict and /explain.",
        )  # fmt: skip
    status, _, said = client.ask("GET", "/v2/models/sales")
    assert (status, set(said)) == (404, {"error"})
    assert client.refused("/explain", {"future": sent(AHEAD), "series": "nort"})[1].startswith("there is no series 'no")
    assert "step must be" in client.refused("/explain", {"future": sent(AHEAD), "series": "north", "step": 40})[1]


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """A service of two series that are named by numbers."""
    days = [dt.date(2024, 1, 1) + dt.timedelta(k) for k in range(60)]
    table = {"shop": [1, 2] * 60, "date": [day for day in days for _ in range(2)], "sales": [*range(120)]}
    forecaster = Forecaster(3, season=7, model="seasonal naive").fit(table, time="date", target="sales", series="shop")
    with served(forecaster.save(tmp_path_factory.mktemp("numbered") / "f.safetensors"), name="f") as service:
        yield service.client


def test_series_keep_names_that_are_numbers(numbered):
    def rows(*names):
        return {"history": [{"shop": name, "date": "2024-03-01", "sales": 5} for name in names]}

    for names in ((1, 3), ("1", 3)):
        assert {one["shop"] for one in numbered.post("/predict", rows(*names))["predictions"]} == {1, 3}
    for wrong, kind in (("new", "a text"), (1.5, "a number"), (True, "true or false")):
        said = f"the series column 'shop' holds {wrong!r} in row 2, {kind}, where a name such as 1 is expected."
        assert numbered.refused("/predict", rows(1, wrong)) == (400, f'"history": {said}')


def test_nothing_is_forecast_after_the_year_9999(numbered):
    last = {"history": [{"shop": 1, "date": "9999-12-31", "sales": 5}]}
    assert numbered.refused("/predict", last) == (
        400, "the steps that are asked for lie outside the years 1 to 9999, which dates are limited to.",
    )  # fmt: skip
