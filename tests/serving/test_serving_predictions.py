"""What a service answers is what `predict` says, for every way in which rows can be written."""

import numpy as np
import pytest

import glassnet as gn
from tests.serving.conftest import as_json


def test_classes_and_probabilities_are_those_of_predict(classes, models, frame):
    model, rows = models["classes"], frame[:40]
    sent = as_json(rows, model.encoder.columns)
    answers = classes.post("/predict", {"rows": sent})["predictions"]
    assert [one["prediction"] for one in answers] == model.predict(rows).tolist()
    found = [[one["probabilities"][name] for name in model.target.names] for one in answers]
    np.testing.assert_allclose(found, model.outputs(rows), rtol=1e-12, atol=0)


def test_one_row_by_name_by_position_and_in_a_list_has_the_same_answer(classes, models, frame):
    names = models["classes"].encoder.columns
    (row,) = as_json(frame[:1], names)
    one = classes.post("/predict", {"row": row})
    assert set(one) == {"prediction", "probabilities", "warnings", "model"}
    by_place = classes.post("/predict", {"row": [row[name] for name in names]})
    many = classes.post("/predict", [dict(reversed(row.items()))])
    assert one == by_place == {**many["predictions"][0], "model": many["model"]}


def test_numbers_come_with_the_interval_of_predict_interval(numbers, models, frame):
    model, rows = models["numbers"], frame[:30]
    sent = as_json(rows, model.encoder.columns)
    for coverage in (None, 0.5):
        asked = {"rows": sent} | ({} if coverage is None else {"coverage": coverage})
        answers = numbers.post("/predict", asked)["predictions"]
        np.testing.assert_allclose([one["prediction"] for one in answers], model.predict(rows), rtol=1e-12)
        ends = [[one["interval"]["low"], one["interval"]["high"]] for one in answers]
        np.testing.assert_allclose(ends, model.predict_interval(rows, coverage), rtol=1e-12)
        assert {one["interval"]["coverage"] for one in answers} == {coverage or 0.9}


def test_a_bare_network_gives_its_outputs(network, models):
    X = gn.datasets.iris().X[:5]
    answers = network.post("/predict", {"rows": X.tolist()})["predictions"]
    np.testing.assert_allclose([one["prediction"] for one in answers], models["network"].predict(X), rtol=1e-6)


def test_the_rows_of_training_may_stand_there_whole(classes, models, frame):
    row = as_json(frame[:1], models["classes"].encoder.columns)[0]
    assert classes.post("/predict", {"row": {**row, "buys": "no"}}) == classes.post("/predict", {"row": row})


def test_a_row_is_answered_the_same_whatever_rows_are_beside_it(classes, models, frame):
    """Texts and numbers in one column are read apart, each as if it came alone."""
    rows = as_json(frame[:6], models["classes"].encoder.columns)
    rows[1]["age"], rows[2]["age"], rows[3]["age"], rows[4]["town"] = "41", None, True, 3.5
    together = classes.post("/predict", {"rows": rows})["predictions"]
    apart = [classes.post("/predict", {"rows": [row]})["predictions"][0] for row in rows]
    assert [one["prediction"] for one in together] == [one["prediction"] for one in apart]
    for one, other in zip(together, apart, strict=True):
        assert one["warnings"] == other["warnings"]
        assert one["probabilities"] == pytest.approx(other["probabilities"], rel=1e-9)


def test_unusual_values_are_told(classes, models, frame):
    row = as_json(frame[1:2], models["classes"].encoder.columns)[0]
    assert classes.post("/predict", {"row": row})["warnings"] == []
    odd = {**row, "age": None, "größe": 400, "town": "Bonn", "job": "?", "since": "2031-05-01", "member": None}
    said = classes.post("/predict", {"row": odd})["warnings"]
    found = {warning.partition(":")[0]: warning.partition(": ")[2] for warning in said}
    assert "age" not in found  # some had none in training
    assert found["town"] == "'Bonn' was not in training"
    assert found["größe"].startswith("400 is above ") and found["größe"].endswith(", the largest value in training")
    assert found["since"].startswith("2031-05-01 is above 2022-") and found["since"].endswith(
        ", the last value in training"
    )
    assert found["member"] == "missing, and in training it never was"
    assert found["job"] == "'?' is read as missing"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (
            {"row": {}},
            400,
            "row 1 lacks columns that the model reads: 'age', 'town', 'größe', 'job', 'since' and 1 more.",
        ),
        (
            {"row": [1, 2]},
            400,
            "row 1 has 2 values, expected 6 in the order 'age', 'town', 'größe', 'job', 'since' and 1 more.",
        ),
        ({"rows": []}, 400, "there are no rows to predict."),
        ({"rows": 3}, 400, '"rows" must be a list of rows, got a number.'),
        ({"rows": [3]}, 400, "row 1 must be an object or a list of values, got 3."),
        ({"row": 1, "rows": []}, 400, 'the body has both "row" and "rows": send one of them.'),
        ({"row": {}, "rwo": 1}, 400, 'the body has the field \'rwo\', expected "row", "rows" or "coverage".'),
        ({"age": 3}, 400, 'the body must be {"row": …} or {"rows": […]}, got an object with \'age\'.'),
        ("x", 400, 'the body must be {"row": …} or {"rows": […]}, got a text.'),
        (b"{", 400, "the body is not JSON: Expecting property name enclosed in double quotes"),
        (b"", 400, "the body is empty: expected a JSON document, as /openapi.json describes it."),
        (b'{"row": [-Infinity]}', 400, "the body is not JSON: -Infinity is not a JSON number."),
        (b"\xff", 400, "the body is not JSON: it is not UTF-8 text."),
        (b'{"row": 1, "row": 2}', 400, "the body is not JSON: the field 'row' occurs twice."),
        (b"[" * 100_000, 413, "the body holds 100,000 lists and objects, expected 10,100 at most: send fewer rows."),
        (b"[" * 50 + b"]" * 50, 400, "the body nests lists and objects 50 deep, expected 16 at most."),
        (b'{"row": ' + b"9" * 5000 + b"}", 400, "the body is not JSON: a number has too many digits."),
    ],
)
def test_bodies_that_are_no_rows_meet_one_sentence(classes, body, status, said):
    found = classes.refused("/predict", body)
    assert found[0] == status
    assert found[1].startswith(said)
    assert len(found[1]) <= 500


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agee": 3}, "row 1 has a column 'agee' that the model does not know (did you mean 'age'?)."),
        ({"age": [1]}, "column 'age' holds a list in row 1, expected one value."),
        ({"age": {}}, "column 'age' holds an object in row 1, expected one value."),
        ({"age": 10**400}, "column 'age' holds an integer beyond 1e300 in row 1."),
        ({"age": "old"}, "column 'age' holds 'old' in row 1, where a number is expected."),
        ({"since": "soon"}, "column 'since' holds 'soon' in row 1, where a date is expected."),
        ({"age": "\ud800"}, "column 'age' holds '\\ud800' in row 1, where a number is expected."),
    ],
)
def test_values_that_cannot_be_read_meet_one_sentence(classes, models, frame, change, said):
    row = as_json(frame[1:2], models["classes"].encoder.columns)[0]
    assert classes.refused("/predict", {"row": {**row, **change}}) == (400, said)
    second = classes.refused("/predict", {"rows": [row, {**row, **change}]})[1]
    assert second == said.replace("row 1", "row 2")


def test_the_row_that_is_wrong_is_named_by_its_number_among_all(classes, models, frame):
    rows = as_json(frame[:3], models["classes"].encoder.columns)
    rows[0]["age"], rows[1]["age"], rows[2]["age"] = 3, "4", "old"
    assert classes.refused("/predict", {"rows": rows})[1].startswith("column 'age' holds 'old' in row 3,")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[1, 2, 3]], "row 1 has 3 values, expected 4."),
        ([[1, 2, 3, 4], {"a": 1}], "row 2 must be a list of numbers for a bare network, got {'a': 1}."),
        ([[1, 2, 3, "4"]], "rows must be lists of 4 numbers, got others: a text, null, or another length."),
        ([[1, 2, 3, None]], "rows must be lists of 4 numbers"),
        ([[1, 2, 3, [4]]], "rows must be lists of 4 numbers"),
        ([[1, 2, 3, 1e39]], "x must be finite in float32; it holds 1e+39 at row 0, column 3"),
    ],
)
def test_rows_that_a_network_cannot_read_meet_one_sentence(network, rows, said):
    status, found = network.refused("/predict", {"rows": rows})
    assert status == 400
    assert found.startswith(said)


def test_intervals_are_refused_where_there_are_none(classes, network, models, frame):
    row = as_json(frame[:1], models["classes"].encoder.columns)[0]
    said = '"coverage" is for intervals, which this model has not: leave it out.'
    assert classes.refused("/predict", {"row": row, "coverage": 0.9}) == (400, said)
    assert network.refused("/predict", {"row": [1, 2, 3, 4], "coverage": 0.9})[0] == 400


@pytest.mark.parametrize("coverage", [0, 1, -1, "0.9", True, [], 10**400])
def test_a_coverage_is_a_probability(numbers, models, frame, coverage):
    row = as_json(frame[:1], models["numbers"].encoder.columns)[0]
    status, said = numbers.refused("/predict", {"row": row, "coverage": coverage})
    assert status == 400
    assert "coverage" in said


def test_explanations_are_the_contributions_of_the_model(classes, numbers, network, models, frame):
    for client, name in ((classes, "classes"), (numbers, "numbers")):
        model, rows = models[name], frame[:2]
        found = client.post("/explain", {"rows": as_json(rows, model.encoder.columns)})["explanations"]
        expected = model.contributions(rows)
        for k, one in enumerate(found):
            values = [v if name == "numbers" else list(v.values()) for v in one["contributions"].values()]
            np.testing.assert_allclose(values, expected.values[k], rtol=1e-9, atol=1e-12)
            assert one["prediction"] == pytest.approx(model.predict(rows)[k].item())
    one = network.post("/explain", {"row": [5.1, 3.5, 1.4, 0.2]})
    total = np.sum(one["contributions"], axis=0) + one["baseline"]
    np.testing.assert_allclose(total, one["prediction"], atol=one["error"] + 1e-6)
    assert classes.refused("/explain", {"rows": [{}] * 101})[0] == 413
    (row,) = as_json(frame[1:2], models["classes"].encoder.columns)
    odd = {**row, "town": "\ud800"}
    assert classes.post("/predict", {"row": odd})["warnings"] == ["town: '\\ud800' was not in training"]
    said = "row 1 holds half of a surrogate pair, which is not text."
    assert classes.refused("/explain", {"row": odd}) == (400, said)
    assert classes.post("/explain", {"row": {**row, "age": 10**30, "größe": "170", "member": None}})["prediction"]


def test_what_is_served_is_described(classes, numbers, network, models, frame):
    about = classes.get("/model")
    assert (about["name"], about["kind"], about["classes"]) == ("buyers", "table", ["no", "yes"])
    columns = {column["name"]: column for column in about["columns"]}
    assert columns["town"]["levels"] == ["Oslo", "Rome", "Łódź"]
    assert columns["since"]["low"].startswith("2020-01-")
    example = {name: column["example"] for name, column in columns.items()}
    assert classes.post("/predict", {"row": example})["prediction"] in ("no", "yes")
    document = classes.get("/openapi.json")
    assert classes.post(
        "/predict", document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["example"]
    )
    assert network.get("/model")["input_shape"] == [4]
    assert numbers.get("/model")["coverage"] == 0.9
    assert network.get("/openapi.json")["components"]["schemas"]["Row"]["minItems"] == 4
    assert classes.get("/version")["glassnet"] == gn.__version__


def test_equal_weights_have_one_hash_and_others_another(files, tmp_path):
    from glassnet.serving.served import hash_of

    nets = [gn.Network([gn.Dense(2)]).build(3, seed=seed) for seed in (0, 0, 1)]
    assert hash_of(nets[0]) == hash_of(nets[1]) != hash_of(nets[2])
    assert hash_of(gn.Network.load(nets[0].save(tmp_path / "m.safetensors"))) == hash_of(nets[0])
