"""Messages are short whatever they are about, and errors go through a pickle."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import glassnet as gn
from glassnet.errors import LONGEST, WrongRow, brief
from glassnet.extras import require


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "value",
    ["a" * 10**6, list(range(10**5)), {k: k for k in range(10**5)}, 10**5000, np.zeros(10**5), Unspeakable()],
    ids=["text", "list", "mapping", "integer", "array", "object"],
)
def test_a_value_is_shown_in_few_characters(value):
    assert 0 < len(brief(value)) < 200
    with pytest.raises(gn.InvalidInput) as raised:
        gn.Adam(value)
    assert len(str(raised.value)) <= LONGEST


def test_a_long_message_keeps_its_beginning_and_its_end():
    said = str(gn.UnknownName("column", "b" * 10**6, [f"column {k}" for k in range(10**4)]))
    assert len(said) <= LONGEST
    assert said.startswith("unknown column 'bbb") and said.endswith("column 9999.")


@pytest.mark.parametrize(
    "error", [gn.UnknownName("loss", "hubr", ["huber"]), WrongRow("nothing", 3, " of it"), gn.InvalidInput("no")]
)
def test_an_error_is_the_same_after_a_pickle(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_a_missing_extra_is_one_traceback():
    with pytest.raises(gn.MissingExtra, match="a game needs no_such_module") as raised:
        require("no_such_module", "games", "a game")
    assert raised.value.__suppress_context__ and raised.value.__cause__ is None
    code = 'from glassnet.extras import require; require("no_such_module", "games", "a game")'
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr
    assert said.count("Traceback") == 1
