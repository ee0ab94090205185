"""What the reference makes of docstrings."""

from pathlib import Path

import pytest

import glassnet as gn

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"


@pytest.mark.parametrize("layer", [gn.Dropout, gn.GaussianNoise, gn.BatchNorm])
def test_formulas_of_prediction_are_told_from_those_of_training(layer, monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    from docstrings import formulas

    shown = "".join(formulas(layer)).split("<p>")[1:]
    assert 0 < sum(line.startswith("in prediction ") for line in shown) < len(shown)
