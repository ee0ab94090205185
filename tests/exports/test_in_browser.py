"""A page opened from a file by a real browser: exported modules in it give what `predict` gives."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import exported_networks as networks  # type: ignore[import-not-found]
import numpy as np
import pytest
from exported_tables import cases, odd, table, trained  # type: ignore[import-not-found]

from glassnet.exports import registry
from glassnet.exports.lowering import program_of
from glassnet.exports.running.case import Case, split
from glassnet.exports.running.in_javascript import number, rows

DOCS = Path(__file__).parents[2] / "docs" / "shipping.md"
HEAD = '<!doctype html><meta charset="utf-8">'
SCRIPT = '<script type="module">{module}{show}</script>'
SHOW = """
const rowsOfCase = JSON.parse(%s, (key, value) =>
  value !== null && typeof value === "object" && "~number" in value ? Number(value["~number"]) : value);
const foundOfCase = document.createElement("p");
foundOfCase.textContent = JSON.stringify(rowsOfCase.map((row) => %s.map(String)));
document.body.append(foundOfCase);
"""
OF_NETWORK = "[...predict(row)]"
OF_TABLE = "[...forward(row).value, classes.indexOf(predict(row).prediction)]"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom")


def browser():
    """Chromium or Chrome; one line where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


def network_case(name, net, folder):
    path = folder / f"{name}.mjs"
    for place, content in registry.TARGETS["javascript"].files(program_of(net), path).items():
        place.write_bytes(content)
    return Case(program_of(net), path, networks.rows_for(name, net))


def script(case):
    """A module with what shows its answers, in one script."""
    given = json.dumps(json.dumps(rows(case))).replace("</", "<\\/")
    show = SHOW % (given, OF_NETWORK if case.rows is not None else OF_TABLE)
    return SCRIPT.format(module=case.path.read_text(encoding="utf-8"), show=show)


def test_the_page_of_the_documentation_in_a_real_browser(tmp_path):
    assert f"f'{HEAD}{SCRIPT}'" in DOCS.read_text(encoding="utf-8")
    command, frame, model = browser(), odd(table()), trained("y", {})
    nets = {
        f"{name}_{dtype}": (name, networks.networks(dtype)[name])
        for name in ("f_softmax", "f_gelu", "l_columns")
        for dtype in ("float32", "float64")
    }
    made = [network_case(name, net, tmp_path) for name, net in nets.values()]
    made += cases({"table": model}, "javascript", tmp_path, frame)
    page = tmp_path / "page.html"
    page.write_text(HEAD + "".join(map(script, made)), encoding="utf-8")
    done = subprocess.run(
        [command, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()],
        capture_output=True, timeout=120,
    )  # fmt: skip
    shown = re.findall(r"<p>(.*?)</p>", done.stdout.decode(), re.DOTALL)
    assert len(shown) == len(made), done.stderr.decode()[-2000:]
    found = [
        split(np.array([[*map(number, row)] for row in json.loads(html.unescape(text))], float), case.program)
        for text, case in zip(shown, made, strict=True)
    ]
    for case, (name, net), each in zip(made, nets.values(), found, strict=False):
        expected = net.predict(case.rows).reshape(case.n_rows, -1)
        size = np.maximum(1, np.abs(expected).max(axis=1, keepdims=True))
        bound = 1e-12 if net.dtype == np.float64 else 128 * 2.0**-23
        assert (np.abs(each.values - expected) / size).max() <= bound, name
    expected = model.outputs(frame)
    np.testing.assert_allclose(found[-1].values, expected, rtol=2e-6, atol=2e-6)
    assert (found[-1].labels == model.decided(expected)).all()
