"""The report as Markdown and as a page that needs nothing else."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import glassnet as gn
from glassnet.drawing import Style
from glassnet.insight.pages.pieces import Rows
from glassnet.tables.judging import baselines
from glassnet.tables.reporting.as_page import as_page
from glassnet.tables.reporting.report import write_run

ODD = "a|b <b>&amp; `c`"


class Page(HTMLParser):
    """Which elements are open, and what was met."""

    def __init__(self, text):
        super().__init__()
        self.open, self.met, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.met.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({ODD: rng.normal(size=120), "city": ["Rome", "Oslo", "Bonn"] * 40, "y": ["no", "yes"] * 60})
    training = gn.TableTraining(frame, "y", recipe=gn.Recipe(hidden=(4,), epochs=2, engine="numpy"))
    for _ in training.epochs():
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "find_spec", lambda name: None)
        return write_run(training, tmp_path_factory.mktemp("run"), "odd.csv", "glassnet train odd.csv", Style())


def test_the_page_is_whole_and_needs_nothing_from_elsewhere(run):
    text = run.page.read_text()
    page = Page(text)
    assert page.open == []
    for tag, attrs in page.met:
        assert tag != "script" and tag != "link"
        for name in ("src", "srcset"):
            assert attrs.get(name, "data:").startswith("data:image/png;base64,"[: len(attrs.get(name, "data:"))])
    images = [attrs for tag, attrs in page.met if tag == "img"]
    assert len(images) == len(run.figures) and all(image["alt"] for image in images)
    assert text.count("prefers-color-scheme: dark") == 1 + len(images)
    assert "@media print" in text and "width=device-width" in text


def test_words_stay_whole_on_paper_and_only_what_is_long_is_broken():
    found = as_page(
        "t",
        [
            Rows(
                (
                    ("column", "range", "n"),
                    ("age", "1 … 2; other texts are read as missing", "1"),
                    ("n" * 40, "3 … 4", "2"),
                    ("b", "5 … 6", "3"),
                )
            )
        ],
    )
    assert '<td class="words">1 … 2; other texts are read as missing</td><td>1</td>' in found
    assert f'<td class="words long">{"n" * 40}</td>' in found and "overflow-wrap: break-word; }" in found


def test_both_say_the_verdict_first_and_the_same_after_it(run):
    report, words = run.report.read_text(), "".join(Page(run.page.read_text()).words)
    assert report.splitlines()[2].replace("\\", "") == run.verdict.sentence
    assert words.index(run.verdict.sentence) < words.index("Result on the held-out rows")
    headings = re.findall(r"^## (.*)$", report, re.M)
    places = [words.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places) and len(places) >= 8


def test_both_say_what_the_columns_do(run):
    report, words = run.report.read_text(), "".join(Page(run.page.read_text()).words)
    for text in (report, words):
        part = text[text.index("What the columns do") :]
        assert all(part.index(said) < part.index("Diagnosis") for said in ("contributes", "shuffled", "city", "moves"))
        assert "accuracy lost when the column is shuffled among the rows (24 rows)" in part
    assert text.index("Permutation importance and mean contribution") < text.index("What the columns do")


def test_names_are_shown_as_they_are_and_become_no_markup(run):
    assert ODD in "".join(Page(run.page.read_text()).words)
    assert "<b>" not in run.page.read_text()
    assert r"a\|b \<b\>\&amp; \`c\`" in run.report.read_text()


def test_the_code_under_use_this_model_works(run, monkeypatch):
    monkeypatch.chdir(run.folder)
    pl.DataFrame({ODD: [0.1, 0.2], "city": ["Rome", "Bonn"]}).write_csv("new.csv")
    part = run.report.read_text().split("## Use this model")[1].split("## How to reproduce")[0]
    command, python, service = re.findall(r"```\n(.*?)\n```", part, re.S)
    names: dict[str, Any] = {}
    exec(python, names)
    assert len(names["model"].predict(names["table"])) == 2
    exec(service, names)
    assert callable(names["predictor"])
    assert command.splitlines()[0] == f"glassnet predict {run.model} new.csv --out predictions.csv"
    assert Path(run.model).is_file()
