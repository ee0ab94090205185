import numpy as np
import pytest


@pytest.fixture(scope="module")
def descent(ran):
    return ran("descent")


def test_it_ends_at_the_tutorials_number(descent):
    assert descent.result.end == pytest.approx(2.3018521164208208e-18, rel=1e-12, abs=0)
    assert descent.result.path.shape == (1001, 2)
    np.testing.assert_allclose(descent.result.path[0], [0.5488135039273248, 0.7151893663724195], rtol=1e-15)


def test_each_step_is_the_rule_on_paper(descent):
    path = descent.result.path
    np.testing.assert_allclose(path[1:], 0.98 * path[:-1], rtol=1e-14)


def test_text_and_figures(descent):
    descent.check_text("2.30185e-18", "around 2.3e-18")
    descent.check_figures("descent")
