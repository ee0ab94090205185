"""The tape in the playground: what the server answers, and the view in a real browser."""

import numpy as np
import pytest

import glassnet as gn
from glassnet.playing.answers.tape import EXAMPLES, taped
from tests.playing.browsing import eventually, expect, opened, press
from tests.playing.test_page import AXE


@pytest.mark.parametrize("title", EXAMPLES)
def test_an_example_is_told_as_the_tape_computes_it(title):
    answer, made = taped(EXAMPLES[title]), gn.tape(EXAMPLES[title])
    assert [node["name"] for node in answer["nodes"]] == [node.name for node in made.nodes]
    assert len({tuple(node["place"]) for node in answer["nodes"]}) == len(made.nodes)
    known = {node["name"] for node in answer["nodes"]}
    assert all({*node["inputs"]} <= known for node in answer["nodes"])
    assert [step["name"] for step in answer["steps"] if step["back"]] == [node.name for node in made.back]
    assert [step["name"] for step in answer["steps"] if not step["back"]] == [n.name for n in made.nodes if n.formula]


def test_a_page_is_answered_and_a_wrong_expression_is_refused_in_one_sentence(page):
    assert [each["title"] for each in page.ask("hello", protocol=1)["choices"]["tapes"]] == [*EXAMPLES]
    answer = page.ask("tape", text="x = 2\nx * x")
    assert answer["steps"][-1]["text"] == "dx = dL * ∂L/∂x = 1 * 4 = 4"
    for text, said in (
        ("x = 2\ntanhh(x)", "line 2, column 1: there is no function `tanhh`: did you mean `tanh`?"),
        ("x = 1\nouter([1, 2] * x, 1)[0].tofile(3)", "only functions of the tape can be called"),
        ("x = 1\n" + " + ".join("x" * 80), "this computes 80 arrays: at most 60 can be drawn."),
        ("x = 1\n" + "x" * 3000, "the expression has 3,006 letters: at most 2,000 are read."),
        (f"x = {[1] * 101}\nx", "column 5: this has 101 numbers: at most 100 are shown."),
        (5, "an expression is a text, got int."),
    ):
        assert said in page.ask("tape", text=text)["error"]


def opened_tape(page):
    page.get_by_role("tab", name="Tape").click()
    expect(page.locator(".gn-array")).to_have_count(6)


def test_the_keys_go_along_the_tape_and_back(browser, playground):
    with opened(browser, playground) as page:
        opened_tape(page)
        said, gradients = page.locator(".gn-tape [role=status]"), page.locator(".gn-of-gradient:not([hidden])")
        values = page.locator(".gn-of-value:not([hidden])")
        expect(said).to_contain_text("The values that are given.")
        expect(values).to_have_count(3)
        page.locator(".gn-graph").focus()
        for text in ("Forward, 1 of 9: v1 = w * x = 2 * 3 = 6", "Forward, 2 of 9: v2 = v1 + b = 6 + (−1) = 5"):
            page.keyboard.press("ArrowRight")
            expect(said).to_have_text(text)
        expect(values).to_have_count(5)
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        expect(said).to_have_text("Backward, 5 of 9: dv2 = dL * ∂L/∂v2 = 1 * 10 = 10")
        expect(page.locator(".gn-tape-step")).to_contain_text("Local derivative: ∂L/∂v2 = 2.0 * v2 = 2 * 5 = 10")
        expect(page.locator(".gn-array.gn-now")).to_have_attribute("data-name", "v2")
        expect(gradients).to_have_text(["dv2 = 10", "dL = 1"])
        page.keyboard.press("ArrowLeft")
        expect(gradients).to_have_text(["dL = 1"])
        page.keyboard.press("End")
        expect(gradients).to_have_count(6)
        page.keyboard.press("Home")
        expect(gradients).to_have_count(0)
        page.get_by_label("Last step of the tape").click()
        expect(said).to_contain_text("dw = dv1 * ∂v1/∂w = 10 * 3 = 30")
        page.locator(".gn-array[data-name=v1]").click()
        expect(said).to_contain_text("dv1 = dv2 * ∂v2/∂v1 = 10 * 1 = 10")
        page.keyboard.press("Home")
        page.get_by_label("Next step of the tape").click()
        page.locator(".gn-array[data-name=w]").click()  # which has no step forward
        expect(said).to_contain_text("Forward, 1 of 9")
        assert playground.session.simulation.step == 0  # nothing was trained


def test_an_expression_of_ones_own_is_drawn_or_refused_at_its_place(browser, playground):
    with opened(browser, playground) as page:
        opened_tape(page)
        text = page.get_by_label("Expression")
        text.fill("x = 2\nsin(x * ")
        press(page, "Draw the graph")
        expect(page.locator(".gn-error")).to_contain_text("line 2, column 4: `(` is never closed.")
        eventually(lambda: text.evaluate("each => [each === document.activeElement, each.selectionStart]"), [True, 9])
        expect(page.locator(".gn-tape, .gn-array")).to_have_count(0)  # that of the example would be taken for this one
        text.fill("x = 2\nsin(x) * x")
        text.press("Control+Enter")
        expect(page.locator(".gn-array")).to_have_count(3)
        page.get_by_label("Last step of the tape").click()
        last = page.locator(".gn-of-gradient").first
        expect(last).to_have_text(f"dx = {np.sin(2) + 2 * np.cos(2):.3g}")
        expect(page.get_by_label("Example")).to_have_value("")


@pytest.mark.long
def test_a_long_graph_fits_narrow_and_dark_pages(browser, playground):
    with opened(browser, playground) as page:
        opened_tape(page)
        page.get_by_label("Example").select_option("Softmax and cross-entropy")
        expect(page.locator(".gn-array")).to_have_count(9)
        page.get_by_label("Last step of the tape").click()
        for theme in ("light", "dark"):
            for width in (1300, 390):
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                page.locator(".gn-graph").focus()
                page.keyboard.press("ArrowLeft")
                box, now = page.locator(".gn-graph").bounding_box(), page.locator(".gn-now rect").bounding_box()
                assert box["x"] - 4 <= now["x"] and now["x"] + now["width"] <= box["x"] + box["width"] + 4
                if AXE.exists():
                    page.evaluate(AXE.read_text())
                    found = page.evaluate(
                        "axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
                    )
                    assert found == [], (theme, width)
