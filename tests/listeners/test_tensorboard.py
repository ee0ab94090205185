"""TensorBoard: the event files are read back, record by record, with their checksums."""

import struct

import pytest

import glassnet as gn

pytest.importorskip("tensorboardX")
IRIS = gn.datasets.iris()


def records(path):
    """The records of an event file: length, checksum of it, data, checksum of them."""
    from tensorboardX.crc32c import crc32c

    def masked(data):
        crc = crc32c(data)
        return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF

    content = path.read_bytes()
    while content:
        (length,), data = struct.unpack("<Q", content[:8]), content[12:]
        assert struct.unpack("<I", content[8:12])[0] == masked(content[:8])
        assert struct.unpack("<I", data[length : length + 4])[0] == masked(data[:length])
        yield data[:length]
        content = data[length + 4 :]


def scalars(folder):
    """{name: [(step, value)]} of the event file in a folder."""
    from tensorboardX.proto.event_pb2 import Event

    (path,) = folder.glob("events.out.tfevents.*")
    found: dict = {}
    for record in records(path):
        event = Event.FromString(record)
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


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
