"""The page in a real browser: what it shows is what the library computes, and the keyboard alone can do all of it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from tests.playing.browsing import (
    drop_file,
    eventually,
    expect,
    number_in,
    opened,
    press,
    shown,
    train_until_epoch,
)

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


@pytest.mark.long
def test_a_limit_can_be_cleared(page, playground):
    train_until_epoch(page, 3)
    page.get_by_text("Run until").click()
    page.get_by_label("epoch", exact=True).fill("")
    page.get_by_label("loss below", exact=True).fill("soon")
    page.get_by_label("loss below", exact=True).press("Tab")
    expect(page.locator(".gn-error")).to_contain_text("loss below must be a number")
    press(page, "Go")
    expect(page.locator(".gn-run")).to_have_text("Pause")
    eventually(lambda: shown(page, "epochs") > 4, True)
    press(page, "Pause")
    expect(page.locator(".gn-run")).to_have_text("Run")


def accuracy(page):
    return shown(page, "metric")


def test_ten_minutes_of_a_lesson(page, playground):
    simulation = lambda: playground.session.simulation  # noqa: E731
    train_until_epoch(page, 40)
    assert accuracy(page) < 90  # no line separates the classes

    press(page, "+ Add a hidden layer")
    expect(page.get_by_label("Units of hidden layer 1")).to_have_text("2")
    expect(page.locator(".gn-edge")).to_have_count(2 * 2 + 2)
    train_until_epoch(page, 150)
    assert accuracy(page) > 95

    edge = page.get_by_role("button", name=re.compile(r"weight from x2 to h1\.2"))
    edge.dispatch_event("click")
    expect(page.locator(".gn-ask h3").first).to_have_text("weight from x2 to h1.2")
    sim = simulation()
    rows = slice(0, min(64, len(sim.rows.y)))
    step = gn.trace(sim.net, sim.rows.X[rows], sim.rows.y[rows], loss="binary_cross_entropy")
    why, weight = step.why(0, weight=(1, 1)), float(step.layers[0].W[1, 1])
    eventually(lambda: shown(page, "gradient"), pytest.approx(why.gradient, rel=1e-4, abs=1e-9))
    eventually(lambda: shown(page, "numeric"), pytest.approx(why.numeric, rel=1e-4, abs=1e-9))
    eventually(lambda: shown(page, "value"), pytest.approx(weight, rel=1e-4))
    eventually(lambda: shown(page, "loss"), pytest.approx(sim.last.loss, abs=6e-5))

    before, step_number = sim.net.parameters.copy(), sim.step
    press(page, "Step")
    expect(page.locator("[data-shows=steps]")).to_have_text(str(step_number + 1))
    assert not np.array_equal(simulation().net.parameters, before)
    press(page, "Step back")
    expect(page.locator("[data-shows=steps]")).to_have_text(str(step_number))
    np.testing.assert_array_equal(simulation().net.parameters, before)


@pytest.mark.long
def test_keyboard_alone(page, playground):
    def keys(*names):
        for name in names:
            page.keyboard.press(name)

    def focused():
        return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent")

    page.locator("body").focus()
    for _ in range(40):  # from the top of the page to the button that adds a layer
        keys("Tab")
        if "Add a hidden layer" in focused():
            break
    keys("Enter")
    expect(page.locator(".gn-edge")).to_have_count(2 * 2 + 2)
    for _ in range(8):  # past the buttons of the layer to the diagram, which is one stop
        keys("Tab")
        if focused().startswith("unit "):
            break
    assert focused() == "unit x1"
    keys("ArrowRight")
    assert focused().startswith("weight from x1 to h1.1, ")
    keys("ArrowDown")
    assert focused().startswith("weight from x1 to h1.2, ")
    keys("Enter")
    expect(page.locator(".gn-ask h3").first).to_have_text("weight from x1 to h1.2")
    keys("ArrowRight")
    assert focused() == "unit h1.2"
    keys("ArrowDown")
    assert focused().startswith("bias of h1.2, ")
    keys(".", ".", ".", ",")
    expect(page.locator("[data-shows=steps]")).to_have_text("2")
    keys("e")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    page.locator("main").evaluate("element => document.activeElement.blur()")
    keys(" ")
    expect(page.locator(".gn-run")).to_have_text("Pause")
    keys(" ")
    expect(page.locator(".gn-run")).to_have_text("Run")


@pytest.mark.long
def test_a_reload_restores_the_scene(page, playground):
    press(page, "+ Add a hidden layer")
    expect(page.locator(".gn-edge")).to_have_count(6)
    page.get_by_label("learning rate").fill("0.125")
    page.get_by_label("learning rate").press("Enter")
    press(page, "Step")
    expect(page.locator("[data-shows=steps]")).to_have_text("1")
    page.reload()
    expect(page.locator(".gn-edge")).to_have_count(6)
    expect(page.get_by_label("learning rate")).to_have_value("0.125")
    expect(page.locator("[data-shows=steps]")).to_have_text("1")
    assert playground.session.simulation.scene.training.optimizer["learning_rate"] == 0.125


@pytest.mark.long
def test_controls_change_what_the_library_trains_with(page, playground):
    scene = lambda: playground.session.simulation.scene  # noqa: E731
    page.get_by_label("Data set").select_option("iris")
    expect(page.locator(".gn-confusion th[scope=col]")).to_have_count(3)
    page.get_by_label("Optimizer").select_option("sgd")
    page.get_by_label("Batch size").fill("8")
    page.get_by_label("Batch size").press("Enter")
    page.get_by_label("Penalty").select_option("l2")
    expect(page.get_by_label("Penalty")).to_have_value("l2")
    press(page, "Undo")
    expect(page.get_by_label("Penalty")).to_have_value("")
    assert scene().data.name == "iris"
    assert scene().training.optimizer["name"] == "sgd"
    assert scene().training.batch_size == 8
    page.get_by_label("Batch size").fill("eight")
    page.get_by_label("Batch size").press("Enter")
    expect(page.get_by_text("Batch size must be a number, got “eight”.")).to_have_count(2)  # seen, and heard
    expect(page.get_by_label("Batch size")).to_have_value("8")


@pytest.mark.long
def test_weights_are_typed_over_and_rows_followed(page, playground):
    page.get_by_role("button", name=re.compile("weight from x1 to output")).dispatch_event("click")
    page.get_by_label("Change it to").fill("\N{MINUS SIGN}1,5")
    press(page, "Set")
    expect(page.locator("[data-shows=value]")).to_have_text("\N{MINUS SIGN}1.5")
    assert playground.session.simulation.net.parameters[0] == np.float32(-1.5)
    page.get_by_role("tab", name="Row").click()
    page.get_by_role("button", name="Next row").click()
    expect(page.get_by_role("textbox", name="Row", exact=True)).to_have_value("1")
    rows = playground.session.simulation.rows
    cell = page.get_by_label("x1 of this row")
    expect(cell).to_be_visible()
    number = pytest.approx(float(rows.X[1, 0]), rel=1e-4)
    eventually(lambda: number_in(cell.input_value()), number)
    press(page, "As a table")
    expect(page.locator(".gn-tables")).to_contain_text("\N{MINUS SIGN}1.50")


@pytest.mark.long
def test_a_file_is_dropped(page, playground):
    lines = [f"{k % 7},{'north' if k % 3 else 'south'},{'yes' if k % 7 > 3 else 'no'}" for k in range(80)]
    drop_file(page, "houses.csv", "\n".join(["rooms,side,sold", *lines]))
    expect(page.get_by_label("Target", exact=True)).to_have_value("sold")
    expect(page.get_by_label("rooms", exact=True)).to_have_value("number")
    assert playground.session.simulation.rows.classes == ("no", "yes")
    page.get_by_label("rooms", exact=True).select_option("category")
    expect(page.get_by_label("rooms", exact=True)).to_have_value("category")
    page.get_by_label("Target", exact=True).select_option("side")
    expect(page.locator(".gn-confusion th[scope=row]").first).to_have_text("north")
    drop_file(page, "empty.csv", "")
    expect(page.locator(".gn-error")).to_contain_text("empty.csv")


def test_a_scene_is_restored_by_dropping_its_file(page, playground):
    scene = {"data": {"name": "moons", "rows": 60}, "layers": [{"units": 5}], "training": {"batch_size": 7}}
    drop_file(page, "scene.json", json.dumps(scene))
    expect(page.get_by_label("Data set")).to_have_value("moons")
    expect(page.get_by_label("Units of hidden layer 1")).to_have_text("5")
    expect(page.get_by_label("Batch size")).to_have_value("7")
    assert playground.session.simulation.scene.data.rows == 60


def test_two_runs_stand_side_by_side(page, playground):
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    press(page, "Keep this run to compare")
    expect(page.locator(".gn-pair figure")).to_have_count(2)
    press(page, "+ Add a hidden layer")
    expect(page.locator(".gn-pair figure").nth(1)).to_contain_text("hidden: 2 tanh")
    expect(page.locator(".gn-pair figure").nth(0)).to_contain_text("hidden: none")
    press(page, "Forget the kept run")
    expect(page.locator(".gn-pair figure")).to_have_count(0)


@pytest.mark.long
def test_an_address_opens_both_runs(page, playground):
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    press(page, "Keep this run to compare")
    press(page, "+ Add a hidden layer")
    press(page, "Epoch")
    expect(page.locator(".gn-pair figure").nth(1)).to_contain_text("Epoch 1: ")
    facts = page.locator(".gn-pair figcaption").all_inner_texts()
    press(page, "Copy an address of both runs")
    expect(page.get_by_text("The address is copied.").first).to_be_visible()
    page.context.grant_permissions(["clipboard-read"])
    address = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".gn-pair figure").nth(1)).to_contain_text("Epoch 1: ")
    eventually(page.locator(".gn-pair figcaption").all_inner_texts, facts)


@pytest.mark.long
def test_a_lesson_sets_the_scene(page, playground):
    page.get_by_label("Lessons").select_option("xor")
    expect(page.get_by_role("heading", name="Exclusive or")).to_be_visible()
    press(page, "Set the scene")
    press(page, "Next")
    press(page, "Train for 60 epochs")
    expect(page.locator("[data-shows=epochs]")).to_have_text("60")
    press(page, "Next")
    press(page, "Add a hidden layer of two units")
    expect(page.locator(".gn-edge")).to_have_count(6)
    press(page, "the first unit")
    expect(page.locator(".gn-ask h3").first).to_have_text("unit h1.1")


@pytest.mark.long
def test_a_rate_that_diverges(page, playground):
    page.get_by_label("Data set").select_option("regression")
    page.get_by_label("Optimizer").select_option("sgd")
    page.get_by_label("learning rate").fill("1e6")
    page.get_by_label("learning rate").press("Enter")
    press(page, "Run")
    expect(page.locator(".gn-warning")).to_contain_text("training diverged")
    expect(page.locator(".gn-warning")).to_contain_text("The page shows the last good step.")
    expect(page.locator(".gn-run")).to_have_text("Run")
    assert np.isfinite(playground.session.simulation.net.parameters).all()


@pytest.mark.long
def test_practice_tells_which_factor_is_missing(page, playground):
    page.get_by_role("tab", name="Practice").click()
    page.get_by_label("Exercise").select_option("product")
    press(page, "New question")
    answer = page.get_by_label("Your answer")
    answer.fill("nothing")
    press(page, "Check")
    expect(page.locator(".gn-verdict")).to_contain_text("must be a number")
    answer.fill(repr(-playground.session.pages[-1].practice.exercise.value))
    press(page, "Check")
    expect(page.locator(".gn-verdict")).to_contain_text("sign")
    answer.fill(repr(playground.session.pages[-1].practice.exercise.value))
    press(page, "Check")
    expect(page.locator(".gn-verdict")).to_contain_text("Right")


@pytest.mark.long
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm ci in frontend/")
def test_axe_finds_nothing(page):
    press(page, "+ Add a hidden layer")
    page.get_by_role("button", name=re.compile(r"weight from x1 to h1\.1")).dispatch_event("click")
    expect(page.locator("[data-shows=gradient]")).to_be_visible()
    page.get_by_text("Activation, dropout").click()
    page.get_by_label("Skip connection").check()
    expect(page.locator(".gn-arch")).to_have_attribute("aria-label", "Inputs: added to the outputs of Hidden layer 1")
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    page.get_by_role("tab", name="Practice").click()
    press(page, "New question")
    press(page, "Show the answer")
    expect(page.locator(".gn-derivation p")).to_have_count(2)
    page.evaluate(AXE.read_text())
    for theme in ("light", "dark"):
        for width in (1300, 390):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate(
                "axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
            )
            assert found == [], (theme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
