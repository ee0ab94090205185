from typing import Any

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet.drawing import LIGHT
from glassnet.listeners import Snapshots
from glassnet.pictures import film
from glassnet.pictures.spaces.regions import shades
from tests.themes import in_both_themes

IRIS, XOR = gn.datasets.iris(), gn.datasets.xor()


@pytest.fixture(scope="module")
def iris_snapshots():
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(3, "softmax")], engine="numpy")
    snapshots = Snapshots(net, 8)
    settings: dict[str, Any] = {"loss": "cross_entropy", "optimizer": gn.Adam(0.05), "epochs": 7, "seed": 0}
    net.fit(IRIS.X, IRIS.y, listeners=[snapshots], **settings)
    return snapshots


def frames(path):
    with Image.open(path) as image:
        found = []
        for k in range(image.n_frames):  # type: ignore[attr-defined]  # of animations
            image.seek(k)
            found.append((np.asarray(image.convert("RGB")) / 255.0, image.info["duration"]))
        return found, image.info.get("loop")


def share_of(pixels, colour):
    """How much of a picture has about this colour."""
    return (np.abs(pixels - colour).max(axis=-1) < 0.06).mean()


def test_a_film_has_a_frame_for_each_snapshot_and_the_last_one_stands(tmp_path, iris_snapshots):
    path = film(iris_snapshots, IRIS.X, IRIS.y, tmp_path / "iris.gif", class_names=IRIS.class_names, seconds=4)
    found, loop = frames(path)
    assert len(found) == len(iris_snapshots.epochs) == 8
    assert [duration for _, duration in found] == [500] * 7 + [2000]
    assert loop == 0
    assert path.stat().st_size < 8 * 17_000  # 60 frames stay below a megabyte


def test_each_frame_shows_the_network_of_its_epoch(tmp_path, iris_snapshots):
    """A network that always says class k, in turn, has the colour of k everywhere."""
    snapshots = Snapshots(gn.Network([gn.Dense(3, "softmax")], engine="numpy").build(4, seed=0))
    for k in range(3):
        snapshots.net.parameters[:] = 0
        snapshots.net.arrays["0.b"][k] = 50
        snapshots(gn.Epoch(k + 1, 0.0, 0.1))
    found, _ = frames(film(snapshots, IRIS.X, IRIS.y, tmp_path / "iris.gif"))
    for k, (pixels, _) in enumerate(found):
        shares = [share_of(pixels, shades(LIGHT, np.eye(3)[j])) for j in range(3)]
        assert np.argmax(shares) == k and shares[k] > 0.3 and sum(shares) - shares[k] < 0.05


@in_both_themes
def test_numbers_are_filmed_too(tmp_path, theme):
    net = gn.Network([gn.Dense(3, "tanh"), gn.Dense(1)], engine="numpy")
    snapshots = Snapshots(net, 3)
    net.fit(XOR.X, XOR.y, loss="squared_error", epochs=2, seed=0, listeners=[snapshots])
    found, _ = frames(film(snapshots, XOR.X, XOR.y, tmp_path / "xor.GIF", theme=theme))
    assert len(found) == 3
    assert not np.array_equal(found[0][0], found[2][0])


def test_a_film_that_cannot_be_written_leaves_the_old_one(tmp_path, iris_snapshots):
    (path := tmp_path / "iris.gif").write_bytes(b"old")
    iris_snapshots.states[-1] = np.zeros(99)  # the last frame fails
    with pytest.raises(ValueError, match="could not broadcast"):
        film(iris_snapshots, IRIS.X, IRIS.y, path, resolution=5)
    iris_snapshots.states[-1] = iris_snapshots.states[0]
    assert path.read_bytes() == b"old" and [*tmp_path.iterdir()] == [path]
    with pytest.raises(gn.GlassnetError, match="could not write"):
        film(iris_snapshots, IRIS.X, IRIS.y, tmp_path / "missing" / "iris.gif", resolution=5)


def test_what_cannot_be_filmed_is_refused_in_one_sentence(tmp_path, iris_snapshots):
    with pytest.raises(gn.InvalidInput, match=r"a film must end in .gif, got '.*iris.png'"):
        film(iris_snapshots, IRIS.X, IRIS.y, tmp_path / "iris.png")
    with pytest.raises(gn.InvalidInput, match="seconds must be a positive number, got 0"):
        film(iris_snapshots, IRIS.X, IRIS.y, tmp_path / "iris.gif", seconds=0)
    with pytest.raises(gn.InvalidInput, match="no snapshots were taken"):
        film(Snapshots(gn.Network([gn.Dense(1)])), IRIS.X, IRIS.y, tmp_path / "iris.gif")
    with pytest.raises(gn.InvalidInput, match="theme must be one of"):
        film(iris_snapshots, IRIS.X, IRIS.y, tmp_path / "iris.gif", theme="sepia")
