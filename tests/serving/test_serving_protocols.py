"""The protocols of KServe and MLflow, the counts for Prometheus, and the page."""

import json
import re
from typing import Any

import numpy as np
import pytest

from glassnet.serving.metrics import Metrics
from glassnet.serving.unusual import UNSEEN, Unusual
from tests.serving.client import served
from tests.serving.conftest import as_json

DATATYPES = {"age": "FP64", "town": "BYTES", "größe": "FP64", "job": "BYTES", "since": "BYTES", "member": "BOOL"}


def tensors(rows, names):
    return [
        {"name": name, "shape": [len(rows), 1], "datatype": DATATYPES[name], "data": [row[name] for row in rows]}
        for name in names
    ]


def test_the_open_inference_protocol_gives_what_predict_gives(classes, models, frame):
    model, names = models["classes"], models["classes"].encoder.columns
    rows = as_json(frame[:5], names)
    said = classes.post("/v2/models/buyers/infer", {"id": "7", "inputs": tensors(rows, names)})
    assert (said["model_name"], said["id"]) == ("buyers", "7")
    outputs = {output["name"]: output for output in said["outputs"]}
    assert outputs["prediction"]["data"] == model.predict(frame[:5]).tolist()
    assert outputs["prediction"] | {"data": []} == {"name": "prediction", "shape": [5], "datatype": "BYTES", "data": []}
    found = np.reshape(outputs["probabilities"]["data"], outputs["probabilities"]["shape"])
    np.testing.assert_allclose(found, model.outputs(frame[:5]), rtol=1e-12)
    asked = {"inputs": tensors(rows, names), "outputs": [{"name": "prediction"}]}
    version = said["model_version"]
    only = classes.post(f"/v2/models/buyers/versions/{version}/infer", asked)["outputs"]
    assert [output["name"] for output in only] == ["prediction"]


def test_intervals_and_networks_in_the_open_inference_protocol(numbers, network, models, frame):
    model = models["numbers"]
    rows = as_json(frame[:4], model.encoder.columns)
    said = numbers.post("/v2/models/model/infer", {"inputs": tensors(rows, model.encoder.columns)})
    outputs = {output["name"]: np.reshape(output["data"], output["shape"]) for output in said["outputs"]}
    np.testing.assert_allclose(outputs["prediction"], model.predict(frame[:4]), rtol=1e-12)
    np.testing.assert_allclose(outputs["interval"], model.predict_interval(frame[:4]), rtol=1e-12)
    X = [[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]]
    for data in (X, [1, 2, 3, 4, 4, 3, 2, 1]):
        one = {"name": "input", "shape": [2, 4], "datatype": "FP32", "data": data}
        (output,) = network.post("/v2/models/model/infer", {"inputs": [one]})["outputs"]
        assert output["shape"] == [2, 3]
        np.testing.assert_allclose(np.reshape(output["data"], (2, 3)), models["network"].predict(X), rtol=1e-6)


def test_metadata_and_health(classes, network):
    assert classes.get("/v2/health/live") == {"live": True}
    assert classes.get("/v2/health/ready") == {"ready": True}
    assert classes.get("/v2/models/buyers/ready") == {"name": "buyers", "ready": True}
    assert classes.get("/v2")["name"] == "glassnet"
    about = classes.get("/v2/models/buyers")
    assert [each["name"] for each in about["inputs"]] == list(DATATYPES)
    assert [each["name"] for each in about["outputs"]] == ["prediction", "probabilities"]
    assert network.get("/v2/models/model")["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 4]}]
    assert classes.get("/health") == {"status": "ok"} == classes.get("/ping")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"datatype": "FP8"}, "input 'age' needs a \"datatype\" among BOOL, INT8"),
        ({"shape": [2]}, "input 'age' has 1 values, and its shape [2] asks for another number."),
        ({"shape": [-1]}, "input 'age' needs a \"shape\" of whole numbers above 0, such as [1, 1], got [-1]."),
        ({"shape": [10**30]}, "input 'age' has 1 values, and its shape"),
        ({"data": ["x"]}, "input 'age' is of FP64, so its data must be numbers, got 'x'."),
        (
            {"data": None},
            'input \'age\' needs "data" as a list, or a "binary_data_size" among its "parameters", got null.',
        ),
        ({"name": "agee"}, "the data lacks columns that the model reads: 'age' (did you mean 'agee'?)."),
        ({"name": 3}, 'input 1 needs a "name", got a number.'),
        ({"more": 3}, "input 1 has the field 'more', expected"),
    ],
)
def test_tensors_that_do_not_fit_meet_one_sentence(classes, models, frame, change, said):
    names = models["classes"].encoder.columns
    first, *rest = tensors(as_json(frame[1:2], names), names)
    status, found = classes.refused("/v2/models/buyers/infer", {"inputs": [{**first, **change}, *rest]})
    assert status == 400
    assert found.startswith(said)


def as_bytes(rows, names):
    """(the JSON part, the bytes behind it) of a request, as the clients of Triton and KServe make them by default."""
    inputs, parts = [], []
    for each in tensors(rows, names):
        values = each.pop("data")
        if each["datatype"] == "BYTES":
            texts = [("" if value is None else value).encode() for value in values]
            part = b"".join(len(text).to_bytes(4, "little") + text for text in texts)
        elif each["datatype"] == "BOOL":
            part = np.array(values, "?").tobytes()
        else:
            part = np.array([np.nan if value is None else value for value in values], "<f8").tobytes()
        inputs.append(each | {"parameters": {"binary_data_size": len(part)}})
        parts.append(part)
    more = {"id": "7", "model_name": "buyers", "parameters": {"binary_data_output": True}}
    return json.dumps({"inputs": inputs, **more}).encode(), b"".join(parts)


def with_length(n, kind="application/octet-stream"):
    return {"Inference-Header-Content-Length": str(n), "Content-Type": kind}


def test_tensors_may_be_bytes_behind_the_json(classes, network, models, frame):
    model, names = models["classes"], models["classes"].encoder.columns
    head, rest = as_bytes(as_json(frame[:12], names), names)
    for path in ("/v2/models/buyers/infer", f"/v2/models/buyers/versions/{classes.get('/version')['weights']}/infer"):
        status, _, said = classes.ask("POST", path, head + rest, with_length(len(head)))
        assert status == 200, said
        assert said["outputs"][0]["data"] == model.predict(frame[:12]).tolist()
    X = np.arange(8, dtype="<f4").reshape(2, 4)
    one = {"name": "x", "shape": [2, 4], "datatype": "FP32", "parameters": {"binary_data_size": 32}}
    head = json.dumps({"inputs": [one]}).encode()
    said = network.ask(
        "POST", "/v2/models/model/infer", head + X.tobytes(), with_length(len(head), "application/json")
    )[2]
    found = np.reshape(said["outputs"][0]["data"], (2, 3))
    np.testing.assert_allclose(found, models["network"].predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "more", "content", "said"),
    [
        ({"binary_data_size": 17}, {}, b"0" * 16, "input 'x' needs a 'binary_data_size' of the 16 bytes that are left"),
        ({"binary_data_size": -1}, {}, b"0" * 16, "input 'x' needs a 'binary_data_size' of the 16 bytes that are left"),
        ({"binary_data_size": 15}, {}, b"0" * 15, "input 'x' is of FP32, so its bytes must be a multiple of 4."),
        ({"binary_data_size": 12}, {}, b"0" * 12, "input 'x' has 3 values, and its shape [1, 4] asks for another"),
        ({"binary_data_size": 16}, {}, b"0" * 17, "1 bytes are left behind the JSON part, which no input has taken."),
        ({"binary_data_size": 16}, {"data": [1, 2, 3, 4]}, b"0" * 16, "input 'x' needs \"data\" as a list, or a"),
        ({}, {}, b"", 'input \'x\' needs "data" as a list, or a "binary_data_size"'),
        (
            {"binary_data_size": 5}, {"datatype": "BYTES"}, b"\2\0\0\0a",
            "input 'x' is of BYTES, but a text in it is longer than the bytes that there are.",
        ),
        ({"binary_data_size": 3}, {"datatype": "BYTES"}, b"\2\0\0", "input 'x' is of BYTES, but a text in"),
        (
            {"binary_data_size": 6}, {"datatype": "BYTES"}, b"\2\0\0\0\xff\xff",
            "input 'x' is of BYTES, but a text in it is not UTF-8.",
        ),
    ],
)  # fmt: skip
def test_bytes_that_do_not_fit_meet_one_sentence(network, parameters, more, content, said):
    one = {"name": "x", "shape": [1, 4], "datatype": "FP32", "parameters": parameters, **more}
    head = json.dumps({"inputs": [one]}).encode()
    status, found = network.refused("/v2/models/model/infer", head + content, with_length(len(head)))
    assert status == 400
    assert found.startswith(said)


def test_a_length_of_the_json_part_that_does_not_fit(network):
    for length in ("-1", "x", "99999", "9" * 30, ""):
        status, said = network.refused("/v2/models/model/infer", b"{}", with_length(length))
        assert (status, said) == (400, "Inference-Header-Content-Length must be a number of bytes, 2 at most.")
    assert network.refused("/v2/models/model/infer", b"{}", {"Content-Type": "application/octet-stream"})[0] == 415


def test_no_other_model_or_version_is_served(classes):
    body: dict[str, Any] = {"inputs": []}
    assert classes.refused("/v2/models/other/infer", body) == (
        404,
        "there is no model 'other' here; the model is 'buyers'.",
    )
    assert classes.refused("/v2/models/buyers/versions/1/infer", body)[0] == 404
    others: list[dict[str, Any]] = [{"model_name": "other"}, {"model_version": "1"}, {"model_name": {}}]
    for named in others:
        assert classes.refused("/v2/models/buyers/infer", body | named)[0] == 404
    assert classes.refused("/v2/models/..%2F..%2Fetc/infer", body)[0] == 404
    assert classes.refused("/v2/models/buyers/infer", body)[0] == 400


def test_each_form_of_mlflow_gives_the_predictions(classes, models, frame):
    model, names = models["classes"], models["classes"].encoder.columns
    rows = as_json(frame[:5], names)
    lists = [[row[name] for name in reversed(names)] for row in rows]
    split = {"columns": list(reversed(names)), "index": [0, 1, 2, 3, 4], "data": lists}
    columns = {name: [row[name] for row in rows] for name in names}
    bodies: list[dict[str, Any]] = [
        {"dataframe_split": split},
        {"dataframe_records": rows},
        {"instances": rows},
        {"inputs": columns},
        {"inputs": {name: [[value] for value in values] for name, values in columns.items()}},
    ]
    for body in bodies:
        assert classes.post("/invocations", body) == {"predictions": model.predict(frame[:5]).tolist()}


def test_mlflow_on_a_bare_network(network, models):
    X = [[1.0, 2.0, 3.0, 4.0]]
    split = {"columns": [0, 1, 2, 3], "data": X}
    bodies: list[dict[str, Any]] = [{"instances": X}, {"inputs": X}, {"dataframe_split": split}]
    for body in bodies:
        np.testing.assert_allclose(
            network.post("/invocations", body)["predictions"], models["network"].predict(X), rtol=1e-6
        )
    said = "a bare network takes rows as lists of numbers, got columns named 'a'."
    assert network.refused("/invocations", {"inputs": {"a": [1]}}) == (400, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, 'the body must have one of "dataframe_split"'),
        ([], 'the body must be an object with "dataframe_split"'),
        ({"instances": [], "inputs": []}, "the body must have one of"),
        ({"instances": []}, "there are no rows to predict."),
        ({"inputs": {}}, "there are no rows to predict."),
        ({"dataframe_records": {}}, '"dataframe_records" must be a list, got an object.'),
        ({"dataframe_split": []}, '"dataframe_split" must be an object with "columns", "index" or "data", got a list.'),
        ({"dataframe_split": {"columns": [1], "data": [[1]]}}, "the columns must be different texts, got [1]."),
        ({"dataframe_split": {"columns": ["a"], "data": [[1]]}}, "the data lacks columns that the model reads: "),
        ({"inputs": {"age": [1], "town": ["a", "b"]}}, "the data lacks columns"),
        ({"instances": [[1]], "params": {"a": 1}}, 'this model does not support "params".'),
    ],
)
def test_invocations_that_are_no_rows_meet_one_sentence(classes, body, said):
    status, found = classes.refused("/invocations", body)
    assert status == 400
    assert found.startswith(said)


def test_counts_are_in_the_format_of_prometheus(files, models, frame):
    names = models["classes"].encoder.columns
    rows = as_json(frame[:4], names)
    rows[1]["town"], rows[2]["town"], rows[3]["age"], rows[0]["age"] = "Bonn", "Bern", 900, None
    with served(files["classes"]) as service:
        before = service.client.get("/metrics")
        service.client.post("/predict", {"rows": rows})
        service.client.refused("/predict", b"{")
        service.client.ask("GET", "/no/such/path")
        text = service.client.get("/metrics")
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert values['glassnet_rows_total{worker="0"}'] == "4"
    assert values['glassnet_unseen_values_total{column="town",worker="0"}'] == "2"
    assert values['glassnet_out_of_range_values_total{column="age",worker="0"}'] == "1"
    assert values['glassnet_missing_values_total{column="age",worker="0"}'] == "1"
    assert values['glassnet_requests_total{path="/predict",status="200",worker="0"}'] == "1"
    assert values['glassnet_requests_total{path="/predict",status="400",worker="0"}'] == "1"
    assert values['glassnet_requests_total{path="other",status="404",worker="0"}'] == "1"
    assert (
        values['glassnet_request_seconds_bucket{le="+Inf",worker="0"}']
        == values['glassnet_request_seconds_count{worker="0"}']
        == "4"
    )
    assert 'glassnet_rows_total{worker="0"} 0' in before
    line = re.compile(r'(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+)')
    assert all(line.fullmatch(each) for each in text.splitlines())


def test_buckets_hold_all_that_is_not_longer_and_labels_are_escaped():
    metrics = Metrics(3)
    for seconds in (0.0001, 0.001, 0.0011, 99.0):
        metrics.answered("/predict", 200, seconds)
    metrics.predicted(1, [Unusual(0, 'a "b"\n', UNSEEN)])
    text = metrics.text("m", "w")
    assert 'glassnet_request_seconds_bucket{le="0.001",worker="3"} 2\n' in text
    assert 'glassnet_request_seconds_bucket{le="10.0",worker="3"} 3\n' in text
    assert 'column="a \\"b\\"\\n"' in text


def test_the_page_runs_nothing_but_its_own_script(classes):
    status, headers, page = classes.ask("GET", "/")
    assert status == 200
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert page.count("<script>") == page.count("<style>") == 1
    assert not re.search(
        r"""\s(src|href|style|on\w+)=["']""", page
    )  # nothing from elsewhere, nothing the policy forbids
    assert "innerHTML" not in page


def test_the_openapi_document_says_what_each_path_takes(classes):
    document = classes.get("/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert {"/predict", "/explain", "/invocations", "/metrics", "/v2/models/buyers/infer"} <= set(document["paths"])
    by_name, by_place = document["components"]["schemas"]["Row"]["anyOf"]
    assert by_name["required"] == list(DATATYPES)
    assert len(by_place["prefixItems"]) == by_place["minItems"] == len(DATATYPES)
    for ref in re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)):
        assert ref in document["components"]["schemas"]
