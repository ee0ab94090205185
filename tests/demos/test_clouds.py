import numpy as np
import pytest

from glassnet.demos import clouds as demo

pytestmark = pytest.mark.long  # the whole of a demo


@pytest.fixture(scope="module")
def clouds(ran):
    return ran("clouds")


def test_the_summed_loss_after_10_000_epochs(clouds):
    assert len(clouds.result.losses) == 10_000
    assert clouds.result.loss == pytest.approx(103.93, abs=0.005)
    assert clouds.result.losses[-1] == pytest.approx(103.935877, abs=5e-7)


def test_about_97_percent_of_the_points_are_found(clouds):
    assert clouds.result.train_accuracy == pytest.approx(0.97, abs=0.01)


def test_the_network_comes_close_to_the_bayes_rate_and_not_above_it(clouds):
    result = clouds.result
    assert result.bayes_accuracy == pytest.approx(0.97027, abs=1e-5)
    assert result.bayes_accuracy - 0.005 < result.true_accuracy < result.bayes_accuracy


def test_the_bayes_rate_is_what_drawing_points_gives(clouds):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 1_200_000)
    found = np.mean(demo.nearest_centre(demo.CENTRES[y] + rng.standard_normal((len(y), 2))) == y)
    assert found == pytest.approx(clouds.result.bayes_accuracy, abs=4 * 0.000155)  # four standard errors


def test_the_boundaries_are_as_far_from_two_centres_and_farther_from_the_third():
    for ray, (i, j, k) in zip(demo.boundaries(), [(0, 1, 2), (0, 2, 1), (1, 2, 0)], strict=True):
        distance = demo.squared_distances(ray)
        np.testing.assert_allclose(distance[:, i], distance[:, j])
        assert distance[0, k] == pytest.approx(distance[0, i]) and distance[1, k] > distance[1, i]


def test_text_and_figures(clouds):
    clouds.check_text("3079.975", "103.933", "97.03%", "around 97%")
    clouds.check_figures("loss", "regions")
