"""What a training on ranks costs and gains: measured on this machine, and a model of more nodes than it has.

    python -m benchmarks.ranks             2 ranks beside 2 threads of one process, for three sizes
    python -m benchmarks.ranks model       predicted speed-up on up to 1,024 nodes for four sizes, as a table
    python -m benchmarks.ranks model FILE  … and as a figure

`mpiexec` must be on the path. The model is no measurement: T(n) = T_compute / n + 2 (n − 1) (latency + bytes / (n ×
bandwidth)), a ring that reduces and then gathers, with T_compute measured on one core here and the network's figures
published: 1.93 µs and 37.23 Gbit/s between two hosts on 40-Gbit Ethernet (Open MPI 1.8.1, NetPIPE 3.7.1; J. Squyres,
"MPI over 40Gb Ethernet", Cisco, 2014).
"""

import json
import os
import shutil
import subprocess
import sys
import time
from statistics import median
from typing import Any

import numpy as np

LATENCY, BANDWIDTH = 1.93e-6, 37.23e9 / 8  # seconds, bytes a second
SIZES = {"small": (20, [64, 64], 1024), "middle": (100, [256, 256], 2048), "large": (400, [1024, 1024], 2048)}
LARGER = {**SIZES, "wide": (100, [512, 512], 2048)}
NODES = (1, 2, 4, 16, 64, 256, 1024)
STEPS = 8
ROUNDS = 5


def seconds_a_step(name: str, communicator: object = None, reduction: str = "ordered") -> tuple[float, int]:
    """(the best time of a step, the bytes of the gradient) of a network, on this process or with others."""
    import glassnet as gn

    inputs, units, batch = LARGER[name]
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(STEPS * batch, inputs)).astype(np.float32), rng.integers(0, 10, STEPS * batch)
    net = gn.Network([*(gn.Dense(n, "relu") for n in units), gn.Dense(10, "softmax")], engine="compiled")
    times, began = [], time.perf_counter()
    settings: dict[str, Any] = {"loss": "cross_entropy", "batch_size": batch, "epochs": 4, "seed": 0}
    if communicator is not None:
        settings |= {"communicator": communicator, "reduction": reduction}
    for _ in net.training(X, y, **settings):
        times.append(time.perf_counter() - began)
        began = time.perf_counter()
    return min(times[1:]) / STEPS, net.parameters.nbytes


def child(name: str, reduction: str) -> None:
    """A measurement in a process of its own, which is a rank where mpiexec started it."""
    from glassnet.training.ranks.launcher import world

    communicator = world()
    found = seconds_a_step(name, communicator, reduction)
    if communicator is None or communicator.Get_rank() == 0:
        print(json.dumps(found))


def measured(name: str, ranks: int, threads: int, reduction: str = "ordered") -> tuple[float, int]:
    """The same for so many ranks, each with so many threads."""
    launcher = [str(shutil.which("mpiexec")), "-n", str(ranks)] if ranks > 1 else []
    line = [*launcher, sys.executable, "-m", "benchmarks.ranks", "child", name, reduction]
    environment = {**os.environ, "GLASSNET_THREADS": str(threads)}
    ended = subprocess.run(line, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    seconds, size = json.loads(ended.stdout.splitlines()[-1])
    return float(seconds), int(size)


def predicted(compute: float, size: int, nodes: int) -> float:
    """The model's speed-up of a step of so many seconds, with a gradient of so many bytes."""
    ring = 2 * (nodes - 1) * (LATENCY + size / (nodes * BANDWIDTH))
    return compute / (compute / nodes + ring)


def compare() -> None:
    """Ranks beside threads."""
    print(
        "network  batch  KB a step   1 thread    2 threads  2 ranks, fast  and ordered  beside 2 threads: fast, ordered"
    )
    for name, (_, _, batch) in SIZES.items():
        ways: tuple[tuple[Any, ...], ...] = ((1, 1), (1, 2), (2, 1, "fast"), (2, 1, "ordered"))
        rounds = [[measured(name, *way) for way in ways] for _ in range(ROUNDS)]
        size = rounds[0][0][1]
        one, threads, fast, ordered = (median(each[k][0] for each in rounds) for k in range(4))
        times = "  ".join(f"{1e3 * each:8.2f} ms" for each in (one, threads, fast, ordered))
        print(
            f"{name:8} {batch:5}  {size / 1e3:9,.0f}  {times}  {fast / threads:8.2f}  {ordered / threads:8.2f}",
            flush=True,
        )


def model(figure: str | None = None) -> None:
    """The table of predictions, and their figure if a file is named."""
    print("MODEL, not measured. Speed-up of a step on nodes of one core like this one:")
    print(f"{'network':10} {'batch':>5} {'step':>10} {'gradient':>9}  " + "".join(f"{n:>7}" for n in NODES))
    steps = {name: measured(name, 1, 1) for name in LARGER}
    for name, (compute, size) in steps.items():
        batch = LARGER[name][2]
        row = "".join(f"{predicted(compute, size, n):7.1f}" for n in NODES)
        print(f"{name:10} {batch:5} {1e3 * compute:7.1f} ms {size / 1e6:6.2f} MB  {row}", flush=True)
    if figure is not None:
        draw(steps, figure)


def draw(steps: dict[str, tuple[float, int]], path: str) -> None:
    """Predicted speed-ups over the nodes, each curve with its layers and batch at its end."""
    from matplotlib.figure import Figure

    nodes = 2 ** np.linspace(0, 10, 101)
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    axes.loglog(nodes, nodes, color="0.6", linestyle="--", linewidth=1)
    axes.annotate("n nodes, n times as fast", (310, 200), color="0.4")
    for name, (compute, size) in steps.items():
        _, units, batch = LARGER[name]
        curve = np.array([predicted(compute, size, n) for n in nodes])
        (line,) = axes.plot(nodes, curve)
        label, end = f"{', '.join(map(str, units))}; {batch:,} rows", np.flatnonzero(curve > 0.6)[-1]
        last = (nodes[end], curve[end])
        axes.annotate(label, last, (6, 0), textcoords="offset points", va="center", color=line.get_color())
    axes.set(xlabel="nodes (one core each)", ylabel="speed-up of a step", ylim=(0.5, 300), xlim=(1, 1024))
    axes.set_title("A model, not a measurement: a step and its ring reduction", loc="left")
    axes.set_xticks(NODES, [f"{n:,}" for n in NODES], minor=False)
    axes.set_yticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:4])
    else:
        model(*sys.argv[2:3]) if sys.argv[1:2] == ["model"] else compare()
