"""What the tests of the command share: a run of it in an empty folder, and an interruption."""

import base64
import sys
from dataclasses import replace
from functools import cache

import pytest
import typer.main

from glassnet.cli import main
from glassnet.figure import Figure
from glassnet.forecasting.shown import figures
from glassnet.tables.insight import gallery
from glassnet.tables.judging import baselines, bootstrap
from glassnet.tables.reporting import report
from glassnet.training.loop.run import Run

DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAYBmLxwAAAABJRU5ErkJggg=="
BLANK = {"png": base64.b64decode(DOT), "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'}


BRIEF = """
from glassnet.tables.judging import baselines, bootstrap
from glassnet.tables.reporting import report
baselines.MOST_INPUTS, bootstrap.MANY, report.DRAWN = 0, 10, ()
"""  # lines that make the report of a process brief, and leave out its figures


@pytest.fixture
def whole_report():
    """What a test asks for that looks at figures or at the verdict: for all others most of a run is left out."""


@pytest.fixture(params=["blank", pytest.param("drawn", marks=pytest.mark.long)])
def figures_drawn_later(request):
    """What a test asks for whose figures `make test` leaves blank, and `make test-long` draws."""
    return request.param == "drawn"


built_once = cache(typer.main.get_command)


def leave_out_most_of_the_report(monkeypatch):
    """Of its figures only the curves, which stay blank, and no diagnosis; the constant, compared by few resamples."""
    leave_figures_blank(monkeypatch)
    monkeypatch.setattr(figures, "DRAWN", ())
    monkeypatch.setattr(report, "DRAWN", ("curves",))
    monkeypatch.setitem(gallery.PICTURES, "curves", replace(gallery.PICTURES["curves"], draw=lambda _: Figure()))
    monkeypatch.setattr(report, "diagnosis_pieces", lambda training: ())
    monkeypatch.setattr(baselines, "MOST_INPUTS", 0)
    monkeypatch.setattr(bootstrap, "MANY", 10)


def leave_figures_blank(monkeypatch):
    monkeypatch.setattr("glassnet.figure.drawn", lambda figure, ending, *_: BLANK[ending])


@pytest.fixture
def glassnet(monkeypatch, capsys, tmp_path, request):
    """Run the command in an empty folder: (exit status, stdout, stderr)."""
    if "figures_drawn_later" in request.fixturenames:
        if not request.getfixturevalue("figures_drawn_later"):
            leave_figures_blank(monkeypatch)
    elif "whole_report" not in request.fixturenames:
        leave_out_most_of_the_report(monkeypatch)
    monkeypatch.setattr(typer.main, "get_command", built_once)
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
