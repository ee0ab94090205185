"""A small world of squares, learned by Q-learning: what each step is worth as a map, and its updates as numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.demos import drawing
from glassnet.demos.table import table
from glassnet.formulas.elementary import Array
from glassnet.reinforcement.bellman import BellmanUpdate
from glassnet.reinforcement.grid_world import ARROWS, GridWorld
from glassnet.reinforcement.q_table import QTable, exact_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_GAMES, RATE, DISCOUNT, EPSILON, SEED = 1000, 0.5, 0.9, 0.5, 0
GAMES_SHOWN = (1, 2, 10, 100, N_GAMES)
CORNERS = np.array([(-0.5, 0.5), (0.5, 0.5), (0.5, -0.5), (-0.5, -0.5)])  # of a square, clockwise
Move = tuple[int, int, BellmanUpdate]  # the square, the action, and what was learned


@dataclass(frozen=True, eq=False)
class Result:
    """Q(s, a) as learned and as it is by value iteration, (squares, 4); all moves; the largest distance after games."""

    values: Array
    exact: Array
    moves: list[Move]
    distances: dict[int, float]
    figures: tuple[Path, ...] = ()


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Learn, print the updates and the map, and draw it where `out` is given."""
    drawing.prepare(out)
    world, distances = GridWorld(), {}
    learned, exact = QTable(world.n_states, world.n_actions, RATE, DISCOUNT), exact_values(world, DISCOUNT)
    moves: list[Move] = []
    for game in range(N_GAMES):
        moves += learned.learn(world, 1, EPSILON, seed=SEED + game)
        distances[game + 1] = float(np.abs(learned.values - exact).max())
    figures = (draw(world, learned.values, out),) if out else ()
    result = Result(learned.values, exact, moves, distances, figures)
    for line in report(world, result):
        say(line)
    return result


def report(world: GridWorld, result: Result) -> list[str]:
    """The text of the demo."""
    goal, before = first_with(result.moves, reward=1.0), following_the_first_goal(world, result.moves)
    distances = [[n, f"{result.distances[n]:.6f}"] for n in GAMES_SHOWN]
    return [
        f"Four columns, three rows; each step costs {-world.cost:g}, the goal (G) brings 1 and the fire (F) costs 1.",
        f"α = {RATE:g}, γ = {DISCOUNT:g}, ε = {EPSILON:g}. All values begin at 0. What a step teaches:\n",
        "  Q(s, a) ← Q(s, a) + α · (r + γ · max Q(s', a') − Q(s, a))\n",
        "The first step:",
        told(world, result.moves[0]),
        "The first step onto the goal, after which nothing follows:",
        told(world, goal),
        "The first step to the square from which the goal was found: its value goes one square back:",
        told(world, before),
        f"The last of {len(result.moves)} steps:",
        told(world, result.moves[-1]),
        f"\nWhat each step is worth after {N_GAMES} games, with an arrow for the best (* walls and ends):\n",
        as_text(world, result.values),
        "\nDistance from the exact values, which value iteration computes from the rules of the world:\n",
        table(["games", "largest distance"], distances),
    ]


def first_with(moves: list[Move], reward: float) -> Move:
    """The first move with a reward."""
    return next(move for move in moves if move[2].reward == reward)


def following_the_first_goal(world: GridWorld, moves: list[Move]) -> Move:
    """The first move that learns from the value that the first goal gave."""
    return next(move for move in moves if move[2].next_value > 0)


def told(world: GridWorld, move: Move) -> str:
    """An update with its numbers."""
    state, action, update = move
    return f"  Q({world.name(state)}, {ARROWS[action]}) ← {update}"


def as_text(world: GridWorld, values: Array) -> str:
    """The map: for each square the values of up; left and right; down, and an arrow for the best."""
    rule = "+" + "+".join(["-" * 17] * world.width) + "+"
    lines = [rule]
    for row in range(len(world.rows)):
        squares = [square_as_text(world, values, row * world.width + column) for column in range(world.width)]
        lines += ["|" + "|".join(parts) + "|" for parts in zip(*squares, strict=True)] + [rule]
    return "\n".join(lines)


def square_as_text(world: GridWorld, values: Array, state: int) -> list[str]:
    """Three lines of a square."""
    name = world.name(state)
    if state not in world.walked:
        return [f" {name}{'':14}", f"{world.squares[state].replace('#', '*'):^17}", " " * 17]
    up, right, down, left = (f"{value:.3f}".replace("-", "−") for value in values[state])
    best = ARROWS[int(values[state].argmax())]
    return [f" {name}{up:^11}   ", f"{left:^7} {best} {right:^7}", f"{down:^17}"]


def draw(world: GridWorld, values: Array, out: Path) -> Path:
    """Each square in four triangles, one for each step, in the colour of its value."""
    figure, axes = drawing.new_figure()
    largest = np.abs(values).max()
    for state in range(world.n_states):
        row, column = divmod(state, world.width)
        middle = np.array([column, len(world.rows) - 1 - row])
        if state in world.walked:
            draw_square(axes, middle, values[state], largest)
        else:
            mark = {"G": "goal\n+1", "F": "fire\n−1"}.get(world.squares[state], "")
            shade = {"G": drawing.GREEN, "F": drawing.VERMILION}.get(world.squares[state], drawing.GREY)
            axes.fill(*(middle + CORNERS).T, color=shade)
            axes.text(*middle, mark, ha="center", va="center", color="white", fontsize=12)
    axes.set(xlim=(-0.5, world.width - 0.5), ylim=(-0.5, len(world.rows) - 0.5), aspect="equal")
    axes.set_xticks(range(world.width), [chr(ord("a") + column) for column in range(world.width)])
    axes.set_yticks(range(len(world.rows)), [str(row + 1) for row in range(len(world.rows))])
    axes.set_title(f"What each step is worth after {N_GAMES} games")
    return drawing.save(figure, out, "values")


def draw_square(axes: "Axes", middle: Array, values: Array, largest: float) -> None:
    """Four triangles with their values; the best in bold."""
    from matplotlib import colormaps

    for action in range(4):
        corners = CORNERS[[action, (action + 1) % 4]]
        points = middle + np.array([(0.0, 0.0), *corners])
        shade = colormaps["RdBu"](0.5 + 0.5 * values[action] / largest)
        axes.fill(*points.T, facecolor=shade, edgecolor="white")
        bright = abs(values[action]) < 0.6 * largest
        x, y = middle + 0.66 * corners.mean(axis=0)
        weight = "bold" if action == values.argmax() else "normal"
        text = f"{values[action]:.2f}".replace("-", "−")
        axes.text(x, y, text, ha="center", va="center", weight=weight, color="black" if bright else "white")
