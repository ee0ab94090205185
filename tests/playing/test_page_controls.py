"""Controls in a real browser that take time: speed, schedules, sliders; and practice with all of its verdicts."""

import pytest

from tests.playing.browsing import eventually, expect, opened, press, shown


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


@pytest.mark.long
def test_a_speed_is_kept(page, playground):
    page.get_by_label("Speed").select_option("5")
    eventually(lambda: playground.session.pace, 5)
    press(page, "Run")
    eventually(lambda: shown(page, "steps") >= 2, True)
    assert playground.session.simulation.step < 50
    page.get_by_label("Speed").select_option("")
    eventually(lambda: shown(page, "epochs") > 20, True)
    press(page, "Pause")
    expect(page.locator(".gn-run")).to_have_text("Run")


@pytest.mark.long
def test_a_schedule_and_the_sliders_reach_the_library(page, playground):
    scene = lambda: playground.session.simulation.scene  # noqa: E731
    page.get_by_label("Schedule").select_option("exponential")
    eventually(lambda: (scene().training.schedule or {}).get("name"), "exponential")
    assert scene().training.schedule["value"] == scene().training.optimizer["learning_rate"]
    press(page, "Step")
    expect(page.locator("[data-shows=steps]")).to_have_text("1")
    for label, value, name in (("Noise", "0.5", "noise"), ("Rows", "200", "rows"), ("Held out", "0.4", "held_out")):
        page.get_by_label(label, exact=True).fill(value)
        eventually(lambda name=name: getattr(scene().data, name), float(value))
    rows = playground.session.simulation.rows
    assert (len(rows.y), len(rows.y_held)) == (120, 80)
    expect(page.locator("[data-shows=steps]")).to_have_text("0")


@pytest.mark.long
def test_practice_has_a_verdict_for_each_kind_of_answer(page, playground):
    page.get_by_role("tab", name="Practice").click()
    page.get_by_label("Exercise").select_option("product")
    press(page, "New question")
    answer, verdict = page.get_by_label("Your answer"), page.locator(".gn-verdict")
    expect(answer).to_be_visible()
    exercise = playground.session.pages[-1].practice.exercise
    value, factors = exercise.value, exercise.given
    name, factor = next((n, f) for n, f in factors.items() if abs(abs(f) - 1) > 0.05)
    for given, words in (
        (-value, "the sign is not"),
        (value / factor, f"The factor {name} is missing."),
        (value * factor, f"The factor {name} is there twice."),
        (sum(factors.values()), "That is the sum of the factors"),
        (value * 1234.5, "That is not their product"),
        (value, "Right"),
    ):
        answer.fill(repr(given))
        press(page, "Check")
        expect(verdict).to_contain_text(words)
    expect(page.locator(".gn-derivation")).to_contain_text("∂ℓ/∂w = ")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["next weight", "delta", "loss"])
def test_each_exercise_is_set_and_solved_on_the_page(page, playground, kind):
    press(page, "+ Add a hidden layer")
    expect(page.locator(".gn-edge")).to_have_count(6)
    page.get_by_role("tab", name="Practice").click()
    page.get_by_label("Exercise").select_option(kind)
    press(page, "New question")
    expect(page.get_by_label("Your answer")).to_be_visible()
    exercise = playground.session.pages[-1].practice.exercise
    assert exercise.kind == kind
    press(page, "Show the answer")
    expect(page.locator(".gn-verdict")).to_contain_text("The answer is")
    for line in exercise.derivation:
        expect(page.locator(".gn-derivation")).to_contain_text(line)
    page.get_by_label("Your answer").fill(repr(exercise.value))
    press(page, "Check")
    expect(page.locator(".gn-verdict")).to_contain_text("Right")


def test_a_layer_is_removed_above_it_and_an_answer_is_brought_in_sight(page, playground):
    press(page, "+ Add a hidden layer")
    expect(page.locator(".gn-edge")).to_have_count(6)
    page.set_viewport_size({"width": 1300, "height": 600})
    page.locator(".gn-edge").nth(1).dispatch_event("click")
    expect(page.locator(".gn-facts").first).to_be_in_viewport(ratio=1)
    page.get_by_label("Remove hidden layer 1").click()
    expect(page.locator(".gn-edge")).to_have_count(2)
    assert playground.session.simulation.scene.layers == []
