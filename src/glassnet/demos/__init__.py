"""The tutorials that glassnet grew out of, run again, and games that are learned: text and figures."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from glassnet.errors import UnknownName

DEMOS = {
    "regression": "a ReLU network memorises random numbers, and why its loss reaches a plateau",
    "descent": "gradient descent on x² + y², step by step",
    "xor": "exclusive or, with the tutorial's wrong gradient and with the right one",
    "clouds": "three clouds of points, and the best that any classifier can do on them",
    "iris": "iris flowers: a network that learns too slowly, and how to fix it",
    "gridworld": "Q-learning in a small world of squares: what each step is worth, and its updates as numbers",
    "cartpole": "deep Q-learning balances a pole (extra `games`), and what each part of the method brings",
    "pong": "deep Q-learning from the 24 × 24 pixels of a game of ball and paddles",
}


def run_demo(name: str, out: Path | None = None, say: Callable[[str], Any] = print) -> Any:
    """Run a demo of `DEMOS`: its text goes to `say`, its figures into the folder `out`; gives the demo's Result."""
    if name not in DEMOS:
        raise UnknownName("demo", name, DEMOS)
    return import_module(f"glassnet.demos.{name}").run(out, say)
