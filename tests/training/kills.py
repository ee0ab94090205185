"""A program that trains in child processes, kills them at random moments, and resumes until the training is done.

Usage: kills.py ENGINE FOLDER KILLS. Prints how often it killed, in how many of these a file was half written, and
whether every training ended with the bits of the undisturbed one.
"""

import os
import pathlib
import random
import signal
import sys
import time
import traceback
from typing import Any

import glassnet as gn
from glassnet.training.loop import epoch_progress

ENGINE, FOLDER, KILLS = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
epoch_progress.WORK = 1  # an epoch has four parts
IRIS = gn.datasets.iris()


def train(**more: Any) -> tuple[gn.Network, gn.History]:
    net = gn.Network([gn.Dense(5, "tanh"), gn.Dropout(0.2), gn.Dense(3, "softmax")], engine=ENGINE)
    history = net.fit(
        IRIS.X, IRIS.y, loss="cross_entropy", optimizer=gn.Adam(0.05), epochs=14, validation=0.2,
        metrics=["accuracy"], stop=gn.EarlyStopping("val_accuracy", patience=8), seed=6, **more,
    )  # fmt: skip
    return net, history


def end_of(net: gn.Network, history: gn.History) -> bytes:
    numbers = [history[name] for name in history.names() if name != "seconds"]
    return net.parameters.tobytes() + repr((numbers, history.about)).encode()


class Slow:
    """A file that takes its time, so that kills find it half written."""

    def __init__(self, file: Any):
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __enter__(self) -> "Slow":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def write(self, content: bytes) -> None:
        for start in range(0, len(content), len(content) // 4 + 1):
            self.file.write(content[start : start + len(content) // 4 + 1])
            self.file.flush()
            time.sleep(0.001)


def slow_down() -> None:
    opened, replace = pathlib.Path.open, os.replace

    def open_slowly(path: pathlib.Path, *how: Any, **more: Any) -> Any:
        file = opened(path, *how, **more)
        return Slow(file) if path.suffix == ".part" else file

    def replace_slowly(source: Any, target: Any) -> None:
        time.sleep(0.001)
        replace(source, target)
        time.sleep(0.001)

    pathlib.Path.open = open_slowly  # type: ignore[method-assign, assignment]
    os.replace = replace_slowly  # type: ignore[assignment]


def child(folder: pathlib.Path) -> None:
    slow_down()
    checkpoint = gn.Checkpoint(folder, minutes=1e-9, keep=2)  # after each part
    (folder.parent / "end").write_bytes(end_of(*train(checkpoint=checkpoint, resume=True)))
    os._exit(0)


def main() -> None:
    expected, draw = end_of(*train()), random.Random(0)
    kills = half = trainings = same = 0
    while kills < KILLS:
        folder = FOLDER / str(trainings) / "run"
        trainings, code = trainings + 1, -1
        while code != 0:
            if (pid := os.fork()) == 0:
                try:
                    child(folder)
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(1)
            if kills < KILLS:
                time.sleep(draw.uniform(0.002, 0.08))
                os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            code = os.waitstatus_to_exitcode(status)
            if code not in (0, -signal.SIGKILL):
                sys.exit(f"a child ended with status {code}")
            kills += code != 0
            half += bool(list(folder.glob(".*.part")))
        same += (folder.parent / "end").read_bytes() == expected
        left = [name for name in os.listdir(folder) if name.endswith(".part")]
        if left or len(os.listdir(folder)) > 2:
            sys.exit(f"left behind: {os.listdir(folder)}")
    print(f"kills {kills}, half written {half}, trainings {trainings}, the same {same}")


if __name__ == "__main__":
    main()
