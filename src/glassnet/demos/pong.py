"""A game of ball and paddles learned from the 24 × 24 pixels of its screen, by deep Q-learning."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from glassnet.demos import drawing, film
from glassnet.formulas.elementary import Array
from glassnet.reinforcement.deep_q import DeepQ
from glassnet.reinforcement.exploration import Exploration
from glassnet.reinforcement.game import one_game, play, player_of
from glassnet.reinforcement.learning_curve import Check, LearningCurve
from glassnet.reinforcement.pong import Pong

SEED, N_STEPS, CHECK_EVERY, CHECK_GAMES, N_GAMES = 0, 240_000, 20_000, 30, 100
WAYS = ("stay", "up", "down")
SETTINGS: dict[str, Any] = {
    "discount": 0.95,
    "optimizer": gn.Adam(0.001),
    "exploration": Exploration(1.0, 0.05, steps=20_000),
    "round_steps": 128,  # a move costs a twentieth of an update, so each update may have eight new ones
}


@dataclass(frozen=True, eq=False)
class Result:
    """The network, its games, and the mean points won minus lost: by it, at random, by following the ball."""

    net: gn.Network
    curve: LearningCurve
    learned: float
    at_random: float
    following: float
    figures: tuple[Path, ...] = ()


def network() -> gn.Network:
    """Two convolutions that see where the ball and the paddles are, and a value for each of the three actions.

    Values begin at 0: with random ones, the best of three actions always seems to be worth something.
    """
    return gn.Network(
        [
            gn.Conv2D(8, 4, stride=2, activation="relu"),
            gn.Conv2D(16, 3, stride=2, activation="relu"),
            gn.Flatten(),
            gn.Dense(64, "relu"),
            gn.Dense(3, weights="zeros"),
        ]
    )


def learn(
    seed: int, net: gn.Network, steps: int, listener: Callable[[Check], Any] | None = None, **parts: Any
) -> tuple[LearningCurve, float]:
    """Teach a network; gives its games, and its mean return in 100 others."""
    deep_q = DeepQ(net, Pong(), seed=seed, **(SETTINGS | parts))
    curve = deep_q.learn(steps, check_every=CHECK_EVERY, check_games=CHECK_GAMES, listener=listener)
    return curve, float(play(Pong(), net, N_GAMES, seed=1000).mean())


def follow(game: Pong) -> Callable[[Any], int]:
    """A player who sees the ball and the paddle as numbers, and keeps the paddle's middle behind the ball."""

    def act(state: Any) -> int:
        return 0 if abs(game.y - game.right) <= 0.5 else 1 if game.y < game.right else 2

    return act


def run(out: Path | None = None, say: Callable[[str], Any] = print) -> Result:
    """Learn, print how good it is on the way, and draw a curve and a film where `out` is given."""
    drawing.prepare(out)
    game, rng, net = Pong(), np.random.default_rng(SEED), network()
    at_random = play(game, lambda state: int(rng.integers(3)), N_GAMES, seed=1000).mean()
    following = play(game, follow(game), N_GAMES, seed=1000).mean()
    say("A game has five points: +1 for each that is won, −1 for each that is lost.")
    say(f"Mean return of {N_GAMES} games:\n")
    say(f"  moves at random                      {signed(at_random)}")
    say(f"  a player that follows the ball       {signed(following)}\n")
    say(f"A network that sees the pixels plays {N_STEPS:,} moves, in about a minute. Without random moves,")
    say(f"the mean return of {CHECK_GAMES} games on the way:\n\n    moves  mean return")
    curve, learned = learn(SEED, net, N_STEPS, lambda check: say(told(check)))
    say(f"\nThe best of these networks, in {N_GAMES} other games: {signed(learned)}")
    result = Result(net, curve, learned, float(at_random), float(following))
    figures = (draw(result, out), record(net, out)) if out else ()
    return replace(result, figures=figures)


def told(check: Check) -> str:
    """A line of the table."""
    return f"  {check.step:7,}  {signed(check.mean_return):>11}"


def signed(number: float) -> str:
    """A return with its sign and two digits."""
    return f"{number:+.2f}".replace("-", "−")


def draw(result: Result, out: Path) -> Path:
    """The checks over the moves, beside the two players who learn nothing; and a screen with what it is worth."""
    figure, (curve, seen) = drawing.new_figure(2)
    points = np.array([(check.step, check.mean_return) for check in result.curve.checks])
    curve.plot(*points.T, ".-", color=drawing.BLUE, label="learned from pixels")
    curve.axhline(result.following, color=drawing.GREEN, linestyle="--", label="follows the ball")
    curve.axhline(result.at_random, color=drawing.GREY, linestyle=":", label="at random")
    title = f"Mean return of {CHECK_GAMES} games"
    drawing.tidy(curve, xlabel="moves", ylabel="points won minus lost", title=title, ylim=(-5.2, 5.2))
    curve.xaxis.set_major_formatter("{x:,.0f}")
    curve.legend(loc="center right", bbox_to_anchor=(1.0, 0.35), frameon=False)
    state, values = decisive(result.net)
    seen.imshow(state[..., 0] + 0.4 * state[..., 1], cmap="gray")
    worth = ", ".join(f"{way} {signed(value)}" for way, value in zip(WAYS, values, strict=True))
    seen.set(xticks=[], yticks=[], title=f"Worth of {worth}", xlabel="bright: now; dark: one move before")
    return drawing.save(figure, out, "curve")


def decisive(net: gn.Network) -> tuple[Array, Array]:
    """Of a game's screens, the one where actions differ most in what they are worth; and what that is."""
    states = np.stack(screens(net))
    values = net.predict(states)
    place = np.ptp(values, axis=1).argmax()
    return states[place], values[place]


def screens(net: gn.Network) -> list[Array]:
    """All screens of a game that the network plays."""
    return [np.asarray(state) for state in one_game(Pong(), player_of(net), seed=7)[1]]


def record(net: gn.Network, out: Path) -> Path:
    """A film of the beginning of a game."""
    return film.save(
        [film.screen(state[..., 0], drawing.ORANGE) for state in screens(net)[:150]], out, "game", milliseconds=70
    )
