"""The commands of a page, by a real WebSocket, beside the library's own numbers."""

import json
import re
import struct
from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.playing.building import network_of, settings_of
from glassnet.playing.rows import BUNDLED, rows_of
from glassnet.playing.scene import DataOfScene, Scene
from glassnet.playing.web.framing import packed, unpacked
from tests.playing.client import array

SCENE = Scene().changed({"layers": [{"units": 3}], "data": {"name": "xor"}, "training": {"engine": "numpy"}})


def trained(epochs, scene=SCENE):
    rows = rows_of(scene.data)
    net = network_of(scene, rows)
    history = net.fit(rows.X, rows.y, epochs=epochs, **settings_of(scene, rows))
    return net, rows, history


def test_hello_tells_what_can_be_chosen_and_the_scene(page):
    answer = page.ask("hello", protocol=1)
    assert {each["name"] for each in answer["choices"]["data"]} == set(BUNDLED)
    assert "relu" in {each["name"] for each in answer["choices"]["activations"]}
    scene = page.wait("scene")
    assert scene["scene"]["layers"][0]["units"] == 3
    assert scene["shapes"]["layers"][0]["parameters"] == {"W": [2, 3], "b": [3]}
    rows = page.wait("rows")
    assert len(rows["parts_"][0]) == 4 * 2 * rows["shown"]


def test_epochs_on_the_page_are_those_of_fit(page):
    net, _, history = trained(2)
    page.ask("move", by=2, unit="epoch")
    frame = page.frame(epoch=2)
    assert np.array_equal(array(frame, "parameters"), net.parameters)
    assert frame["curves"]["held_out"] == pytest.approx([*history["val_loss"]])
    assert frame["metrics"]["held_out_accuracy"] == history["val_accuracy"][-1]


def test_a_step_back_restores_numbers_and_curves(page):
    page.ask("move", by=11, unit="step")
    there = array(page.frame(11), "parameters")
    page.ask("move", by=-1, unit="step")
    page.frame(10)
    page.ask("move", by=1, unit="step")
    assert np.array_equal(array(page.frame(11), "parameters"), there)
    page.ask("move", by=-11, unit="step")
    assert page.frame(0)["epoch"] == 0
    assert "first step" in page.ask("move", by=-1, unit="step")["error"]


def test_training_runs_until_an_epoch_and_says_so(page):
    page.ask("run", until={"epoch": 5})
    assert "Epoch 5" in page.wait("ended")["text"]
    assert page.frame(running=False)["epoch"] == 5


def test_pause_ends_a_run(page):
    page.ask("run")
    page.frame(running=True)
    page.ask("pause")
    assert page.frame(running=False)["step"] > 0


def test_a_run_that_is_forgotten_pauses(page, monkeypatch):
    monkeypatch.setattr("glassnet.playing.session.MOST_EPOCHS", 20)
    page.ask("run")
    assert "20 epochs are trained without a pause" in page.wait("ended")["text"]
    page.ask("run")
    assert page.wait("ended")["why"] == "long"
    assert page.frame(running=False)["epoch"] == 40


def test_maps_of_many_units_come_less_often_than_frames_while_training_runs(page, monkeypatch):
    page.ask("run")
    assert all("maps" in {part["name"] for part in page.frame(running=True)["parts"]} for _ in range(6))
    monkeypatch.setattr("glassnet.playing.frame.FEW", 2)
    monkeypatch.setattr("glassnet.playing.frame.UNITS_EVERY", 1e9)
    page.frame(running=True)
    kinds = [{part["name"] for part in page.frame(running=True)["parts"]} for _ in range(12)]
    page.ask("pause")
    assert any("maps" not in kind for kind in kinds) and all("regions" in kind for kind in kinds)
    assert "maps" in {part["name"] for part in page.frame(running=False)["parts"]}


def test_a_pause_does_not_wait_for_the_epoch(page, playground):
    slow = {"layers": [{"units": 128}, {"units": 128}], "data": {"name": "clouds", "rows": 20_000, "held_out": 0.0}}
    page.ask("set", change={**slow, "training": {"batch_size": 1}})
    page.ask("run")
    page.frame(running=True)
    page.ask("pause")
    steps = playground.session.simulation.stepping
    assert page.frame(running=False)["step"] % steps.steps_an_epoch
    there = page.ask("move", by=1, unit="epoch")  # it is answered before it is there, and can be paused
    assert "error" not in there and playground.session.running
    page.ask("pause")
    frame = page.frame(running=False)
    assert 0 < frame["step"] < steps.steps_an_epoch


def test_a_long_move_ends_where_it_was_to(page, playground, monkeypatch):
    monkeypatch.setattr("glassnet.playing.session.PATIENCE", 0.0)
    page.ask("move", by=3, unit="epoch")
    frame = page.frame(epoch=3, running=False)
    net, _, _ = trained(3)
    assert np.array_equal(array(frame, "parameters"), net.parameters)
    page.ask("move", by=-7, unit="step")
    assert page.frame(running=False)["step"] == frame["step"] - 7


def test_maps_of_units_are_as_large_as_a_page_draws_them(page):
    page.ask("view", map=60, units=20)
    frame = page.frame(0, map=60)
    assert array(frame, "maps").shape[1:] == (20, 20)
    assert array(frame, "regions").shape == (60, 60)
    assert "0 to 150 cells" in page.ask("view", units=-1)["error"]


def test_each_page_looks_at_the_shared_training_in_its_own_way(page, playground):
    page.frame(0)
    other = playground.client()
    assert other.ask("hello", protocol=1)["others"] is True
    other.ask("view", map=30, row=5, pins=[{"layer": 0, "parameter": "W", "index": [0, 1]}])
    seen = other.frame(0, map=30)
    page.ask("move", by=1, unit="step")
    mine, theirs = page.frame(1), other.frame(1)
    assert (mine["map"], theirs["map"]) == (100, 30)
    assert "pins" not in mine and len(theirs["pins"]) == len(seen["pins"]) == 1
    assert mine["activity"] != theirs["activity"]
    assert np.array_equal(array(mine, "parameters"), array(theirs, "parameters"))
    first, second = page.ask("practice", ask=True)["question"], other.ask("practice", ask=True)["question"]
    assert first["id"] == second["id"] == 1  # each has a pupil of its own
    assert page.ask("practice", question=1, answer=np.prod([each["value"] for each in first["given"]]))["right"]
    other.socket.close()


def test_predictions_come_seldom_while_training_runs_and_at_its_end(page):
    page.ask("run")
    kinds = [{part["name"] for part in page.frame(running=True)["parts"]} for _ in range(12)]
    page.ask("pause")
    assert any("predictions" not in kind for kind in kinds)
    assert {part["name"] for part in page.frame(running=False)["parts"]} > {"predictions", "parameters", "maps"}


def test_why_is_the_librarys_own(page):
    net, rows, _ = trained(1)
    page.ask("move", by=1, unit="epoch")
    answer = page.ask("why", layer=0, parameter="W", index=[1, 2], row=4)
    step = gn.trace(net, rows.X[4:5], rows.y[4:5], loss="binary_cross_entropy")
    expected = step.why(layer=0, weight=(1, 2))
    assert answer["gradient"] == pytest.approx(expected.gradient)
    assert answer["numeric"] == pytest.approx(answer["gradient"], rel=1e-4)
    assert np.prod([factor["values"][0] for factor in answer["factors"]]) == pytest.approx(answer["gradient"], rel=1e-5)
    assert "<math" in answer["html"]


def test_a_unit_and_a_row_are_shown_with_their_numbers(page):
    net, rows, _ = trained(1)
    page.ask("move", by=1, unit="epoch")
    unit = page.ask("unit", layer=0, unit=2, row=4)
    forward = page.ask("forward", row=4)
    assert unit["value"] == pytest.approx(forward["layers"][0]["A"][2])
    assert "tanh" in unit["text"]
    assert forward["layers"][-1]["A"][0] == pytest.approx(float(net.predict(rows.X[4:5])[0, 0]), rel=1e-5)


def test_maps_show_what_units_respond_to(page):
    page.ask("view", map=20, row=None)
    frame = page.frame(0, map=20)
    net = network_of(SCENE, rows_of(SCENE.data)).build(2, seed=SCENE.training.seed)
    x0, x1, y0, y1 = frame["extent"]
    corner = np.array([[x0 + (x1 - x0) / 40, y1 - (y1 - y0) / 40]], np.float32)  # the first cell, at the top left
    first = gn.Network([net.layers[0]]).build(2, seed=0)
    first.parameters[...] = array(frame, "parameters")[: first.parameters.size]
    shown = (array(frame, "maps")[:3, 0, 0].astype(float) - 128) / 127 * np.array(frame["scales"][:3])
    assert shown == pytest.approx(first.predict(corner)[0], abs=0.01)
    assert array(frame, "regions").shape == (20, 20)


def test_what_can_change_live_keeps_the_parameters(page):
    page.ask("move", by=5, unit="step")
    before = array(page.frame(5), "parameters")
    page.ask("set", change={"training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}}})
    assert np.array_equal(array(page.frame(5), "parameters"), before)
    page.ask("set", change={"layers": [{"units": 3, "dropout": 0.4}]})
    assert np.array_equal(array(page.frame(5), "parameters"), before)
    page.ask("move", by=1, unit="step")
    assert not np.array_equal(array(page.frame(6), "parameters"), before)
    page.ask("set", change={"layers": [{"units": 2}, {"units": 2, "activation": "relu"}]})
    assert page.frame(0)["step"] == 0


def test_changes_are_undone_and_made_again(page):
    first = array(page.frame(0), "parameters")
    page.ask("edit", layer=0, parameter="W", index=[0, 1], value=2.5)
    changed = array(page.frame(0), "parameters")
    assert changed[1] == 2.5
    page.ask("undo")
    assert np.array_equal(array(page.frame(0), "parameters"), first)
    page.ask("redo")
    assert np.array_equal(array(page.frame(0), "parameters"), changed)
    assert "nothing to redo" in page.ask("redo")["error"]


def test_practice_says_which_factor_is_missing(page):
    page.ask("move", by=1, unit="epoch")
    question = page.ask("practice", ask=True)["question"]
    values = [each["value"] for each in question["given"]]
    right = float(np.prod(values))
    assert page.ask("practice", answer=right, question=question["id"])["right"]
    wrong = page.ask("practice", answer=right / values[0], question=question["id"])
    assert wrong["wrong_factor"] == question["given"][0]["name"]
    assert "sign" in page.ask("practice", answer=-right, question=question["id"])["text"]
    assert "no longer open" in page.ask("practice", answer=1.0, question=-1)["error"]


def test_each_schedule_that_is_offered_begins_at_the_rate_that_is_set(page, playground):
    names = [each["name"] for each in page.ask("hello", protocol=1)["choices"]["schedules"]]
    assert {"step", "exponential", "reduce_on_plateau"} <= set(names)
    for name in names:
        assert "error" not in page.ask("set", change={"training": {"schedule": {"name": name}}})
        assert "error" not in page.ask("move", by=1, unit="step")
        assert playground.session.simulation.stepping.run.rate == pytest.approx(0.03)
    told = page.ask("set", change={"training": {"schedule": {"name": "one_cycle"}}})["error"]
    assert "'one_cycle' needs a last epoch" in told and "choose 'exponential'" in told


def test_the_gradient_check_and_the_diagnosis_answer(page):
    assert page.ask("check")["ok"]
    assert "findings" in page.ask("diagnose")


def test_practice_names_weights_as_the_page_does(page):
    page.ask("move", by=1, unit="step")
    text = page.ask("practice", ask=True)["question"]["text"]
    assert re.search(r"Row \d+: .* the weight from (x[12] to h1\.[123]|h1\.[123] to output)\?", text)


def test_before_the_first_step_the_loss_is_that_of_the_start(page):
    rows = rows_of(SCENE.data)
    net = network_of(SCENE, rows).build(2, seed=SCENE.training.seed)
    frame = page.frame(0)
    asked: dict[str, Any] = {"loss": "binary_cross_entropy", "metrics": ["accuracy"]}
    expected, held = net.evaluate(rows.X, rows.y, **asked), net.evaluate(rows.X_held, rows.y_held, **asked)
    assert (frame["batch_loss"], frame["epoch"]) == (None, 0)
    assert frame["loss"] == pytest.approx(expected["loss"]) and frame["held_out_loss"] == pytest.approx(held["loss"])
    assert frame["metrics"] == pytest.approx({"accuracy": expected["accuracy"], "held_out_accuracy": held["accuracy"]})


def test_the_loss_shown_is_that_of_the_epoch(page):
    page.ask("move", by=1, unit="epoch")
    page.ask("move", by=1, unit="step")
    frame = page.frame(11)
    assert frame["loss"] == frame["curves"]["loss"][-1]
    assert frame["batch_loss"] != frame["loss"]


def test_the_code_taken_away_trains_the_same_network(page):
    page.ask("move", by=3, unit="epoch")
    frame = page.frame(epoch=3)
    scope: dict = {}
    exec(page.ask("take", what="code")["parts_"][0].decode(), scope)
    assert np.array_equal(scope["net"].parameters, array(frame, "parameters"))


def test_files_are_taken_away(page, tmp_path):
    page.ask("move", by=1, unit="step")
    frame = page.frame(1)
    answer = page.ask("take", what="model")
    (tmp_path / answer["name"]).write_bytes(answer["parts_"][0])
    assert np.array_equal(gn.Network.load(tmp_path / answer["name"]).parameters, array(frame, "parameters"))
    assert json.loads(page.ask("take", what="scene")["parts_"][0])["layers"][0]["units"] == 3
    for what in ("onnx", "c", "javascript", "python"):
        assert len(page.ask("take", what=what)["parts_"][0]) > 100
    assert "Did you mean" in page.ask("take", what="modle")["error"]


def test_the_librarys_own_pictures_are_taken_away(page):
    pytest.importorskip("matplotlib")
    assert "before the first epoch" in page.ask("take", what="figure:curves.svg")["error"]
    page.ask("move", by=1, unit="epoch")
    for name in ("regions", "curves", "network", "predictions"):
        answer = page.ask("take", what=f"figure:{name}.svg")
        assert (answer["name"], answer["mime"]) == (f"{name}.svg", "image/svg+xml")
        assert b"<svg" in answer["parts_"][0]
    assert page.ask("take", what="figure:network.png")["parts_"][0].startswith(b"\x89PNG")
    assert "unknown figure" in page.ask("take", what="figure:reigons.svg")["error"]
    assert "unknown kind of figure" in page.ask("take", what="figure:regions.gif")["error"]
    page.ask("set", change={"data": {"name": "regression"}})
    assert "are for classes" in page.ask("take", what="figure:regions.svg")["error"]


@pytest.mark.parametrize("name", BUNDLED)
def test_each_set_trains_and_is_shown(page, name):
    page.ask("set", change={"data": {"name": name, "rows": 60}})
    page.ask("move", by=1, unit="step")
    frame = page.frame(1)
    assert np.isfinite(frame["batch_loss"])
    assert array(frame, "maps").dtype == np.uint8


def test_derived_inputs_are_inputs(page):
    page.ask("set", change={"data": {"derived": ["x1*x2", "x1^2", "sin(x2)"]}})
    shapes = page.wait("scene", lambda m: len(m["shapes"]["features"]) == 5)["shapes"]
    assert shapes["features"] == ["x1", "x2", "x1*x2", "x1^2", "sin(x2)"]
    assert "unknown derived input" in page.ask("set", change={"data": {"derived": ["x3"]}})["error"]


def test_divergence_is_said_and_the_last_good_step_is_there(page):
    page.ask(
        "set", change={"data": {"name": "regression"}, "training": {"optimizer": {"name": "sgd", "learning_rate": 1e9}}}
    )
    page.ask("run")
    ended = page.wait("ended")
    assert ended["why"] == "diverged"
    assert "diverged" in ended["text"]
    assert np.isfinite(array(page.frame(running=False), "parameters")).all()


def test_two_pages_share_one_training(playground, page):
    other = playground.client()
    other.begin()
    page.ask("move", by=3, unit="step")
    assert np.array_equal(array(other.frame(3), "parameters"), array(page.frame(3), "parameters"))
    other.socket.close()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"do": "nothing"}, "unknown command"),
        ({"do": "set", "change": {"layers": [{"units": 0}]}}, "from 1 to 256"),
        ({"do": "set", "change": {"data": {"name": "irsi"}}}, "Did you mean 'iris'"),
        ({"do": "set", "change": {"training": {"loss": "cross_entropy"}}}, "does not fit these targets"),
        ({"do": "set", "change": {"training": {"optimizer": {"name": "lbfgs"}}}}, "no single steps"),
        ({"do": "set", "change": {"layers": [{"units": 1}] * 9}}, "must hold 0 to 8"),
        ({"do": "move", "by": "3"}, "whole number"),
        ({"do": "move", "by": 1, "unit": "day"}, "step or an epoch"),
        ({"do": "speed", "steps_per_second": -1}, "positive"),
        ({"do": "view", "map": 10**6}, "0 to 150 cells"),
        ({"do": "view", "axes": [0, 9]}, "two inputs"),
        ({"do": "why", "layer": 7, "parameter": "W", "index": [0, 0]}, "no such weight"),
        ({"do": "why", "layer": 0, "parameter": "W", "index": [0, 99]}, "no such weight"),
        ({"do": "forward", "row": -1}, "row must be"),
        ({"do": "edit", "layer": 0, "parameter": "W", "index": [0, 0], "value": "x"}, "finite number"),
        ({"do": "edit", "layer": 0, "parameter": "W", "index": [0, 0], "value": 1e300}, "finite number"),
        ({"do": "run", "until": {"epoch": "ten"}}, "must be numbers"),
        ({"do": "why"}, "load the page again"),
        ({"do": "set", "change": {"layers": [{"dropout": 5}]}}, "dropout of hidden layer 1 must be a number from 0"),
        ({"do": "set", "change": {"training": {"batch_size": 0}}}, "batch size must be a whole number from 1"),
        ({"do": "set", "change": {"x": 1}}, "the scene has an unknown field"),
        ({"do": "hello", "protocol": 99}, "another version"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_answered_in_one_sentence_and_changes_nothing(page, command, words):
    name = command["do"]
    answer = page.ask(name, **{key: value for key, value in command.items() if key != "do"})
    assert words in answer["error"]
    assert len(answer["error"]) < 500
    assert "error" not in page.ask("move", by=1, unit="step")


@pytest.mark.parametrize("frame", ["", "[]", "{", "null", b"", b"\xff\xff\xff\xff", struct.pack("<I", 4) + b"nope"])
def test_what_is_no_message_is_answered_and_the_page_goes_on(page, frame):
    page.socket.send(frame)
    assert "cannot read" in page.wait("message")["text"]
    assert "error" not in page.ask("move", by=1, unit="step")


def test_buffers_longer_than_the_frame_are_refused():
    text = json.dumps({"do": "open", "buffers": [10**9]}).encode()
    with pytest.raises(gn.InvalidInput):
        unpacked(struct.pack("<I", len(text)) + text)


def test_a_scene_describes_itself():
    scene = Scene(data=DataOfScene(name="moons", derived=["x1^2"]))
    assert Scene().changed(json.loads(json.dumps(scene.describe()))) == scene


CSV = "age,town,bought\n" + "".join(
    f"{20 + k % 50},{'Rome' if k % 3 else 'Oslo'},{'yes' if k % 50 > 20 else 'no'}\n" for k in range(120)
)


def opened(page, content, **given):
    page.number += 1
    page.socket.send(packed({"do": "open", "id": page.number, **given}, [content]))
    while (message := page.receive()).get("re") != page.number:
        pass
    return message


def test_a_file_of_ones_own_is_read_as_train_reads_it(page):
    answer = opened(page, CSV.encode(), file="shop.csv")
    assert [(each["name"], each["kind"]) for each in answer["columns"]] == [("age", "number"), ("town", "category")]
    assert "the target is 'bought'" in answer["message"]
    shapes = page.wait("scene", lambda m: m["scene"]["data"]["name"] == "file")["shapes"]
    assert (shapes["classes"], shapes["task"]) == (["no", "yes"], "binary")
    page.ask("move", by=2, unit="epoch")
    assert page.frame(epoch=2)["loss"] > 0
    again = page.ask("open", target="age", kinds={"town": "text"})
    assert again["target"] == "age"
    assert page.wait("scene", lambda m: m["shapes"]["task"] == "number")["scene"]["training"]["loss"] == "squared_error"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n", "no rows"),
        ("a.parquet", b"PAR1" + bytes(20), "a.parquet"),
        ("../../etc/passwd", b"\x00\x01\x02", "passwd"),
        ("a.csv", b"x,y\n1,2\n", ""),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_the_scene_stays(page, name, content, words):
    answer = opened(page, content, file=name)
    assert words in answer["error"]
    assert "/tmp" not in answer["error"]
    assert "error" not in page.ask("move", by=1, unit="step")


def test_a_target_that_is_not_there_is_said(page):
    opened(page, CSV.encode(), file="shop.csv")
    assert "did you mean 'bought'" in page.ask("open", target="bougth")["error"]
    several = page.ask("open", target=CSV.split("\n")[0])["error"]
    assert "shows one target of a table at a time, got" in several


def test_the_code_for_a_table_of_ones_own_reads_it_beside_the_program(page, tmp_path, monkeypatch):
    opened(page, CSV.encode(), file="shop.csv")
    page.ask("move", by=2, unit="epoch")
    frame = page.frame(epoch=2)
    (tmp_path / "shop.csv").write_text(CSV)
    monkeypatch.chdir(tmp_path)
    scope: dict = {}
    exec(page.ask("take", what="code")["parts_"][0].decode(), scope)
    assert np.array_equal(scope["net"].parameters, array(frame, "parameters"))


def test_the_code_says_where_the_page_has_another_network(page):
    page.ask("move", by=1, unit="step")
    assert b"at step 1" in page.ask("take", what="code")["parts_"][0]
    page.ask("set", change={"training": {"batch_size": 8}})
    assert b"were changed on the way" in page.ask("take", what="code")["parts_"][0]


def test_undo_brings_back_step_curves_and_what_layers_remember(page):
    page.ask("set", change={"layers": [{"units": 3, "normalization": "batch"}]})
    page.ask("move", by=3, unit="epoch")
    before = page.frame(epoch=3)
    page.ask("set", change={"training": {"batch_size": 8}})
    page.ask("move", by=2, unit="epoch")
    page.frame(epoch=5)
    page.ask("undo")
    after = page.frame(epoch=3)
    assert np.array_equal(array(after, "parameters"), array(before, "parameters"))
    assert np.array_equal(array(after, "predictions"), array(before, "predictions"))
    assert after["step"] == before["step"]
    assert after["curves"]["loss"] == before["curves"]["loss"]
    page.ask("redo")
    assert page.frame(epoch=5)["step"] > before["step"]


def test_undo_goes_back_from_one_table_to_the_other(page):
    opened(page, CSV.encode(), file="shop.csv")
    opened(page, b"a,b\n" + b"".join(b"%d,%d\n" % (k, 3 * k % 7) for k in range(40)), file="other.csv")
    assert page.wait("scene", lambda m: m["table"] and m["table"]["file"] == "other.csv")["shapes"]["features"] == ["a"]
    page.ask("undo")
    scene = page.wait("scene")
    assert scene["table"]["file"] == "shop.csv"
    assert scene["shapes"]["features"] == ["age", "town=Oslo", "town=Rome"]
    page.ask("undo")
    assert page.wait("scene")["scene"]["data"]["name"] == "xor"


def test_an_input_that_was_typed_over_comes_back(page):
    rows = page.wait("rows")["parts_"][0]
    page.ask("edit", row=2, input=1, value=9.0)
    changed = np.frombuffer(page.wait("rows")["parts_"][0], np.float32).reshape(-1, 2)
    assert changed[2, 1] == 9.0
    page.ask("undo")
    assert page.wait("rows")["parts_"][0] == rows


def test_a_scene_that_a_page_brings_is_shown_to_all(playground, page):
    other = playground.client()
    other.begin({"layers": [{"units": 7}]})
    assert page.wait("scene", lambda m: m["shapes"]["layers"][0]["units"] == 7)["undo"]
    other.socket.close()


def test_the_view_forgets_what_is_no_longer_there(page):
    page.ask("set", change={"layers": [{"units": 2}, {"units": 2}]})
    page.ask("view", row=150, pins=[{"layer": 1, "parameter": "W", "index": [0, 1]}])
    page.ask("set", change={"layers": [{"units": 2}], "data": {"rows": 40}})
    view = page.wait("scene", lambda m: m["shapes"]["n_rows"] < 40)["view"]
    assert (view["row"], view["pins"]) == (0, [])
    assert "error" not in page.ask("view", **view)


def test_a_row_is_explained_as_it_is_predicted_also_with_dropout(page):
    page.ask("set", change={"layers": [{"units": 3, "normalization": "batch", "dropout": 0.5}]})
    page.ask("move", by=1, unit="epoch")
    predictions = array(page.frame(epoch=1), "predictions")
    assert page.ask("forward", row=4)["layers"][-1]["A"] == pytest.approx(predictions[4].tolist(), rel=1e-5)


def test_code_says_where_numbers_were_typed_over(page):
    page.ask("edit", layer=0, parameter="W", index=[0, 0], value=0.5)
    page.ask("move", by=1, unit="epoch")
    assert page.ask("take", what="code")["parts_"][0].startswith(b"# Settings or numbers were changed")


def test_pages_that_leave_while_their_command_waits_are_forgotten(playground, page):
    for _ in range(20):
        other = playground.client()
        other.socket.send(json.dumps({"do": "hello", "id": 1, "protocol": 1}))
        other.socket.close()
    page.ask("move", by=1, unit="step")
    page.ask("move", by=1, unit="step")
    assert len(playground.session.pages) <= 2
    playground.client().socket.close()


def test_a_page_is_told_where_principal_components_lie(page, playground):
    page.ask("set", change={"data": {"name": "iris"}})
    rows = page.wait("rows", lambda message: message["plane"] is not None)
    centre, directions = (np.array(rows["plane"][name]) for name in ("centre", "directions"))
    X, _, places = (np.frombuffer(part, np.float32) for part in rows["parts_"])
    back = centre + places.reshape(-1, 2) @ directions
    assert ((X.reshape(back.shape) - back) @ directions.T).std() < 1e-5
    page.ask("view", axes=[0, 1])
    assert page.wait("rows")["plane"] is None
