"""Every check that scikit-learn has for estimators: of one now, of the others later."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from glassnet.sklearn import MLPClassifier, MLPRegressor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([MLPRegressor()])
def test_every_check_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.long
@pytest.mark.once
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([MLPClassifier()])
def test_every_check_for_classifiers(estimator, check):
    check(estimator)
