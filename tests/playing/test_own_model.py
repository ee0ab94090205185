"""A trained model on the playground: its rows, its network, contributions, and training that goes on."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
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
    training = gn.TableTraining(FRAME, target, recipe=RECIPE, **more)
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
    layer = next(k for k, each in enumerate(ask.session.simulation.net.layers) if isinstance(each, gn.Dense))
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


def test_what_cannot_be_shown_is_said_in_a_sentence(run, tmp_path):
    with pytest.raises(
        gn.InvalidInput, match="predicts a distribution; the playground opens models that predict classes or one number"
    ):
        begun(str(trained(distribution="gaussian").save(tmp_path / "d.safetensors")), data=csv(tmp_path))
    with pytest.raises(gn.InvalidInput, match="add --data FILE"):
        begun(str(trained().save(tmp_path / "model.safetensors")))
    with pytest.raises(gn.InvalidInput, match="predicts 'price'"):
        begun(str(run), target="rooms")
    with pytest.raises(gn.InvalidInput, match="no target column 'price'"):
        pl.DataFrame({"rooms": [1]}).write_csv(tmp_path / "other.csv")
        begun(str(run), data=str(tmp_path / "other.csv"))
    with pytest.raises(gn.InvalidInput, match="needs none"):
        begun("xor", data="t.csv")
    with pytest.raises(gn.InvalidInput, match="Residual"):
        net = gn.Network([gn.Residual(gn.Dense(2)), gn.Dense(2, "softmax")]).build(2, seed=0)
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
