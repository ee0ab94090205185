"""Layers of sequences: shapes, padding, targets at each step, and what is refused."""

from typing import Any

import numpy as np
import pytest

import glassnet as gn
from glassnet.files.flat_embeddings import with_flatten
from glassnet.layers.sequences.positional_encoding import waves

RNG = np.random.default_rng(0)
CODES = RNG.integers(1, 6, (7, 4))
PADDED = CODES * (np.arange(4) < np.array([4, 1, 2, 3, 4, 2, 1])[:, np.newaxis])  # filled up with 0 at the end
RECURRENT = [gn.SimpleRNN, gn.GRU, gn.LSTM]


def letters(*layers: Any, padding: int | None = None, dtype: str = "float64") -> gn.Network:
    table = gn.Embedding(6, 3, weights=gn.Normal(0.0, 1.0), padding=padding)
    return gn.Network([table, *layers], dtype).build(4, seed=0)


@pytest.mark.parametrize("kind", RECURRENT)
def test_the_last_state_is_the_last_of_all_states(kind):
    every, last = letters(kind(5, sequences=True)), letters(kind(5))
    assert every.predict(CODES).shape == (7, 4, 5)
    np.testing.assert_allclose(every.predict(CODES)[:, -1], last.predict(CODES), rtol=1e-12)


@pytest.mark.parametrize("kind", RECURRENT)
def test_padding_changes_nothing_wherever_it_is(kind):
    net = letters(kind(5), padding=0)
    in_front = np.array([[*row[row == 0], *row[row > 0]] for row in PADDED])
    short = gn.Network(net.layers, "float64").build(2, seed=0)
    np.testing.assert_allclose(net.predict(PADDED), net.predict(in_front), rtol=1e-12)
    np.testing.assert_allclose(net.predict(PADDED[[2, 5]]), short.predict(PADDED[[2, 5], :2]), rtol=1e-12)


def test_attention_hides_padding_and_later_steps():
    net, causal = letters(gn.Attention(), padding=0), letters(gn.Attention(3, causal=True))
    short = gn.Network(net.layers, "float64").build(2, seed=0)
    np.testing.assert_allclose(net.predict(PADDED[[2]])[:, :2], short.predict(PADDED[[2], :2]), rtol=1e-12)
    changed = CODES.copy()
    changed[:, 3] = 1
    np.testing.assert_array_equal(causal.predict(CODES)[:, :3], causal.predict(changed)[:, :3])
    assert (causal.predict(CODES)[:, 3] != causal.predict(changed)[:, 3]).any()


def test_numbers_are_padded_by_masking():
    X = RNG.normal(size=(3, 4, 2))
    X[1, 2:] = 0.0
    net = gn.Network([gn.Masking(), gn.GRU(5)], "float64").build((4, 2), seed=0)
    short = gn.Network([gn.GRU(5)], "float64").build((2, 2), seed=0)
    np.testing.assert_allclose(net.predict(X)[[1]], short.predict(X[[1], :2]), rtol=1e-12)


def test_what_padding_goes_through_and_where_it_ends():
    inside = gn.Chain(gn.Embedding(6, 3, padding=0), gn.Dropout(0.1))
    net = gn.Network([inside, gn.Residual(gn.LayerNorm(), gn.Attention()), gn.Flatten(), gn.Dense(2)]).build(4, seed=0)
    trace = gn.trace(net, PADDED, np.zeros((7, 2)), loss="squared_error")
    np.testing.assert_array_equal(trace.layers[1].present, PADDED > 0)
    assert not hasattr(trace.layers[3], "present")


def test_a_small_transformer_learns_what_comes_next():
    """The next of four codes in turn; the first step cannot know, and does not count."""
    X = (np.arange(5) + np.arange(4)[:, np.newaxis]) % 4
    y = (X + 1) % 4
    y[:, 0] = -1
    blocks = gn.Residual(gn.LayerNorm(), gn.Attention(2, causal=True)), gn.Residual(gn.LayerNorm(), gn.Dense(8))
    net = gn.Network([gn.Embedding(4, 8), gn.PositionalEncoding(), *blocks, gn.Dense(4, "softmax")])
    how: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.03), "metrics": ["accuracy"]}
    history = net.fit(X, y, epochs=40, validation=(X, y), seed=0, **how)
    assert history["val_accuracy"][-1] == 1.0
    assert history["val_loss"][-1] < 0.1
    assert net.predict(X).shape == (4, 5, 4)
    assert net.predictor()(X[0]).shape == (5, 4)


def test_steps_that_do_not_count_are_as_if_they_were_not_there():
    net = letters(gn.Dense(3, "softmax"))
    y = RNG.integers(0, 3, (7, 4))
    y[PADDED == 0] = -1
    found = net.evaluate(CODES, y, loss="cross_entropy", metrics=["accuracy", "log_loss"])
    rows = gn.Network([gn.Embedding(6, 3), gn.Flatten(), gn.Dense(3, "softmax")], "float64").build(1, seed=0)
    rows.parameters[...] = net.parameters
    counted = y >= 0
    flat = rows.evaluate(CODES[counted][:, None], y[counted], loss="cross_entropy", metrics=["accuracy", "log_loss"])
    assert found == pytest.approx(flat)
    weights = np.where(counted, 2.0, 0.0)
    weighed = net.evaluate(CODES, np.maximum(y, 0), loss="cross_entropy", sample_weight=weights)
    assert weighed["loss"] == pytest.approx(found["loss"])


def test_numbers_at_each_step():
    X, weights = RNG.normal(size=(7, 4, 2)), np.linspace(1, 2, 28).reshape(7, 4)
    net = gn.Network([gn.GRU(5, sequences=True), gn.Dense(1)], "float64").build((4, 2), seed=0)
    y, p = X.sum(axis=2), net.predict(X)[..., 0]
    found = net.evaluate(X, y, loss="squared_error", sample_weight=weights, metrics=["mae"])
    assert found["loss"] == pytest.approx(np.average((p - y) ** 2, weights=weights))
    assert found["mae"] == pytest.approx(np.average(abs(p - y), weights=weights))
    assert gn.check_gradient(net, X, y, loss="squared_error", sample_weight=weights).max_error < 1e-6


def test_batches_of_sequences_are_accumulated_and_streamed():
    X, y = RNG.integers(0, 6, (10, 4)), RNG.integers(-1, 3, (10, 4))
    how: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.SGD(0.5), "shuffle": False, "epochs": 3, "seed": 0}
    first, second, third = (letters(gn.GRU(5, sequences=True), gn.Dense(3, "softmax")) for _ in range(3))
    first.fit(X, y, batch_size=10, **how)
    second.fit(X, y, batch_size=3, accumulate=4, **how)
    np.testing.assert_allclose(first.parameters, second.parameters, rtol=1e-9)
    third.fit(gn.Blocks([(X, y)]), batch_size=10, **how)
    np.testing.assert_allclose(first.parameters, third.parameters, rtol=1e-9)


def test_a_network_with_sequences_is_saved(tmp_path):
    net = letters(gn.LSTM(5, sequences=True), gn.Attention(causal=True), gn.SimpleRNN(4, "relu"), padding=0)
    again = gn.load(net.save(tmp_path / "model.safetensors"))
    assert isinstance(again, gn.Network)
    assert again.layers == net.layers
    np.testing.assert_array_equal(again.predict(PADDED), net.predict(PADDED))


def test_positions_are_waves():
    P = waves((3, 4))
    np.testing.assert_allclose(P[:, 0], np.sin(np.arange(3)))
    np.testing.assert_allclose(P[:, 3], np.cos(np.arange(3) / 100))


def test_an_embedding_of_an_earlier_file_has_its_vectors_side_by_side():
    """There, the layers behind it read rows of numbers; the parameters are the same."""
    net = gn.Network([gn.Embedding(6, 3), gn.Flatten(), gn.Dense(4, "tanh"), gn.Residual(gn.Dense(4))]).build(4, seed=0)
    table, _, *others = net.describe()["layers"]
    earlier = net.describe() | {"layers": [{k: v for k, v in table.items() if k != "padding"}, *others]}
    names = {"0.W": "0.W", "2.W": "1.W", "2.b": "1.b", "3.0.W": "2.0.W", "3.0.b": "2.0.b"}
    again = gn.Network.from_description(earlier, {names[name]: array for name, array in net.arrays.items()})
    assert again.layers == net.layers
    np.testing.assert_array_equal(again.predict(CODES), net.predict(CODES))


def test_embeddings_inside_other_layers_of_earlier_files():
    table, dense = {"name": "embedding"}, {"name": "dense"}
    inside = {"name": "columns", "layers": [dense, {"name": "chain", "layers": [table, dense]}, table]}
    arrays = dict.fromkeys(["0.0.W", "0.1.0.W", "0.1.1.W", "0.2.W", "1.W"], np.zeros(1))
    layers, named = with_flatten([inside, dense], arrays)
    chain = {"name": "chain", "layers": [table, {"name": "flatten"}, dense]}
    assert layers == [{**inside, "layers": [dense, chain, table]}, dense]
    assert [*named] == ["0.0.W", "0.1.0.W", "0.1.2.W", "0.2.W", "1.W"]


def fit(net: gn.Network, X: Any, y: Any, **more: Any) -> Any:
    return net.fit(X, y, loss="cross_entropy", epochs=1, seed=0, **more)


STEPS = gn.Network([gn.Embedding(6, 3, padding=0), gn.GRU(4, sequences=True), gn.Dense(3, "softmax")])
Y = np.zeros((7, 4), int)
WRONG: dict[str, tuple[Any, str]] = {
    "rows of numbers": (lambda: gn.Network([gn.GRU(3)]).build(4), "GRU needs sequences (steps, features), got samples "
                        "of shape (4,): write X[:, :, np.newaxis] for one number a step, or put Embedding in front"),
    "images": (lambda: gn.Network([gn.LSTM(3)]).build((4, 4, 3)), "got samples of shape (4, 4, 3)."),
    "no steps": (lambda: gn.GRU(3).output_shape((0, 3)), "GRU needs sequences of 1 to 10,000 steps, got 0."),
    "no units": (lambda: gn.LSTM(0), "LSTM: `units` must be a whole number of at least 1, got 0."),
    "what looks at data": (lambda: gn.GRU(3, weights="unit_variance"), "looks at rows of data, not at sequences"),
    "a learned activation": (lambda: gn.SimpleRNN(3, "prelu"), "learns numbers of its own"),
    "heads that do not divide": (lambda: gn.Network([gn.Attention(2)]).build((4, 3)), "Attention: 3 features cannot be "
                                 "shared out over 2 heads: give `size`, or a number of heads that divides them."),
    "no heads": (lambda: gn.Attention(0), "Attention: `heads` must be a whole number of at least 1, got 0."),
    "positions of rows": (lambda: gn.Network([gn.PositionalEncoding()]).build(4), "needs sequences (steps, features)"),
    "a code that is not there": (lambda: gn.Embedding(6, 3, padding=6), "`padding` must be one of the codes 0…5"),
    "padding alone": (lambda: fit(STEPS, PADDED * (np.arange(7)[:, None] != 3), Y),
                      "row 3 of X holds padding (0) alone (1 such rows in total): a sequence needs at least one step."),
    "numbers of padding alone": (lambda: gn.Network([gn.Masking(2.0), gn.GRU(2)]).build((3, 2)).predict(
        np.full((1, 3, 2), 2.0)), "row 0 of X holds padding (2) alone"),
    "one target a row": (lambda: fit(STEPS, CODES, Y[:, 0]), "must have shape (7, 4), a target a step, got (7,"),
    "a class too many": (lambda: fit(STEPS, CODES, Y + 3 * (np.arange(4) == 2)), "y holds label 3 at row 0, step 2, "
                         "but the last layer has 3 units for the classes 0…2, and −1 is a step that does not count."),
    "nothing counts": (lambda: fit(STEPS, CODES, Y - 1), "y holds −1 alone, so no step counts"),
    "weights of nothing": (lambda: fit(STEPS, CODES, Y * [0, 0, 0, 1] - [1, 0, 0, 0], sample_weight=np.eye(4)[[0] * 7]),
                           "all steps that count in y have sample_weight 0"),
    "classes weighed": (lambda: fit(STEPS, CODES, Y, class_weight="balanced"), "class_weight is for one target a"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_work_is_refused_in_a_sentence(case):
    make, message = WRONG[case]
    with pytest.raises(gn.InvalidInput) as caught:
        make()
    assert message in str(caught.value)


def plant(kind: Any, what: Any) -> Any:
    """A recurrent layer with one thing wrong in a step back."""

    class Planted(kind, listed=False):  # type: ignore[call-arg]
        def step_back(self, s: Any, t: int) -> None:
            super().step_back(s, t)
            what(s, t)

    return Planted


PLANTED = {
    "nothing comes through time": lambda s, t: t and s.dH[:, t - 1].__setitem__(..., 0),
    "dU of one step is forgotten": lambda s, t: t == 2 and s.dU.__imul__(0),
    "dS is a little off": lambda s, t: s.dS[:, t].__imul__(1 + 1e-4),
}


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("kind", RECURRENT)
def test_a_planted_error_fails_the_check(kind, what):
    for layer, right in ((kind(4), True), (plant(kind, PLANTED[what])(4), False)):
        net = letters(layer, gn.Dense(2), padding=0)
        check = gn.check_gradient(net, PADDED, RNG.normal(size=(7, 2)), loss="squared_error")
        assert (check.max_error < 2e-6) == right
