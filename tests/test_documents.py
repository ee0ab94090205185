"""What the README and the documents show runs as it stands."""

import linecache
import re
import shlex
import sys
from pathlib import Path

import pytest

import glassnet as gn
from glassnet.cli import main
from glassnet.tables.judging import baselines
from tests.cli.conftest import leave_out_most_of_the_report

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FIRST = ("README.md", "docs/start.md", "docs/layers.md", "docs/extending.md")  # the others take most of a minute
ROUNDING = r"\b\d(\.\d+)?e-(0[7-9]|[1-9]\d)\b|\b0\.0e\+00\b"  # differs from machine to machine


def short_name(path):
    return str(path.relative_to(ROOT))


def blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.DOTALL)


def fenced(path):
    """(language, line) of each line of code in a page."""
    fences = re.findall(r"^```(.*)\n([^`]*?)^```", path.read_text(), flags=re.MULTILINE)
    return [(kind, line) for kind, text in fences for line in text.splitlines()]


def lines(text):
    return [re.sub(ROUNDING, "rounding", line.rstrip()) for line in text.splitlines()]


def find(piece, printed, start):
    """The line behind the first place, from `start` on, where a piece stands among the printed lines; None without."""
    for k in range(start, len(printed) - len(piece) + 1):
        if printed[k : k + len(piece)] == piece:
            return k + len(piece)
    return None


def missing(shown, printed):
    """The lines of a shown text that were not printed, line behind line and in order; "…" leaves lines out."""
    at = 0
    for text in "\n".join(lines(shown)).split("\n…\n"):
        piece = text.splitlines()
        if (end := find(piece, printed, at)) is None:
            return [line for line in piece if line not in printed] or piece
        at = end
    return []


@pytest.mark.filterwarnings("ignore:this network runs on the NumPy engine")
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer. Maximum iterations")  # examples are short
@pytest.mark.parametrize("path", [
    pytest.param(path, marks=pytest.mark.long) if short_name(path) not in FIRST else path
    for path in DOCUMENTS if blocks(path)
], ids=short_name)  # fmt: skip
def test_python_blocks_run_one_after_the_other_and_print_what_is_shown(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)  # boosted trees, whose scores no page shows
    space: dict = {"__name__": "document"}
    for k, block in enumerate(blocks(path)):
        name = f"<{path.name} {k}>"
        linecache.cache[name] = (len(block), None, block.splitlines(True), name)  # as a notebook does for its cells
        exec(compile(block, name, "exec"), space)
    printed = lines(capsys.readouterr().out)
    for shown in re.findall(r"```text\n(.*?)```", path.read_text(), flags=re.DOTALL):
        assert missing(shown, printed) == []


@pytest.mark.once  # no number is looked at that an engine computes
@pytest.mark.parametrize(
    ("page", "made"), [("docs/start.md", "kinds.csv"), pytest.param("README.md", "species.csv", marks=pytest.mark.long)]
)
def test_the_commands_of_the_first_pages_run_on_files_that_are_there(page, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    leave_out_most_of_the_report(monkeypatch)
    commands = [line for kind, line in fenced(ROOT / page) if not kind and line.startswith("glassnet ")]
    assert len(commands) >= 3
    for command in commands:
        asked = shlex.split(command)
        brief = ["--epochs", "3", "--hidden", "8"] if asked[1] == "train" else []
        monkeypatch.setattr(sys, "argv", [*asked, *brief])
        with pytest.raises(SystemExit, match=r"^0$"):
            main()
    assert (tmp_path / made).read_text().count("\n") == 151


@pytest.mark.parametrize("path", DOCUMENTS, ids=short_name)
def test_links_to_files_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_what_is_shown_as_printed_is_found_as_it_was_printed():
    printed = lines("a\nb 1.5e-09\nc\nd 1.5e-03\n")
    assert missing("b 7.1e-11\nc\n", printed) == []
    assert missing("a\n…\nd 1.5e-03\n", printed) == []
    assert missing("a\nc\n", printed) == ["a", "c"]  # lines between them were dropped unsaid
    assert missing("c\nd 1.5e-04\n", printed) == ["d 1.5e-04"]
    assert missing("c\n…\na\n", printed) == ["a"]  # in another order


@pytest.mark.parametrize("path", DOCUMENTS[1:], ids=short_name)
def test_code_and_print_fit_the_page_of_the_site(path):
    shown = [line for kind, line in fenced(path) if not kind.startswith("{")]
    assert [line for line in shown if len(line) > 92] == []


@pytest.mark.parametrize("word", ["GPU", "convolution", "transformer", "recurrent"])
def test_the_search_of_the_site_leads_to_what_glassnet_is_not(word):
    headings = re.findall("^#+ .*", (ROOT / "docs/what-it-is-not.md").read_text(), flags=re.MULTILINE)
    assert any(word in heading for heading in headings)  # which count most in the search


def test_every_picture_stands_in_the_gallery():
    scripts = "".join(path.read_text() for path in (ROOT / "docs/gallery").glob("*.py"))
    drawn = [name for name in gn.pictures.__all__ if name.islower() and name != "save"]
    assert [name for name in drawn if f"gn.pictures.{name}(" not in scripts] == []
