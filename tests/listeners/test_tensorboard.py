"""TensorBoard: the event files are read back by TensorBoard itself."""

import pytest

import glassnet as gn

pytest.importorskip("tensorboardX")
reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
IRIS = gn.datasets.iris()


def scalars(folder):
    """{name: [(step, value)]} of the event file in a folder, as TensorBoard reads it, checksums and all."""
    read = reader.EventAccumulator(str(folder)).Reload()
    return {name: [(event.step, event.value) for event in read.Scalars(name)] for name in read.Tags()["scalars"]}


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_what_is_measured_can_be_read_back_in_float32(engine, tmp_path):
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine)
    history = net.fit(
        IRIS.X, IRIS.y, loss="cross_entropy", epochs=3, validation=0.2, metrics=["accuracy"], seed=0,
        listeners=[gn.listeners.TensorBoard(tmp_path / "run")],
    )  # fmt: skip
    train, validation = scalars(tmp_path / "run/train"), scalars(tmp_path / "run/validation")
    assert set(train) == {"loss", "accuracy", "learning_rate", "seconds"}
    assert set(validation) == {"loss", "accuracy"}
    for part, before in ((train, ""), (validation, "val_")):
        for name, found in part.items():
            assert [step for step, _ in found] == [1, 2, 3]
            measured = history[name if name in ("learning_rate", "seconds") else before + name]
            assert [value for _, value in found] == pytest.approx(measured, rel=1e-7)


def test_without_validation_there_is_no_such_folder(tmp_path):
    with gn.listeners.TensorBoard(tmp_path) as log:
        log(gn.Epoch(1, 0.5, 0.1))
    assert [path.name for path in tmp_path.iterdir()] == ["train"]
