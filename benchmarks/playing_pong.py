"""Measures Pong learned from its screen: several seeds to the end, and what each part brings in fewer moves.

`python -m benchmarks.playing_pong --seeds 5` writes a line of JSON for each run into `--log`, going on where it ended,
and then its part of the page.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.forecasting_suite import RESULTS, table
from benchmarks.machine import machine
from benchmarks.section import with_part
from glassnet.demos.pong import CHECK_GAMES, N_GAMES, N_STEPS, follow, learn, network
from glassnet.reinforcement import Pong, play

FEWER, SEEDS_OF_PARTS = 100_000, 2  # moves where parts are compared, and seeds

Run = dict[str, Any]


def dense() -> gn.Network:
    """No convolution."""
    return gn.Network([gn.Flatten(), gn.Dense(64, "relu"), gn.Dense(3, weights="zeros")])


def random_values() -> gn.Network:
    """The last layer drawn like the others."""
    return gn.Network([*network().layers[:-1], gn.Dense(3)])


PARTS: dict[str, tuple[Callable[[], gn.Network], int, dict[str, Any]]] = {
    "all parts": (network, FEWER, {}),
    "values that begin at random": (random_values, FEWER, {}),
    "an update for each move": (network, FEWER // 8, {"round_steps": 16}),
    "a dense network": (dense, FEWER, {}),
    "without double Q-learning": (network, FEWER, {"double": False}),
    "without the target network": (network, FEWER, {"target_rate": 1.0}),
    "without replay": (network, FEWER, {"memory": 128}),
}


def measured(parts: str, seed: int, net: gn.Network, steps: int, **settings: Any) -> Run:
    """One run, with the seconds of the processor that it took."""
    began, wall = time.process_time(), time.perf_counter()
    curve, mean_return = learn(seed, net, steps, **settings)
    return {
        "parts": parts,
        "seed": seed,
        "steps": steps,
        "mean_return": mean_return,
        "checks": [check.mean_return for check in curve.checks],
        "seconds": time.process_time() - began,
        "wall": time.perf_counter() - wall,
    }


def all_runs(log: Path, seeds: int) -> list[Run]:
    """The runs of a log, and those that are missing there."""
    found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {(run["parts"], run["seed"]) for run in found}
    plans: list[tuple[str, int, Any]] = [("to the end", seed, (network, N_STEPS, {})) for seed in range(seeds)]
    plans += [(parts, seed, PARTS[parts]) for seed in range(SEEDS_OF_PARTS) for parts in PARTS]
    for parts, seed, (make, steps, settings) in plans:
        if (parts, seed) not in done:
            found.append(measured(parts, seed, make(), steps, **settings))
            with log.open("a") as file:
                file.write(json.dumps(found[-1]) + "\n")
            print(found[-1], flush=True)
    return found


def signed(number: float) -> str:
    """A return with its sign and two digits."""
    return f"{number:+.2f}".replace("-", "−")


def row(name: str, runs: list[Run]) -> list[str]:
    """What the runs with some parts came to."""
    returns = [run["mean_return"] for run in runs]
    return [
        name,
        f"{runs[0]['steps']:,}",
        signed(float(np.mean(returns))),
        ", ".join(map(signed, returns)),
        f"{np.median([run['seconds'] for run in runs]):.0f}",
    ]


def report(runs: list[Run]) -> str:
    """The part of the page."""
    game, rng = Pong(), np.random.default_rng(0)
    at_random = play(game, lambda state: int(rng.integers(3)), N_GAMES, seed=1000).mean()
    following = play(game, follow(game), N_GAMES, seed=1000).mean()
    heads = ["", "moves", "mean return", "of each seed", "seconds (median)"]
    names = [name for name in ("to the end", *PARTS) if any(run["parts"] == name for run in runs)]
    return "\n\n".join(
        [
            "# Pong from its pixels",
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.",
            "`python -m benchmarks.playing_pong`: the network of `glassnet demo pong` learns, and what was best in "
            f"{CHECK_GAMES} games on the way plays {N_GAMES} others; their mean return is from −5 to +5. Moves at "
            f"random bring {signed(at_random)}, a player that follows the ball {signed(following)}. Seconds are those "
            "of the processor, for all of this.",
            table(heads, [row(name, [run for run in runs if run["parts"] == name]) for name in names]),
        ]
    )


def main() -> None:
    """Measure what the log lacks, and write the part of the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--log", type=Path, default=Path("playing_pong.jsonl"))
    options.add_argument("--out", type=Path, default=RESULTS / "playing.md")
    given = options.parse_args(sys.argv[1:])
    runs = all_runs(given.log, given.seeds)
    given.out.write_text(with_part(given.out.read_text() if given.out.exists() else "", report(runs)))


if __name__ == "__main__":
    main()
