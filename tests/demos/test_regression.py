import numpy as np
import pytest

from glassnet.demos import regression as demo

pytestmark = pytest.mark.long  # the whole of a demo


@pytest.fixture(scope="module")
def regression(ran):
    return ran("regression")


def test_the_loss_stands_still_at_the_targets_of_the_rows_that_are_off(regression):
    result = regression.result
    assert result.off.sum() == 62
    assert result.losses[-1] == pytest.approx(result.floor, rel=1e-12)
    assert result.losses[-1] == pytest.approx(50.645215762, rel=1e-9)


def test_a_row_that_is_off_predicts_0_and_all_others_are_learned(regression):
    _, _, y = demo.start()
    result = regression.result
    np.testing.assert_array_equal(result.after[result.off], -y[result.off])
    assert np.abs(result.after[~result.off]).max() < 1e-9


def test_the_first_loss_is_that_before_the_first_update(regression):
    result = regression.result
    assert len(result.losses) == 1000
    assert result.losses[0] == pytest.approx((result.before**2).sum(), rel=1e-12)
    assert result.losses[10] == pytest.approx(694224.5075, rel=1e-6)


def test_glassnets_updates_are_those_of_the_tutorials_lines(regression):
    """Five loops of the tutorial's own arithmetic, written out."""
    net, X, y = demo.start()
    W1, W2 = net.arrays["0.W"].copy(), net.arrays["1.W"].copy()
    for loss in regression.result.losses[:5]:
        Z = X @ W1
        A = np.maximum(Z, 0)
        error = A @ W2 - y
        assert loss == pytest.approx((error**2).sum(), rel=1e-9)
        dZ = 2 * error @ W2.T * (Z >= 0)
        W1, W2 = W1 - 1e-6 * X.T @ dZ, W2 - 1e-6 * A.T @ (2 * error)


def test_the_tutorials_19_rows_are_shown(regression):
    assert [*demo.TUTORIAL] == [*range(0, 101, 10), *range(200, 901, 100)]
    assert demo.TUTORIAL[0] == 3107119.8819272295 and demo.TUTORIAL[900] == 58.49744252846752
    regression.check_text("3107119.881927", "58.497443", "7948330.3", "62 of 128 rows")


def test_figures(regression):
    regression.check_figures("loss", "relu")
