"""Training on several ranks, which are threads here: the bits of one process, and errors that all of them meet."""

import threading
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("scipy")

import glassnet as gn
from glassnet.engine.ranks import shared_rows
from glassnet.engine.ranks.reduction import Ranks
from glassnet.errors import GlassnetError, InvalidInput, UnknownName
from glassnet.training.ranks import shared_memory
from tests.engine.rank_threads import on_threads, results_of

N = 700
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 6))
X[:, 5] = RNG.integers(0, 4, N)
Y = RNG.integers(0, 3, N)
WEIGHTS = RNG.random(N)
NOISY = [gn.Dense(12, "relu"), gn.Dropout(0.2), gn.Residual(gn.Dense(12, "tanh"), gn.GaussianNoise(0.1))]
LAYERS: dict[str, list[gn.Layer]] = {
    "one tile": [gn.Dense(4, "tanh")],
    "noise": NOISY,
    "large": [gn.Dense(160, "relu"), gn.Dropout(0.1), gn.Dense(160, "prelu")],  # whose gradient is more than its values
    "batch norms": [gn.Dense(8, "relu"), gn.BatchNorm(), gn.Dropout(0.2)],
    "layer norms": [gn.Dense(16, "gelu"), gn.LayerNorm()],
    "columns": [gn.PeriodicEmbedding(), gn.Flatten()],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "one tile": {"batch_size": 60, "optimizer": gn.Adam(gn.Cosine(0.01)), "average": 0.9},
    "noise": {"batch_size": 500, "accumulate": 2, "metrics": ["accuracy"], "sample_weight": WEIGHTS, "mixup": 0.2},
    "large": {"batch_size": 700, "optimizer": "momentum", "clip": gn.ClipNorm(0.5), "class_weight": "balanced"},
    "batch norms": {"batch_size": 200, "penalty": gn.L2(1e-3)},
    "layer norms": {"batch_size": 650, "validation": 0.2, "stop": gn.EarlyStopping(patience=1), "shuffle": False},
    "columns": {"batch_size": 350, "metrics": ["accuracy"], "optimizer": gn.AdamW(0.01)},
}


def trained(name: str, **more: Any) -> tuple[bytes, list[Any]]:
    """The parameters, and all that the history holds but times."""
    net = gn.Network([*LAYERS[name], gn.Dense(3, "softmax")], engine="compiled", dtype=more.pop("dtype", "float32"))
    settings = {"epochs": 3, "seed": 1, **SETTINGS[name], **more}
    history = net.fit(X, Y, loss="cross_entropy", **settings)
    return net.parameters.tobytes() + net.state.tobytes(), [history[k] for k in history.names() if k != "seconds"]


@pytest.mark.parametrize("name", LAYERS)
def test_ranks_in_order_give_the_bits_of_one_process(name):
    expected = trained(name)
    for size, shares in ((2, True), (4, False), (3, True)):
        assert results_of(size, lambda comm: trained(name, communicator=comm), shares) == [expected] * size


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize("name", ["one tile", "noise", "large"])
def test_fast_sums_agree_to_rounding(name, shares):
    expected = np.frombuffer(trained(name, dtype="float64")[0])
    settings = {"reduction": "fast", "dtype": "float64"}
    found = results_of(3, lambda comm: trained(name, communicator=comm, **settings), shares)
    assert len({bits for bits, _ in found}) == 1
    assert np.abs(np.frombuffer(found[0][0]) - expected).max() < 1e-6


def test_l_bfgs_on_ranks():
    expected = trained("one tile", optimizer="lbfgs", average=None)
    found = results_of(3, lambda comm: trained("one tile", optimizer="lbfgs", average=None, communicator=comm))
    assert found == [expected] * 3


def test_a_checkpoint_of_four_ranks_goes_on_with_two(tmp_path):
    expected = trained("noise", epochs=5)
    checkpoint = {"checkpoint": gn.Checkpoint(tmp_path), "resume": True}
    results_of(4, lambda comm: trained("noise", communicator=comm, epochs=2, **checkpoint))
    results_of(2, lambda comm: trained("noise", communicator=comm, epochs=4, **checkpoint))
    assert trained("noise", epochs=5, **checkpoint) == expected  # one process goes on


def test_one_rank_draws_the_seed():
    found = results_of(3, lambda comm: trained("one tile", seed=None, communicator=comm))
    assert found[1:] == found[:1] * 2


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (lambda rank: {"epochs": 2 + (rank == 1)}, "rank 1 has another epochs than rank 0: 3, there it is 2"),
        (lambda rank: {"seed": rank}, "rank 1 has another seed than rank 0"),
        (lambda rank: {"sample_weight": WEIGHTS + rank}, "rank 1 has other rows to train on than rank 0: its sample"),
        (lambda rank: {"batch_size": 2}, "3 ranks are more than the 2 rows of a batch"),
        (lambda rank: {"mixup": "x" if rank == 2 else None}, "rank 2: mixup must be a positive number"),
        (lambda rank: {"mixup": "x"}, "^mixup must be a positive number"),
        (lambda rank: {"nonsense": 1}, "^unknown setting 'nonsense'"),
        (lambda rank: {"resume": "nowhere"}, "^cannot resume: nowhere is not there"),
        (lambda rank: {"reduction": "slow"}, "^unknown reduction 'slow'"),
    ],
)  # fmt: skip
def test_what_one_rank_cannot_do_none_does(settings, said):
    errors = on_threads(3, lambda comm: trained("one tile", communicator=comm, **settings(comm.rank)))
    for error in errors:
        assert isinstance(error, GlassnetError)
        with pytest.raises(GlassnetError, match=said):
            raise error


def test_numpy_refuses():
    def fit(comm):
        gn.Network([gn.Dense(3, "softmax")], engine="numpy").fit(X, Y, loss="cross_entropy", communicator=comm)

    for error in on_threads(2, fit):
        assert "a communicator needs the compiled engine" in str(error)


def test_an_error_of_one_rank_ends_all(tmp_path):
    said = []

    def fit(comm):
        said.append(comm.meeting)

        def listener(epoch):
            if epoch.number == 2 and comm.rank == 1:
                raise ValueError("no more")

        trained("one tile", communicator=comm, listeners=[listener], checkpoint=tmp_path, epochs=5)

    on_threads(3, fit)
    assert said[0].said.startswith("ValueError: no more. All ranks end here. resume='")


def test_ranks_that_leave_alone_are_noticed():
    def loop(comm):
        net = gn.Network([gn.Dense(3, "softmax")], engine="compiled")
        training = net.training(X, Y, loss="cross_entropy", seed=0, communicator=comm)
        for epoch in training:
            if epoch.number == 1 + comm.rank:
                training.close()

    errors = on_threads(2, loop)
    assert "rank 0 leaves the loop after epoch 1, rank 1 goes on after epoch 1" in str(errors[1])


def test_ranks_with_other_parameters_are_noticed():
    def loop(comm):
        net = gn.Network([gn.Dense(3, "softmax")], engine="compiled")
        for _ in net.training(X, Y, loss="cross_entropy", epochs=3, seed=0, communicator=comm):
            net.parameters[0] += comm.rank

    for error in on_threads(2, loop):
        assert "rank 1 has other parameters than rank 0 after epoch 2" in str(error)


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize("n", [1, 2, 5, 16])
def test_sums_in_order(n, shares, monkeypatch):
    monkeypatch.setattr(shared_rows, "PIECE", 5)
    rows = np.random.default_rng(n).normal(size=(n, 37)).astype("f") * 10.0 ** np.arange(n)[:, None]
    rows = rows.astype("f")
    expected = rows[0].copy()
    for row in rows[1:]:
        expected += row

    def add(comm):
        ranks, gradient = Ranks(comm), np.full(37, np.nan, "f")
        low, high = ranks.share(n)
        ranks.make_room(n, 37, gradient.dtype)
        assert ranks.own is not None
        ranks.own[: high - low] = rows[low:high]
        total = ranks.add_in_order(ranks.own, [*range(low, high)], n, gradient, fresh=True)
        more = gradient.copy()
        ranks.add_in_order(ranks.own, [0.0] * (high - low), n, more, fresh=False)
        return total, gradient.tobytes(), more.tobytes()

    more = expected.copy()
    for row in rows:
        more += row
    for size in (2, 3, 7):
        assert results_of(size, add, shares) == [(sum(range(n)), expected.tobytes(), more.tobytes())] * size


def test_memory_of_one_machine_is_seen_by_all_and_leaves_no_file(tmp_path, monkeypatch):
    def written(comm):
        memory = shared_memory.shared_memory(comm, 24)
        assert memory is not None
        memory.view("i8")[comm.rank] = comm.rank + 1
        comm.wait()
        return memory.view("i8").tolist()

    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path)
    assert results_of(3, written) == [[1, 2, 3]] * 3
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("why", ["no folder", "no room", "another machine"])
def test_without_memory_for_all_there_is_none(tmp_path, monkeypatch, why):
    def no_room(*_):
        raise OSError("no room")

    def elsewhere(path, mark, n_bytes):
        return None if threading.current_thread() is not threads[0] else mapped(path, mark, n_bytes)

    def found(comm):
        if comm.rank == 0:
            threads.append(threading.current_thread())
        return shared_memory.shared_memory(comm, 24)

    threads: list[threading.Thread] = []
    mapped = shared_memory.mapped
    monkeypatch.setattr(shared_memory, "FOLDER", tmp_path / "none" if why == "no folder" else tmp_path)
    if why == "no room":
        monkeypatch.setattr(shared_memory, "reserve", no_room)
    if why == "another machine":
        monkeypatch.setattr(shared_memory, "mapped", elsewhere)
    assert results_of(2, found) == [None, None]
    assert [*tmp_path.iterdir()] == []


def test_a_file_of_another_machine_is_no_memory(tmp_path):
    (tmp_path / "a").write_bytes(bytes(100))
    assert shared_memory.mapped(str(tmp_path / "a"), b"x" * shared_memory.MARK, 24) is None


def test_no_communicator():
    with pytest.raises(InvalidInput, match=r"communicator must be one of mpi4py, such as MPI\.COMM_WORLD, got 5"):
        trained("one tile", communicator=5)
    with pytest.raises(UnknownName, match="unknown reduction 'slow'"):
        trained("one tile", reduction="slow")
    with pytest.warns(UserWarning, match="the communicator has one rank: start the program by `mpiexec -n 4 python"):
        assert results_of(1, lambda comm: trained("one tile", communicator=comm)) == [trained("one tile")]
