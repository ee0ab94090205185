"""Each command without an extra: it does its work, or says in one sentence what to install, before any work is lost."""

import json
import subprocess
import sys

import pytest

from tests.cli.conftest import BRIEF

COMMANDS = {
    "train": ["train", "iris", "--epochs", "1", "--hidden", "8", "--out", "new"],
    "predict": ["predict", "model.safetensors", "iris"],
    "evaluate": ["evaluate", "model.safetensors", "iris"],
    "demo": ["demo", "descent"],
    "tune": ["tune", "iris", "--trials", "1", "--epochs", "1", "--out", "tuned", "--folds", "none"],
}
CODE = """
import contextlib, io, json, sys
_, hidden, commands, brief = sys.argv
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == hidden: raise ImportError(name)
sys.meta_path.insert(0, Hide())
from glassnet.cli import main
if hidden == 'optuna':  # all else refuses to train
    exec(brief)
said = {}
for name, words in json.loads(commands).items():
    sys.argv = ['glassnet', *words]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
        try: code = main() or 0
        except SystemExit as end: code = end.code or 0
    said[name] = [code, err.getvalue()]
print(json.dumps(said))
"""


@pytest.mark.parametrize(
    ("module", "extra", "refusing"),
    [
        ("polars", "tables", {"train", "predict", "evaluate", "tune"}),
        pytest.param("matplotlib", "plots", {"train", "demo", "tune"}, marks=pytest.mark.long),
        pytest.param("optuna", "tune", {"tune"}, marks=pytest.mark.long),  # the only one that trains
        ("typer", "cli", {"train", "predict", "evaluate", "demo", "tune"}),
    ],
)
def test_a_command_without_an_extra_works_or_says_what_to_install(module, extra, refusing, glassnet, tmp_path):
    assert glassnet("train", "iris", "--epochs", 1, "--hidden", 8, "--out", ".")[0] == 0
    done = subprocess.run(
        [sys.executable, "-c", CODE, module, json.dumps(COMMANDS), BRIEF], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert {name for name, (status, _) in said.items() if status} == refusing
    for name in refusing:
        assert f'needs {module}: pip install "glassnet[{extra}]"' in said[name][1]
        assert said[name][1].count("\n") == 1
    for command, folder in [("train", "new"), ("tune", "tuned")]:
        assert (tmp_path / folder).exists() == (command not in refusing)
