"""The programs of docs/shipping.md in other languages: as they stand there, beside the files that its Python writes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from glassnet.exports.running import in_c

PAGE = (Path(__file__).parents[2] / "docs" / "shipping.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.long  # like the Python of all pages
SAID = (r"0\.9\d+ 0\.0\d+ 0\.0\d+\n", r"setosa\n", r"6\d{4} of 65536\n")  # setosa, by all of them


def programs(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the Python of the page has written its files."""
    made = tmp_path_factory.mktemp("page")
    done = subprocess.run(
        [sys.executable, "-"], input="\n".join(programs("python")), cwd=made, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return made


def test_the_programs_in_c(folder):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    for said, program in zip(SAID, programs("c"), strict=True):
        (folder / "main.c").write_text(program)
        subprocess.run(["gcc", *in_c.STRICT, "main.c", "-o", "main", "-lm"], cwd=folder, check=True)
        found = subprocess.run([folder / "main"], capture_output=True, text=True, check=True)
        assert re.fullmatch(said, found.stdout), found.stdout


def test_the_program_in_javascript(folder):
    if (node := shutil.which("node")) is None:
        pytest.skip("node is not installed")
    (program,) = programs("js")
    (folder / "main.mjs").write_text(program)
    found = subprocess.run([node, "main.mjs"], cwd=folder, capture_output=True, text=True, check=True)
    assert "prediction: 'setosa'" in found.stdout


def test_the_command_in_python(folder):
    (folder / "rows.csv").write_text("sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,\n")
    with (folder / "rows.csv").open() as rows:
        found = subprocess.run(
            [sys.executable, "flowers.py"], stdin=rows, cwd=folder, capture_output=True, text=True, check=True
        )
    assert found.stdout.startswith("prediction,probability of setosa,") and "\nsetosa,0.9" in found.stdout
