import numpy as np
import pytest

from glassnet.pictures import confusion

TRUTH = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 1, 1, 2, 2, 0, 2])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_confusion_is_drawn_as_it_was_judged(same_picture, theme):
    same_picture(confusion(TRUTH, PREDICTED, ["setosa", "versicolor", "virginica"], theme=theme), f"confusion-{theme}")


def test_a_wrong_count_gives_another_picture(same_picture, monkeypatch):
    monkeypatch.delenv("REDRAW", raising=False)
    with pytest.raises(AssertionError):
        same_picture(confusion(TRUTH, TRUTH, ["setosa", "versicolor", "virginica"]), "confusion-light")
