"""What the tests of the command share: a run of it in an empty folder, and an interruption."""

import base64
import sys

import pytest

from glassnet.cli import main
from glassnet.tables.judging import baselines
from glassnet.training.loop.run import Run

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAYBmLxwAAAABJRU5ErkJggg=="
BLANK = {"png": base64.b64decode(DOT), "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'}


@pytest.fixture
def with_figures():
    """What a test asks for whose figures matter; all others leave them blank, as most of a short run is drawing."""


@pytest.fixture
def glassnet(monkeypatch, capsys, tmp_path, request):
    """Run the command in an empty folder: (exit status, stdout, stderr)."""
    if "with_figures" not in request.fixturenames:
        monkeypatch.setattr("glassnet.figure.drawn", lambda figure, ending, *_: BLANK[ending])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("GLASSNET_ENGINE", "numpy")  # no word about compiling on stderr

    monkeypatch.setattr(baselines, "find_spec", lambda name: None)  # boosted trees take long to import

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["glassnet", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
            sys.exit(0)
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return run


def interrupt_in(epoch, patch):
    """Ctrl-C in the middle of an epoch."""
    record = Run.record

    def interrupted(self, number, *more):
        if number == epoch:
            raise KeyboardInterrupt
        return record(self, number, *more)

    patch.setattr(Run, "record", interrupted)
