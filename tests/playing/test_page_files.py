"""Files in a real browser: each download, tables that are dropped; and the pad for digits."""

import io
import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from tests.playing.browsing import Late, drop_file, eventually, expect, opened, press

TABLE = pl.DataFrame({"rooms": [k % 7 for k in range(80)], "sold": ["yes" if k % 7 > 3 else "no" for k in range(80)]})
FILES = {
    "Python code": "playground.py",
    "Model file": "model.safetensors",
    "Scene": "scene.json",
    "ONNX": "network.onnx",
    "C": "network.h",
    "JavaScript": "network.mjs",
    "Python that predicts": "network.py",
    "Figure: decision regions, SVG": "regions.svg",
    "Figure: learning curves, PNG": "curves.png",
    "Figure: the network, SVG": "network.svg",
    "Figure: predictions, PNG": "predictions.png",
}
BEGINS = {".png": b"\x89PNG", ".svg": b"<?xml"}


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


def taken_by(page, button):
    """The file behind a button, which is pressed again where a busy browser has let a download go."""
    for _ in range(3):
        try:
            with page.expect_download(timeout=20_000) as download:
                press(page, button)
            return download.value
        except Late:
            assert page.locator(".gn-error").all_inner_texts() == [], button
    raise AssertionError(f"{button}: no file came")


@pytest.mark.long
def test_each_file_is_taken_away(page, playground):
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    page.get_by_text("Take away").click()
    taken = {}
    for button, name in FILES.items():
        download = taken_by(page, button)
        assert download.suggested_filename == name
        taken[name] = download.path()
        content = Path(taken[name]).read_bytes()
        assert content.startswith(BEGINS.get(Path(name).suffix, b"")) and len(content) > 100, name
    simulation = playground.session.simulation
    model = Path(taken["scene.json"]).with_suffix(".safetensors")
    model.write_bytes(Path(taken["model.safetensors"]).read_bytes())
    np.testing.assert_array_equal(gn.Network.load(model).parameters, simulation.net.parameters)
    assert json.loads(Path(taken["scene.json"]).read_text()) == json.loads(json.dumps(simulation.scene.describe()))
    for name in ("playground.py", "network.py"):
        compile(Path(taken[name]).read_text(), name, "exec")


@pytest.mark.long
def test_decision_regions_are_offered_for_classes_alone(page):
    page.get_by_text("Take away").click()
    regions = page.get_by_role("button", name="Figure: decision regions, SVG", exact=True)
    expect(regions).to_be_visible()
    page.get_by_label("Data set").select_option("regression")
    expect(regions).to_be_hidden()


def written(ending):
    """The table as a file of a kind."""
    file = io.BytesIO()
    if ending == "parquet":
        TABLE.write_parquet(file)
        return file.getvalue()
    workbook = pytest.importorskip("openpyxl").Workbook()
    for line in (TABLE.columns, *TABLE.rows()):
        workbook.active.append(line)
    workbook.save(file)
    return file.getvalue()


@pytest.mark.long
@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_a_table_of_another_kind_is_dropped(page, playground, ending):
    drop_file(page, f"houses.{ending}", written(ending))
    expect(page.get_by_label("Target", exact=True)).to_have_value("sold")
    expect(page.get_by_label("Data set")).to_have_value("file")
    expect(page.locator(".gn-confusion th[scope=col]")).to_have_text(["no", "yes"])
    assert len(playground.session.simulation.rows.all[1]) == len(TABLE)


@pytest.mark.long
def test_a_digit_is_drawn_with_keys_and_with_the_pointer(page, playground):
    page.get_by_label("Data set").select_option("digits")
    pad, shares = page.get_by_role("application"), page.locator(".gn-pad output")
    expect(pad).to_be_visible()
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    pad.focus()
    for key in (" ", "ArrowRight", " ", "ArrowDown", " "):
        page.keyboard.press(key)
    drawn = np.zeros((1, 64), np.float32)
    drawn[0, [0, 1, 9]] = 1
    expected = 100 * playground.session.simulation.net.predict(drawn)[0]

    def told():
        return [float(re.sub(r"[^\d.]", "", text)) for text in shares.all_inner_texts()]

    eventually(told, pytest.approx(expected, abs=0.51))
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 140, steps=8)
    page.mouse.up()
    eventually(lambda: told() == pytest.approx(expected, abs=0.51), False)
    press(page, "Clear")
    eventually(told, pytest.approx(100 * playground.session.simulation.net.predict(np.zeros((1, 64)))[0], abs=0.51))
