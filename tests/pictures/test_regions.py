import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage

import glassnet as gn
from glassnet.drawing import LIGHT
from glassnet.pictures import decision_regions, save
from glassnet.pictures.spaces.plane import plane_of
from glassnet.pictures.spaces.regions import FAINT, STRONG
from tests.themes import in_both_themes

IRIS = gn.datasets.iris()


@pytest.fixture(scope="module")
def iris_net():
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
    net.fit(IRIS.X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=20, seed=0)
    return net


def image_of(figure):
    (image,) = [part for part in figure.axes[0].images if isinstance(part, AxesImage)]
    return image.get_array()


def yes(X):
    """The score of a line: yes to the right of it."""
    return 1 / (1 + np.exp(-X[:, 0]))


def mixed(share, colour):
    return np.array(to_rgb(LIGHT.paper)) * (1 - share) + np.array(to_rgb(colour)) * share


@in_both_themes
def test_regions_are_drawn_as_they_were_judged(same_picture, iris_net, theme):
    X = IRIS.X[::5], IRIS.y[::5]
    figure = decision_regions(iris_net, *X, class_names=IRIS.class_names, resolution=120, theme=theme)
    same_picture(figure, f"regions-{theme}")


def test_the_shade_is_deepest_where_the_class_is_certain_and_palest_between_classes():
    figure = decision_regions(yes, np.array([[-9.0, 0], [9, 1]]), [0, 1], resolution=101)
    left, middle, right = image_of(figure)[50, [0, 50, 100]]
    np.testing.assert_allclose(left, mixed(STRONG, LIGHT.cycle[0]))
    np.testing.assert_allclose(right, mixed(STRONG, LIGHT.cycle[1]))
    np.testing.assert_allclose(middle, mixed(FAINT, LIGHT.cycle[0]))


def test_rows_of_the_wrong_class_are_counted_and_ringed():
    X = np.array([[-2.0, 0], [-1, 1], [1, 0], [2, 1]])
    figure = decision_regions(yes, X, [0, 1, 1, 0])
    assert figure.axes[0].get_title() == "50.0% of 4 rows right"
    rings = figure.axes[0].collections[-1]
    assert rings.get_label() == "wrong (2)"
    assert rings.get_offsets().tolist() == [[-1, 1], [2, 1]]


def test_of_more_inputs_two_components_are_drawn_or_two_that_are_picked(iris_net):
    figure = decision_regions(iris_net, IRIS.X, IRIS.y)
    assert "on the plane of two principal components, 98% of the variance" in figure.axes[0].get_title()
    figure = decision_regions(iris_net, IRIS.X, IRIS.y, IRIS.feature_names, inputs=("petal_length", 1))
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("petal_length", "sepal_width")
    assert axes.get_title().endswith("the other inputs at their median")


def test_a_plane_of_components_holds_the_mean_and_nearest_points_to_the_rows():
    plane = plane_of(IRIS.X)
    np.testing.assert_allclose(plane.rows(np.zeros((1, 2)))[0], IRIS.X.mean(axis=0))
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    seen = plane.coordinates(IRIS.X)
    np.testing.assert_allclose(plane.coordinates(plane.rows(seen)), seen, atol=1e-12)
    left_over = IRIS.X - plane.rows(seen)
    assert (left_over**2).sum() / ((IRIS.X - IRIS.X.mean(axis=0)) ** 2).sum() == pytest.approx(1 - 0.97769, abs=1e-4)


def test_an_input_that_never_changes_makes_no_third_dimension():
    xor = gn.datasets.xor()
    net = gn.Network([gn.Dense(2)]).build(3, seed=0)
    figure = decision_regions(net, np.column_stack([xor.X[:, :2], np.ones(4)]), [0, 1, 1, 0])
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_title()[-4:]) == ("input 0", "ight")


def test_a_network_with_one_output_predicts_numbers_unless_it_ends_in_a_sigmoid():
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), [0, 1, 1, 0]
    net = gn.Network([gn.Dense(1)]).build(2, seed=0)
    net.parameters[:] = 0.25
    figure = decision_regions(net, X, y)
    expected = np.sqrt(np.mean((0.25 + 0.25 * X.sum(axis=1) - y) ** 2))
    assert figure.axes[0].get_title() == f"root mean squared error {expected:.3g} on 4 rows"
    np.testing.assert_allclose(image_of(figure)[0, 0], 0.25 + 0.25 * 2 * -0.08, rtol=1e-6)
    net = gn.Network([gn.Dense(1, "sigmoid")]).build(2, seed=0)
    assert "rows right" in decision_regions(net, X, y).axes[0].get_title()


@pytest.mark.parametrize(
    ("X", "y", "names"),
    [
        ([[1.0, 2.0]], [0], None),
        ([[1.0, 2.0, 3.0]], [0], ["a", "b"]),
        ([[1.0, 2.0], [3.0, 4.0]], ["猫", "a name that is far too long to stand anywhere"], True),
    ],
)
def test_one_row_one_class_and_names_of_all_kinds_are_drawn(tmp_path, X, y, names):
    names = ["a name that is far too long to stand anywhere", "猫"] if names is True else names
    net = gn.Network([gn.Dense(2, "softmax")]).build(len(X[0]), seed=0)
    figure = decision_regions(net, X, y, class_names=names)
    assert save(figure, tmp_path / "regions.svg").stat().st_size > 1000


@pytest.mark.long
def test_a_hundred_classes_are_named_where_their_rows_are():
    X = np.indices((10, 10)).reshape(2, -1).T.astype(float)
    figure = decision_regions(lambda X: (10 * X[:, 0].round() + X[:, 1].round()).clip(0, 99).astype(int), X, range(100))
    assert [text.get_text() for text in figure.axes[0].texts] == [str(k) for k in range(100)]
    assert figure.axes[0].get_title() == "100.0% of 100 rows right"


def test_what_is_not_finite_is_left_as_paper(iris_net):
    net = gn.Network([gn.Dense(3, "softmax")]).build(2, seed=0)
    net.parameters[:] = np.nan
    with pytest.warns(RuntimeWarning, match="not finite"):
        figure = decision_regions(net, IRIS.X[:, :2], IRIS.y)
    np.testing.assert_array_equal(image_of(figure), np.ones((200, 200, 3)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[np.nan, 1.0]], [0]), "X must be finite in float64; it holds nan at row 0, column 0"),
        (([1.0, 2.0], [0]), r"X must have one row per sample, \(n_samples, n_features\), got shape \(2,\)"),
        (([[1.0]], [0]), "a plane needs at least two inputs, but X has one"),
        (([[1.0, 2.0]], [0, 1]), "X has 1 row, y has 2, the predictions have 1: they must have the same"),
        (([[1.0, 2.0]], [3]), "y must hold class numbers 0…1; it holds 3 at row 0"),
        (([[1.0, 2.0]], [0], ["a"]), r"feature_names must have 2 names, got \['a'\]"),
        (([[1.0, 2.0]], [0], ["a", "b"], None, ("a", "c")), "unknown input 'c'"),
        (([[1.0, 2.0]], [0], None, None, (0, 0)), r"inputs must be two different numbers of 0…1, got \(0, 0\)"),
        (([[1.0, 2.0]], [0], None, None, 1), r"inputs must be two inputs, such as \(0, 1\), got 1"),
        (([[1.0, 2.0]], [0], None, None, None, 1), "resolution must be a whole number of at least 2, got 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(arguments, message):
    with pytest.raises(gn.InvalidInput, match=message):
        decision_regions(lambda X: np.full((len(X), 2), 0.5), *arguments)
