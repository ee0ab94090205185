"""scikit-learn's own tests of its perceptrons, run with glassnet's in their place."""

import importlib.util
import sys

import pytest
import sklearn.neural_network

from glassnet.sklearn import MLPClassifier, MLPRegressor

NAME = "sklearn.neural_network.tests.test_mlp"
LEFT_OUT = {
    "test_gradient": "calls the private _loss_grad_lbfgs; test_beyond.py compares gradients(X, y) with differences",
    "test_mlp_partial_fit_after_fit": "expects that partial_fit refuses early_stopping; here it makes its one pass "
    "(scikit-learn's issue 25693)",
}
pytestmark = pytest.mark.filterwarnings("ignore")  # what they leave unsaid about convergence


def their_module():
    """A copy of scikit-learn's test module that has imported glassnet's classes."""
    if (spec := importlib.util.find_spec(NAME)) is None or spec.loader is None:
        pytest.skip("this scikit-learn was installed without its tests", allow_module_level=True)
    theirs, ours = sklearn.neural_network, {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}
    before = {name: getattr(theirs, name) for name in ours}
    module = importlib.util.module_from_spec(spec)
    vars(theirs).update(ours)
    try:
        spec.loader.exec_module(module)
    finally:
        vars(theirs).update(before)
        sys.modules.pop(NAME, None)
    return module


TESTS = {name: test for name, test in vars(their_module()).items() if name.startswith("test_")}
globals().update({name: test for name, test in TESTS.items() if name not in LEFT_OUT})


@pytest.fixture
def global_random_seed():
    return 42


def test_what_is_left_out_is_there():
    assert set(LEFT_OUT) <= set(TESTS)
    assert len(TESTS) - len(LEFT_OUT) >= 37  # as many as scikit-learn 1.6 has


def test_their_tests_see_our_classes():
    assert TESTS["test_fit"].__globals__["MLPClassifier"] is MLPClassifier
