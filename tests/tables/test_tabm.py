"""TabM is a recipe like others: calibrated, explained, saved, reported, and chosen on the command line."""

from dataclasses import replace

import numpy as np
import pytest

import glassnet as gn
from glassnet.cli.options.network import FixedOptions, NetworkOptions
from glassnet.sklearn import TabularClassifier, TabularRegressor
from glassnet.tables.calibration.temperature import Calibration
from glassnet.tables.insight.model_gradients import Tempered, of_all_networks
from glassnet.tables.reporting.recipe_in_words import training_in_words

RECIPE = gn.Recipe.tabm(members=4, hidden=(8, 8), epochs=6, learning_rate=0.05)
IRIS = gn.read_table("iris")


@pytest.fixture(scope="module")
def training():
    made = gn.TableTraining(IRIS, "species", recipe=RECIPE)
    for _ in made.epochs():
        pass
    return made


def test_a_model_is_saved_and_told_in_words(training, tmp_path):
    training.model.save(tmp_path / "model")
    again = gn.TableModel.load(tmp_path / "model")
    np.testing.assert_array_equal(again.outputs(IRIS), training.model.outputs(IRIS))
    intro, did = training_in_words(training)
    assert "TabM" in str(intro) and "4 members share their weights" in str(did) and "Adam in batches of" in str(did)


def test_contributions_of_calibrated_probabilities_add_up_to_the_prediction(training):
    model, X, y = (
        replace(training.model, calibration=Calibration(1.7, 24.0)),
        gn.datasets.iris().X,
        gn.datasets.iris().y,
    )
    rows = model.encoder.transform(IRIS).astype(np.float64)
    found = of_all_networks(model, rows[:3], rows[::10])
    np.testing.assert_allclose(found.outputs, model.outputs_of(rows[:3]), atol=1e-5)
    network = gn.Network([gn.Dense(3, "softmax"), Tempered(1.7)]).build(4, seed=0)
    assert gn.check_gradient(network, X[:7], np.eye(3)[y[:7]], loss="squared_error").max_error < 1e-6


def test_two_networks_of_members_predict_classes():
    X, y = gn.datasets.iris().X, gn.datasets.iris().y
    model = TabularClassifier(recipe=RECIPE, random_state=0, n_ensemble=2).fit(X, y)
    assert model.score(X, y) > 0.5 and model.predict_proba(X).shape == (150, 3)


def test_numbers_are_predicted():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    model = TabularRegressor(recipe=RECIPE, random_state=0).fit(X, X[:, 0])
    assert model.score(X, X[:, 0]) > 0.0


def test_the_command_takes_what_is_given_and_the_rest_of_tabm():
    recipe = NetworkOptions(tabm=True, epochs=5).recipe(**FixedOptions().settings())
    assert recipe == gn.Recipe.tabm(epochs=5)
    assert NetworkOptions(epochs=5).recipe() == gn.Recipe(epochs=5)
