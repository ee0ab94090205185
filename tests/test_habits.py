"""Words of other libraries are answered with the line to write here."""

import pytest

import glassnet as gn
from glassnet.formulas.activations import Activation
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.losses import Loss
from glassnet.formulas.penalties import Penalty
from glassnet.habits import OF_TRAINING, VALUES
from glassnet.training.metrics import Metric

FAMILIES = {family.family: family for family in (Loss, Activation, Metric, Initializer, Penalty)}


@pytest.mark.parametrize(("kind", "word"), [(kind, word) for kind, words in VALUES.items() for word in words])
def test_a_name_by_habit_is_answered_with_one_that_is_known(kind, word):
    meant = VALUES[kind][word]
    assert meant in FAMILIES[kind].registry and word not in FAMILIES[kind].registry
    with pytest.raises(gn.UnknownName, match=f"unknown {kind} '{word}'. Write '{meant}'. Known: "):
        FAMILIES[kind].of(word)


@pytest.mark.parametrize("word", OF_TRAINING)
def test_a_setting_by_habit_is_answered_with_the_line_to_write(word):
    net, asked = gn.Network([gn.Dense(1)]), {"loss": "squared_error", word: 1}
    with pytest.raises(gn.UnknownName) as caught:
        net.fit([[1.0]], [1.0], **asked)  # type: ignore[arg-type]
    assert f"unknown setting '{word}'. Write {OF_TRAINING[word]}. Known: " in str(caught.value)
    assert len(str(caught.value)) <= 500 and "listeners" in str(caught.value) and "verbose" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "word", "said"),
    [
        (gn.Adam, "lr", r"Write Adam\(learning_rate=…\)"), (gn.SGD, "momentum", r"Write gn.Momentum\(momentum=0.9\)"),
        (gn.SGD, "nesterov", r"Write gn.Nesterov"), (gn.Dense, "input_dim", "the number of inputs is found from"),
        (gn.Scale, "rate", r"Write Scale\(learning_rate_factor=…\)"),
        (gn.Scale, "decays", r"Write Scale\(penalize=…\)"),
        (gn.Dropout, "p", r"Write Dropout\(rate=…\)"),
        (gn.ELU, "lr", r"unknown argument 'lr' of ELU\. Known: alpha\.$"),
        (gn.Recipe, "lr", r"Write Recipe\(learning_rate=…\)"),
    ],
)  # fmt: skip
def test_an_argument_by_habit_is_answered_with_the_one_that_is_meant(kind, word, said):
    with pytest.raises(gn.UnknownName, match=said):
        kind(**({"units": 1} if kind is gn.Dense else {}), **{word: 1})


def test_a_word_of_training_is_answered_also_where_arguments_are_missing():
    with pytest.raises(gn.UnknownName, match=r"'lr' of fit\. Write optimizer=gn.Adam\(0.01\)\. Known: "):
        gn.Network([gn.Dense(1)]).fit([[1.0]], [1.0], lr=0.1)  # type: ignore[call-arg]
