"""What the README and the documents show runs as it stands."""

import linecache
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(), flags=re.DOTALL)


@pytest.mark.filterwarnings("ignore:this network runs on the NumPy engine")
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer. Maximum iterations")  # examples are short
@pytest.mark.parametrize("path", [p for p in DOCUMENTS if blocks(p)], ids=lambda path: path.name)
def test_python_blocks_run_one_after_the_other(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space: dict = {"__name__": "document"}
    for k, block in enumerate(blocks(path)):
        name = f"<{path.name} {k}>"
        linecache.cache[name] = (len(block), None, block.splitlines(True), name)  # as a notebook does for its cells
        exec(compile(block, name, "exec"), space)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path):
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "```text" in p.read_text()], ids=lambda path: path.name)
def test_what_documents_show_as_printed_is_printed(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    exec("\n".join(blocks(path)), {"__name__": "document"})
    printed = set(capsys.readouterr().out.splitlines())
    for shown in re.findall(r"```text\n(.*?)```", path.read_text(), flags=re.DOTALL):
        assert [line for line in shown.splitlines() if line not in printed] == []
