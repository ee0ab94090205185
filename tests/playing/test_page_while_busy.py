"""The page in a real browser, with a server that is slow to answer: nothing that somebody does meanwhile is lost."""

import time

import pytest

from glassnet.playing.commands import COMMANDS
from tests.playing.browsing import eventually, expect, opened, press


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


@pytest.fixture
def slow(monkeypatch):
    """The server takes a while for each change, as on a busy machine."""
    at_once = COMMANDS["set"]

    def later(*given):
        time.sleep(0.5)
        at_once(*given)

    monkeypatch.setitem(COMMANDS, "set", later)


def test_changes_made_before_the_server_answers_are_all_taken(page, playground, slow):
    page.get_by_label("Optimizer").select_option("momentum")
    page.get_by_label("learning rate").fill("0.25")
    page.get_by_label("learning rate").press("Enter")
    page.get_by_label("Optimizer").select_option("sgd")
    expect(page.get_by_label("learning rate")).to_have_value("0.25")
    for _ in range(2):
        press(page, "+ Add a hidden layer")
        press(page, "New rows")
    for name in ("x1^2", "sin(x2)"):
        page.locator(f"input[value='{name}']").check()
    scene = lambda: playground.session.simulation.scene  # noqa: E731
    eventually(lambda: scene().data.derived, ["x1^2", "sin(x2)"])
    assert scene().training.optimizer == {"name": "sgd", "learning_rate": 0.25}
    assert len(scene().layers) == 2
    assert scene().data.seed == 2
    for _ in range(3):
        press(page, "Add a unit to hidden layer 1")
    page.get_by_text("Activation, dropout").click()
    page.get_by_label("Dropout").first.fill("0.1")
    page.get_by_label("Dropout").first.press("Enter")
    page.get_by_label("Activation").first.select_option("relu")
    eventually(lambda: scene().layers[0].activation, "relu")
    assert (scene().layers[0].units, scene().layers[0].dropout) == (5, 0.1)


def test_controls_of_the_data_show_what_was_asked_for_when_an_earlier_answer_comes(page, playground, slow):
    chosen, box, noise = page.get_by_label("Data set"), page.locator("input[value='x1^2']"), page.get_by_label("Noise")
    press(page, "New rows")
    chosen.select_option("moons")
    box.check()
    noise.fill("0.4")
    scene = lambda: playground.session.simulation.scene.data  # noqa: E731
    eventually(lambda: scene().seed, 1)
    page.wait_for_timeout(100)  # for the event of it
    assert (chosen.input_value(), box.is_checked(), noise.input_value()) == ("moons", True, "0.4")
    eventually(lambda: (scene().name, scene().derived, scene().noise), ("moons", ["x1^2"], 0.4))


def test_more_clicks_than_there_are_units_leave_one(page, playground, slow):
    press(page, "+ Add a hidden layer")
    expect(page.get_by_label("Units of hidden layer 1")).to_have_text("2")
    fewer = page.get_by_role("button", name="Remove a unit from hidden layer 1")
    fewer.evaluate(
        "button => { for (let k = 0; k < 3; k++) button.click(); }"
    )  # before any answer, also on a busy machine
    expect(page.get_by_label("Units of hidden layer 1")).to_have_text("1")
    expect(page.locator(".gn-error")).to_have_count(0)


def test_a_refused_change_leaves_the_controls_as_the_scene_has_them(page, slow):
    before = page.get_by_label("Batch size").input_value()
    page.get_by_label("Batch size").fill("-3")
    page.get_by_label("Batch size").press("Enter")
    page.get_by_label("Seed").last.focus()
    expect(page.locator(".gn-error")).to_contain_text("batch size")
    expect(page.get_by_label("Batch size")).to_have_value(before)


def test_a_number_that_is_refused_is_taken_away_from_where_it_was_entered(page):
    size = page.get_by_label("Batch size")
    before = size.input_value()
    for refused in ("0", "-3", "2.5"):
        size.fill(refused)
        size.press("Enter")
        expect(page.locator(".gn-error").last).to_contain_text(f"got {refused}")
        expect(size).to_have_value(before)
    size.press_sequentially("7")
    expect(size).to_have_value(f"{before}7")
