"""A trained model on the playground: its rows, its network, contributions, and training that goes on."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.playing.answers.take_away import code
from glassnet.playing.beginning import begun
from glassnet.playing.commands import COMMANDS
from glassnet.playing.connection import Page
from glassnet.tables.insight.contributions import some_background

RNG = np.random.default_rng(3)
N = 90
SIDES = RNG.choice(["north", "south"], N)
ROOMS = RNG.integers(1, 8, N)
FRAME = pl.DataFrame(
    {"rooms": ROOMS, "side": SIDES, "price": 10.0 * ROOMS + 5 * (SIDES == "south") + RNG.normal(size=N)}
)
RECIPE = gn.Recipe(hidden=(6, 5), epochs=3)


def trained(target="price", **more):
    training = gn.TableTraining(FRAME, target, recipe=RECIPE, **{"n_ensemble": 1, **more})
    for _ in training.epochs():
        pass
    return training.model


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's folder whose history knows where its table is."""
    folder = tmp_path_factory.mktemp("runs") / "houses"
    folder.mkdir()
    FRAME.write_csv(folder.parent / "houses.csv")
    trained().save(folder / "model.safetensors")
    about = {"about": {"table": str(folder.parent / "houses.csv")}}
    (folder / "history.json").write_text(json.dumps(about))
    return folder


class Asking:
    """A page that asks a session without a thread."""

    def __init__(self, session):
        self.session = session
        self.got: list[dict[str, Any]] = []
        self.page = Page(lambda message, parts: self.got.append(dict(message)))
        self("hello", protocol=1)

    def __call__(self, name, **given):
        found = COMMANDS[name](self.session, self.page, given, [])
        self.page.unpainted = []
        self.session.send_frames()
        return found


@pytest.fixture
def ask(run):
    return Asking(begun(str(run)))


def test_a_run_opens_with_its_rows_network_and_weights(ask, run):
    model, sim = gn.TableModel.load(run), ask.session.simulation
    assert np.array_equal(sim.net.parameters, model.network.parameters)
    assert len(sim.rows.y) + len(sim.rows.y_held) == N
    assert model.seen is not None
    assert model.seen.among(sim.rows.X, model.target.decode(sim.rows.y), model.encoder).all()  # what is not held out
    assert not model.seen.among(sim.rows.X_held, model.target.decode(sim.rows.y_held), model.encoder).any()
    assert "It was trained on" in ask.session.told
    shapes = sim.shapes()
    assert shapes["inputs"][-2:] == ["side=north", "side=south"]
    assert (
        len(shapes["inputs"])
        == next(each for each in shapes["layers"] if each["kind"] == "dense")["parameters"]["W"][0]
    )


def test_contributions_are_the_models_own(ask, run):
    model, table = gn.TableModel.load(run), ask.session.table
    place = int(table.order(ask.session.simulation.scene.data)[7])
    expected = model.contributions(FRAME[place : place + 1], some_background(FRAME))
    found = ask("contributions", row=7)
    by_name = {each["name"]: each["contribution"] for each in found["columns"]}
    assert [by_name[name] for name in expected.columns] == pytest.approx(expected.values[0].tolist())
    assert found["baseline"] + sum(by_name.values()) == pytest.approx(found["prediction"], rel=1e-4)
    ask("move", by=1, unit="epoch")
    assert ask("contributions", row=7)["prediction"] != found["prediction"]  # of the network as it is now


def test_a_row_has_its_target_and_its_prediction_on_the_scale_of_the_table(ask, run):
    sim, table = ask.session.simulation, ask.session.table
    place = int(table.order(sim.scene.data)[7])
    found = ask("forward", row=7)
    assert found["target"] == pytest.approx(FRAME["price"][place], rel=1e-5)
    assert found["predicted"] == pytest.approx(ask("contributions", row=7)["prediction"], rel=1e-4)
    assert found["within"] == pytest.approx([float(sim.rows.all[1][7]), found["layers"][-1]["A"][0]], rel=1e-5)


def test_it_trains_on_steps_back_and_is_taken_away_as_a_model_of_the_table(ask, tmp_path):
    before = ask.session.simulation.net.parameters.copy()
    ask("move", by=5, unit="step")
    there = ask.session.simulation.net.parameters.copy()
    ask("move", by=-5, unit="step")
    assert np.array_equal(ask.session.simulation.net.parameters, before)
    ask("move", by=5, unit="step")
    assert np.array_equal(ask.session.simulation.net.parameters, there)
    about, content = ask("take", what="model")
    (tmp_path / about["name"]).write_bytes(content[0])
    again = gn.TableModel.load(tmp_path / about["name"])
    assert np.array_equal(again.network.parameters, there)
    assert len(again.predict(FRAME)) == N


def test_other_layers_begin_a_network_of_their_own_and_undo_brings_it_back(ask):
    before = ask.session.simulation.net.parameters.copy()
    ask("set", change={"layers": [{"units": 3}]})
    assert any("Undo brings it back" in message.get("message", "") for message in ask.got)
    assert len(ask.session.simulation.net.layers) == 2
    assert np.isfinite(ask("contributions", row=0)["prediction"])
    ask("undo")
    assert np.array_equal(ask.session.simulation.net.parameters, before)
    ask("set", change={"data": {"name": "moons"}})
    assert ask.session.simulation.scene.network is None
    ask("undo")
    assert ask.session.simulation.scene.network == "houses"


def test_questions_are_answered_about_layers_with_learned_activations(ask):
    layer = ask.session.simulation.drawn.dense[0]
    answer = ask("why", layer=layer, parameter="W", index=[0, 0])
    assert answer["numeric"] == pytest.approx(answer["gradient"], rel=1e-3, abs=1e-9)
    assert ask("check")["ok"]
    assert "the weight from" in ask("practice", ask=True)["question"]["text"]


def test_classes_and_two_of_them(tmp_path):
    model = trained("side")
    ask = Asking(begun(str(model.save(tmp_path / "model.safetensors")), data=csv(tmp_path)))
    assert ask.session.simulation.shapes()["outputs"] == 2
    assert ask("contributions", row=0)["what"].startswith("probability of ")
    ask("move", by=1, unit="step")


def csv(folder):
    FRAME.write_csv(folder / "t.csv")
    return str(folder / "t.csv")


def test_an_ensemble_shows_its_first_network_and_says_so(tmp_path):
    model = trained(n_ensemble=2)
    session = begun(str(model.save(tmp_path / "model.safetensors")), data=csv(tmp_path))
    assert "Of its 2 networks, the first is shown" in session.told


def test_a_bare_network_needs_a_table_of_its_width(tmp_path):
    net = gn.Network([gn.LayerNorm(), gn.Dense(4, "relu"), gn.Dense(2, "softmax")]).build(2, seed=0)
    file = str(net.save(tmp_path / "model.safetensors"))
    with pytest.raises(gn.InvalidInput, match="a table with 2 columns of numbers"):
        begun(file)
    pl.DataFrame({"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": SIDES}).write_csv(tmp_path / "ok.csv")
    ask = Asking(begun(file, data=str(tmp_path / "ok.csv")))
    assert ask.session.simulation.rows.classes == ("north", "south")
    assert np.array_equal(ask.session.simulation.net.parameters, net.parameters)
    ask("move", by=1, unit="epoch")
    with pytest.raises(gn.InvalidInput, match="'side' holds no numbers"):
        begun(file, data=csv(tmp_path))


@pytest.mark.parametrize("distribution", ["gaussian", "mixture", "quantiles", "histogram"])
def test_a_model_of_a_distribution_shows_its_mean_and_an_interval(tmp_path, distribution):
    model = trained(distribution=distribution)
    ask = Asking(begun(str(model.save(tmp_path / "d.safetensors")), data=csv(tmp_path)))
    ask("move", by=1, unit="step")
    frame = next(each for each in reversed(ask.got) if each.get("event") == "frame")
    assert {tuple(part["shape"]) for part in frame["parts"] if part["name"] == "predictions"} == {(N, 1)}
    assert list(frame["metrics"])[:1] == ([] if distribution == "histogram" else ["crps"])
    ask("move", by=-1, unit="step")
    found, session = ask("forward", row=3), ask.session
    place = int(session.table.order(session.simulation.scene.data)[3])
    assert found["predicted"] == pytest.approx(model.predict(FRAME)[place], rel=1e-4)
    said = model.predict_distribution(FRAME[place : place + 1]).quantile([0.05, 0.95])
    assert found["interval"] == pytest.approx([*said[0]], rel=1e-4)
    answer = ask("contributions", row=3)
    assert answer["prediction"] == pytest.approx(found["predicted"], rel=1e-4)
    assert ask("check")["ok"]
    last = session.simulation.drawn.columns[-1].node.output_shape[0]
    assert len(session.simulation.shapes()["output_names"]) == (0 if distribution == "mixture" else last)
    ask("set", change={"layers": [{"units": 3}]})  # other layers have the same outputs
    assert session.simulation.drawn.columns[-1].node.output_shape[0] == last


def test_residual_layers_are_drawn_and_asked(tmp_path):
    inside = [gn.LayerNorm(), gn.Dense(4, "relu"), gn.Dense(2)]
    net = gn.Network([gn.Residual(*inside), gn.Dense(2, "tanh"), gn.Dense(2, "softmax")]).build(2, seed=0)
    pl.DataFrame({"a": RNG.normal(size=8), "b": RNG.normal(size=8), "c": [0, 1] * 4}).write_csv(tmp_path / "r.csv")
    ask = Asking(begun(str(net.save(tmp_path / "r.safetensors")), data=str(tmp_path / "r.csv")))
    shapes = ask.session.simulation.shapes()
    assert [shapes["layers"][k]["path"] for k in shapes["columns"]] == ["0.1", "0.2", "1", "2"]
    assert shapes["skips"] == [(-1, 1)] and len(shapes["inputs"]) == 2
    for k in shapes["columns"]:
        answer = ask("why", layer=k, parameter="W", index=[0, 1], row=2)
        assert answer["gradient"] == pytest.approx(answer["numeric"], rel=1e-3, abs=1e-6)
        assert "html" in ask("unit", layer=k, unit=1, row=2)
        place = shapes["layers"][k]["offsets"]["b"]
        ask("edit", layer=k, parameter="b", index=[1], value=0.25)
        assert ask.session.simulation.net.parameters[place + 1] == 0.25
    layers = ask("forward", row=2)["layers"]
    row = ask.session.simulation.rows.all[0][2]
    assert layers[1]["sum"] == pytest.approx(row + layers[1]["A"], rel=1e-5)
    assert "sum" not in layers[0]
    assert ask("check")["ok"]


def test_a_skip_connection_is_made_on_the_page():
    ask = Asking(begun("xor"))
    ask("set", change={"layers": [{"units": 3}, {"units": 3, "skip": True, "dropout": 0.1}]})
    simulation = ask.session.simulation
    assert simulation.net.layers[1] == gn.Residual(gn.Dense(3, "tanh"), gn.Dropout(0.1))
    assert simulation.drawn.skips == [(0, 1)]
    ask("move", by=3, unit="step")
    scope: dict[str, Any] = {}
    exec(code(simulation), scope)
    assert scope["net"].layers == simulation.net.layers
    with pytest.raises(gn.InvalidInput, match=r"hidden layer 2 has a skip connection.*as what enters it, 4, not 3"):
        ask("set", change={"layers": [{"units": 4}, {"units": 3, "skip": True}]})


def test_what_cannot_be_shown_is_said_in_a_sentence(run, tmp_path):
    with pytest.raises(gn.InvalidInput, match="add --data FILE"):
        begun(str(trained().save(tmp_path / "model.safetensors")))
    with pytest.raises(gn.InvalidInput, match="predicts 'price'"):
        begun(str(run), target="rooms")
    with pytest.raises(gn.InvalidInput, match="no target column 'price'"):
        pl.DataFrame({"rooms": [1]}).write_csv(tmp_path / "other.csv")
        begun(str(run), data=str(tmp_path / "other.csv"))
    with pytest.raises(gn.InvalidInput, match="needs none"):
        begun("xor", data="t.csv")
    with pytest.raises(gn.InvalidInput, match="this network has Columns layers"):
        odd = gn.Columns(([0, 1], gn.Scale()))
        net = gn.Network([gn.Dense(2), gn.Residual(odd), gn.Dense(2, "softmax")]).build(2, seed=0)
        pl.DataFrame({"a": [0.1] * 8, "b": [1.0] * 8, "c": [0, 1] * 4}).write_csv(tmp_path / "r.csv")
        begun(str(net.save(tmp_path / "r.safetensors")), data=str(tmp_path / "r.csv"))


def test_a_model_in_a_notebook_is_copied():
    pytest.importorskip("anywidget")
    model = trained()
    widget = gn.playground(model, FRAME)
    try:
        assert widget.net is not model.network
        assert np.array_equal(widget.net.parameters, model.network.parameters)
    finally:
        widget.close()
    with pytest.raises(gn.InvalidInput, match="a data frame that holds its target"):
        gn.playground(model)


@pytest.fixture(scope="module")
def two_targets(tmp_path_factory):
    """The folder of a run of two targets, which keeps its rows."""
    folder, frame = tmp_path_factory.mktemp("runs") / "two", FRAME.with_columns(tax=FRAME["price"] ** 2)
    training = gn.TableTraining(frame, ["price", "tax"], recipe=RECIPE)
    for _ in training.epochs():
        pass
    for model in training.models:
        (folder / model.target_name).mkdir(parents=True)
        model.save(folder / model.target_name / "model.safetensors")
    frame.write_parquet(folder / "rows.parquet")
    (folder / "targets.json").write_text(json.dumps({"targets": {"price": "price", "tax": "tax"}}))
    return folder, training.models


def test_of_several_targets_one_is_shown_and_another_can_be_chosen(two_targets):
    folder, (price, tax) = two_targets
    ask = Asking(begun(str(folder)))
    session = ask.session
    assert session.opened["targets"] == ["price", "tax"] and session.simulation.rows.target == "price"
    assert np.array_equal(session.simulation.net.parameters, price.network.parameters)
    ask("move", by=2, unit="step")
    trained = session.simulation.net.parameters.copy()
    ask("open", target="tax", kinds={})
    assert session.simulation.rows.target == session.opened["target"] == "tax"
    assert np.array_equal(session.simulation.net.parameters, tax.network.parameters)
    own = COMMANDS["contributions"](session, ask.page, {"row": 0}, [])
    assert own["what"] == "tax"
    ask("undo")
    assert session.simulation.rows.target == "price" and np.array_equal(session.simulation.net.parameters, trained)


def test_the_command_names_the_target_to_begin_with(two_targets):
    assert begun(str(two_targets[0]), target="tax").simulation.rows.target == "tax"
    with pytest.raises(gn.GlassnetError, match=r"unknown target 'taxes'.*'tax'"):
        begun(str(two_targets[0]), target="taxes")
