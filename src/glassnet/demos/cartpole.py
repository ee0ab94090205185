"""CartPole learned by deep Q-learning: a pole is balanced on a cart, and what each part of the method is for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing, film
from glassnet.demos.table import table
from glassnet.reinforcement.deep_q import DeepQ
from glassnet.reinforcement.game import game_of, one_game, play, player_of
from glassnet.reinforcement.learning_curve import LearningCurve

GAME = "CartPole-v1"
SEEDS, N_STEPS, N_GAMES, GOAL, SOLVED = range(3), 60_000, 100, 500.0, 475.0
FEWER = 30_000  # steps where a part is missing
PARTS: dict[str, dict[str, Any]] = {
    "all parts": {},
    "without the target network": {"target_rate": 1.0},
    "without replay": {"memory": 64},
    "without double Q-learning": {"double": False},
}
WIDTH = max(map(len, PARTS))  # of the first column


@dataclass(frozen=True, eq=False)
class Learned:
    """A network that has learned from a seed: its curve, the steps it took, and its returns in 100 other games."""

    net: gn.Network
    curve: LearningCurve
    n_steps: int
    returns: np.ndarray

    @property
    def mean_return(self) -> float:
        """The mean of the returns."""
        return float(self.returns.mean())


@dataclass(frozen=True, eq=False)
class Result:
    """What was learned with all parts and without some, by the name in `PARTS`, from each seed."""

    learned: dict[str, list[Learned]]
    figures: tuple[Path, ...] = ()


def network() -> gn.Network:
    """Four numbers (position, speed, angle, angular speed), two hidden layers, and a value for left and for right."""
    return gn.Network([gn.Dense(64, "relu"), gn.Dense(64, "relu"), gn.Dense(2)])


def learn(seed: int, steps: int, **parts: Any) -> Learned:
    """Learn until ten games in a row last 500 steps, or to the end; then play 100 games."""
    net = network()
    deep_q = DeepQ(net, GAME, seed=seed, **parts)
    curve = deep_q.learn(steps, goal=GOAL)
    return Learned(net, curve, deep_q.n_steps, play(GAME, net, N_GAMES, seed=10_000 + seed))


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Learn with all parts and without each, print what came of it; draw a curve and a film where `out` is given."""
    game_of(GAME)
    drawing.prepare(out)
    say(f"{GAME}: each step that the pole stands brings 1, at most {GOAL:g} in a game.")
    say(f"A network learns until ten games in a row last {GOAL:g} steps, or to its last step ({N_STEPS:,}; {FEWER:,}")
    say(f"where a part is missing). Then it plays {N_GAMES} games; a mean return of {SOLVED:g} counts as solved.\n")
    say(f"{'':{WIDTH}}  solved  mean return  steps from each of {len(SEEDS)} seeds")
    learned: dict[str, list[Learned]] = {}
    for name, parts in PARTS.items():
        learned[name] = [learn(seed, FEWER if parts else N_STEPS, **parts) for seed in SEEDS]
        say(told(name, learned[name]))
    say("\nWith all parts, the mean return of ten games on the way:\n")
    say(table(["steps", *(f"seed {seed}" for seed in SEEDS)], checks(learned["all parts"])))
    figures = (draw(learned, out), record(learned["all parts"][0].net, out)) if out else ()
    return Result(learned, figures)


def checks(learned: list[Learned]) -> list[list[object]]:
    """The checks of each seed in columns, by the number of steps."""
    longest = max(learned, key=lambda one: len(one.curve.checks)).curve.checks
    columns = [[f"{check.mean_return:.0f}" for check in one.curve.checks] for one in learned]
    return [
        [f"{check.step:,}", *(column[k] if k < len(column) else "" for column in columns)]
        for k, check in enumerate(longest)
    ]


def told(name: str, learned: list[Learned]) -> str:
    """A line of the table: how many seeds solved it, the mean return, the steps."""
    solved = f"{sum(one.mean_return >= SOLVED for one in learned)} of {len(learned)}"
    mean = np.mean([one.mean_return for one in learned])
    steps = "  ".join(f"{one.n_steps:6,}" for one in learned)
    return f"{name:{WIDTH}}  {solved:>6}  {mean:11.1f}  {steps}"


def draw(learned: dict[str, list[Learned]], out: Path) -> Path:
    """The checks over the steps, of each seed a line."""
    figure, axes = drawing.new_figure()
    colours = dict(zip(PARTS, (drawing.BLUE, drawing.VERMILION, drawing.ORANGE, drawing.PURPLE), strict=False))
    for name, several in reversed(learned.items()):  # all parts above the others
        width, alpha = (2.2, 1.0) if name == "all parts" else (1.0, 0.6)
        for k, one in enumerate(several):
            points = np.array([(check.step, check.mean_return) for check in one.curve.checks])
            axes.plot(*points.T, ".-", color=colours[name], linewidth=width, alpha=alpha, label="" if k else name)
    axes.axhline(SOLVED, color=drawing.GREY, linestyle="--", label=f"solved: {SOLVED:g}")
    drawing.tidy(axes, xlabel="steps", ylabel="mean return of ten games", title="CartPole by deep Q-learning")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(loc="outside lower center", ncols=3, frameon=False, reverse=True)
    return drawing.save(figure, out, "curve")


def record(net: gn.Network, out: Path) -> Path:
    """A film of the first seconds of a game."""
    _, states = one_game(game_of(GAME), player_of(net), seed=0)
    return film.save([film.cart(state) for state in states[:250:2]], out, "game", milliseconds=40)
