import sys

import pytest

import glassnet as gn
from glassnet.demos import DEMOS, run_demo


def test_an_unknown_demo_is_refused_with_the_nearest_name():
    with pytest.raises(gn.UnknownName, match=r"unknown demo 'cloud'. Did you mean 'clouds'\?"):
        run_demo("cloud")


def test_the_demos_are_those_of_the_command_line():
    assert list(DEMOS) == ["regression", "descent", "xor", "clouds", "iris", "gridworld", "cartpole", "pong"]
    assert all(DEMOS.values())


def test_without_a_folder_nothing_is_drawn_and_matplotlib_is_not_needed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run_demo("descent").figures == ()
    assert "2.3018521164208208e-18"[:12] in capsys.readouterr().out


def test_without_matplotlib_a_folder_is_refused_before_anything_is_computed(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(gn.MissingExtra, match="the figures of a demo needs matplotlib"):
        run_demo("descent", tmp_path)
    assert capsys.readouterr().out == "" and list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_made(tmp_path):
    result = run_demo("descent", tmp_path / "runs" / "descent", lambda line: None)
    assert result.figures == (tmp_path / "runs" / "descent" / "descent.png",) and result.figures[0].exists()
