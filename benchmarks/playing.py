"""Measures deep Q-learning of CartPole: how many seeds solve it, how long they take, and what each part brings.

`python -m benchmarks.playing --seeds 20` writes a line of JSON for each run into `--log`, going on where it ended,
and then the table. With `--torch PYTHON` an environment that has PyTorch and gymnasium measures the same there.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forecasting_suite import RESULTS, table
from benchmarks.machine import machine
from glassnet.demos.cartpole import FEWER, GAME, N_STEPS, PARTS, SOLVED, learn, network
from glassnet.reinforcement import DeepQ

PEER = Path(__file__).parent / "peers" / "deep_q_torch.py"
ROUNDS, STEPS = 3, 1_600  # of the comparison: each library in turn, so many steps after the warm-up

Run = dict[str, Any]


def measured(parts: str, seed: int) -> Run:
    """One run, with the seconds of the processor that it took to learn, and to learn and play 100 games."""
    began, wall = time.process_time(), time.perf_counter()
    one = learn(seed, FEWER if PARTS[parts] else N_STEPS, **PARTS[parts])
    seconds, wall = time.process_time() - began, time.perf_counter() - wall
    return {
        "parts": parts,
        "seed": seed,
        "steps": one.n_steps,
        "mean_return": one.mean_return,
        "seconds": seconds,
        "wall": wall,
    }


def all_runs(log: Path, seeds: int) -> list[Run]:
    """The runs of a log, and those that are missing there."""
    found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {(run["parts"], run["seed"]) for run in found}
    for parts, seed in ((parts, seed) for parts in PARTS for seed in range(seeds)):
        if (parts, seed) not in done:
            found.append(measured(parts, seed))
            with log.open("a") as file:
                file.write(json.dumps(found[-1]) + "\n")
            print(found[-1], flush=True)
    return found


def our_rate(seed: int) -> float:
    """Steps a second of the processor, after the warm-up."""
    deep_q = DeepQ(network(), GAME, seed=seed)
    deep_q.learn(1_200, check_every=10**9, check_games=1)
    began = time.process_time()
    deep_q.learn(STEPS, check_every=10**9, check_games=1)
    return STEPS / (time.process_time() - began)


def rates(python: str) -> Iterator[tuple[float, float]]:
    """(ours, PyTorch's) in turn."""
    for seed in range(ROUNDS):
        ours = our_rate(seed)
        done = subprocess.run([python, PEER, str(seed), str(STEPS)], capture_output=True, text=True, check=True)
        yield ours, float(done.stdout)
        print(f"{ours:.0f} steps a second, PyTorch {done.stdout.strip()}", flush=True)


def row(name: str, runs: list[Run]) -> list[str]:
    """What the runs with some parts came to."""
    solved = [run for run in runs if run["mean_return"] >= SOLVED]
    seconds = sorted(run["seconds"] for run in runs)
    return [
        name,
        f"{len(solved)} of {len(runs)}",
        f"{np.mean([run['mean_return'] for run in runs]):.1f}",
        f"{np.median([run['steps'] for run in runs]):,.0f}",
        f"{np.median(seconds):.1f}",
        f"{seconds[-1]:.1f}",
    ]


def report(runs: list[Run], compared: list[tuple[float, float]]) -> str:
    """The page of results."""
    heads = ["", "solved", "mean return", "steps (median)", "seconds (median)", "seconds (most)"]
    rows = [row(name, [run for run in runs if run["parts"] == name]) for name in PARTS]
    said = [
        "# CartPole by deep Q-learning",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.",
        f"`python -m benchmarks.playing`: two hidden layers of 64 units learn `{GAME}` until ten games in a row"
        f" last 500 steps, for at most {N_STEPS:,} steps, or {FEWER:,} where a part is missing. Then it plays 100 "
        f"other games; a mean return of {SOLVED:g} counts as solved. Seconds are those of one core, for all of this.",
        table(heads, [line for line in rows if not line[1].endswith(" of 0")]),
    ]
    if compared:
        ours, theirs = np.median(compared, axis=0)
        said += [
            f"Steps a second of one core, in rounds of 16 moves and 16 updates of 64 rows, both libraries in turn "
            f"{len(compared)} times: {ours:,.0f}, and {theirs:,.0f} with the same written in PyTorch "
            f"(`benchmarks/peers/deep_q_torch.py`): {np.median([a / b for a, b in compared]):.1f} times as many."
        ]
    return "\n\n".join(said) + "\n"


def main() -> None:
    """Measure what the log lacks, and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--log", type=Path, default=Path("playing.jsonl"))
    options.add_argument("--torch", help="the Python of an environment with PyTorch and gymnasium")
    options.add_argument("--out", type=Path, default=RESULTS / "playing.md")
    given = options.parse_args(sys.argv[1:])
    runs = all_runs(given.log, given.seeds)
    given.out.write_text(report(runs, list(rates(given.torch)) if given.torch else []))


if __name__ == "__main__":
    main()
