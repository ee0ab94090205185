"""What a game is: states, actions and rewards, as gymnasium has them; one of gymnasium's is found by its name."""

import inspect
import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from glassnet.calls import answered
from glassnet.errors import InvalidInput, MissingExtra, UnknownName, brief, first_line
from glassnet.extras import require
from glassnet.formulas.elementary import Array
from glassnet.predictor import Predictor

MOST_REWARD = 1e30  # what a game brings in all must be a number of float32


class Game(Protocol):
    """A game of one player, by gymnasium's interface: any object that has these two methods.

    A state is an array, the same shape each time; an action is a whole number from 0 on.

    >>> from glassnet.reinforcement import GridWorld
    >>> game: Game = GridWorld()
    >>> state, about = game.reset(seed=0)
    """

    def reset(self, *, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin a new game: (state, what else is known). With a seed, all that is random begins anew."""
        ...

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """One move: (state, reward, whether the game is over, whether it was broken off, what else is known)."""
        ...


def game_of(given: Any) -> Any:
    """A game, or the one that gymnasium has under a name; one sentence if it is unknown or not installed.

    >>> game_of("CartPole-v3")
    Traceback (most recent call last):
    ...
    glassnet.errors.UnknownName: unknown game 'CartPole-v3'. Did you mean 'CartPole-v1'? Known: ...
    """
    if not isinstance(given, str):
        check_methods(given)
        return given
    check_name(given)
    gymnasium = require("gymnasium", "games", f"the game {brief(given)}")
    try:
        return gymnasium.make(given, disable_env_checker=True)
    except (gymnasium.error.DependencyNotInstalled, ImportError) as error:
        lacking = first_line(error).split(". ")[0].rstrip(".")
        raise MissingExtra(f"the game {brief(given)} needs a package that is missing: {lacking}.") from None
    except gymnasium.error.NamespaceNotFound:
        raise MissingExtra(
            f"the game {brief(given)} is from a package that is not installed, or not imported: "
            f"gymnasium knows no games of {given.split('/')[0]!r}."
        ) from None
    except gymnasium.error.Error:
        raise UnknownName("game", given, newest(gymnasium.registry.values())) from None


def check_name(name: str) -> None:
    """Refuse a name with a package in front that cannot be one's."""
    package, colon, game = name.partition(":")
    if colon and (not all(part.isidentifier() for part in package.split(".")) or not game or ":" in game):
        raise InvalidInput(
            f"a game is named as in 'CartPole-v1', or with its package as in 'package:Game-v0', got {brief(name)}."
        )


def newest(specs: Iterable[Any]) -> Iterable[str]:
    """The names of games, each in its latest version."""
    return {(spec.namespace, spec.name): spec.id for spec in sorted(specs, key=lambda spec: spec.version or 0)}.values()


def check_methods(game: Any) -> None:
    """Refuse what is no game: a class, or an object without the two methods."""
    if isinstance(game, type):
        raise InvalidInput(f"a game must be an object, got the class {game.__name__}: write {game.__name__}().")
    if not (callable(getattr(game, "reset", None)) and callable(getattr(game, "step", None))):
        raise InvalidInput(
            f"a game must have the methods `reset` and `step`, or be a name such as 'CartPole-v1'; got {brief(game)}."
        )
    try:
        inspect.signature(game.reset).bind(seed=0)
    except TypeError:
        raise InvalidInput("the method `reset` of the game must take a seed: def reset(self, *, seed=None).") from None
    except ValueError:  # one that is not written in Python does not say what it takes
        pass


def begun(game: Any, seed: int | None = None) -> Any:
    """The first state of a new game."""
    answer = game.reset(seed=seed)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise InvalidInput(f"`reset` of the game must give two things, (state, about), got {brief(answer)}.")
    return answer[0]


def moved(game: Any, action: int) -> tuple[Any, float, bool, bool]:
    """(state, reward, whether the game is over, whether it was broken off) after a move."""
    answer = game.step(action)
    if not isinstance(answer, tuple) or len(answer) != 5:
        what = f"{len(answer)} things" if isinstance(answer, tuple) else brief(answer)
        raise InvalidInput(f"`step` of the game must give (state, reward, over, broken off, about), got {what}.")
    state, reward, over, broken_off, _ = answer
    return state, reward_of(reward), flag_of(over), flag_of(broken_off)


def reward_of(given: Any) -> float:
    """A reward as a number."""
    try:
        reward = math.nan if isinstance(given, (str, bytes)) else float(given)
    except (TypeError, ValueError, OverflowError):
        reward = math.nan
    if not abs(reward) <= MOST_REWARD:
        raise InvalidInput(f"a reward must be a finite number of at most {MOST_REWARD:g} in size, got {brief(given)}.")
    return reward


def flag_of(given: Any) -> bool:
    """Whether a game is over, or was broken off."""
    if type(given) is not bool and (np.ndim(given) or np.asarray(given).dtype.kind not in "biu"):
        raise InvalidInput(
            f"`step` of the game must say by True or False whether it is over, and whether it was broken off, got "
            f"{brief(given)}."
        )
    return bool(given)


@answered
def play(game: Any, player: Any, n_games: int, seed: int | None = None) -> Array:
    """Return of each of n games: the sum of its rewards, played without any random action.

    Parameters
    ----------
    game
        An object with `reset` and `step`, or the name of one of gymnasium's.
    player
        A network, or a function from a state to an action.
    n_games
        How many games.
    seed
        What is random in the game begins with it; None leaves it as it is.

    Raises InvalidInput for less than one game, MissingExtra for a game that is not installed.

    >>> from glassnet.reinforcement import GridWorld, play
    >>> play(GridWorld(), lambda state: 1, n_games=2).shape
    (2,)
    """
    if not isinstance(n_games, (int, np.integer)) or isinstance(n_games, bool) or n_games < 1:
        raise InvalidInput(f"n_games must be a whole number of at least 1, got {brief(n_games)}.")
    game, act = game_of(game), player_of(player)
    return np.array([one_game(game, act, seed if number == 0 else None)[0] for number in range(n_games)])


def one_game(game: Any, act: Any, seed: int | None = None) -> tuple[float, Sequence[Any]]:
    """(sum of the rewards, all states) of one game."""
    state = begun(game, seed)
    total, states, over = 0.0, [state], False
    while not over:
        state, reward, ended, broken_off = moved(game, act(state))
        total, over = total + reward, ended or broken_off
        states.append(state)
    return total, states


def player_of(player: Any) -> Any:
    """A function from a state to an action: of a network, the one that it thinks is worth most."""
    if hasattr(player, "predictor"):
        player = player.predictor()
    if isinstance(player, Predictor):
        values = player
        return lambda state: int(values(state).argmax())
    if not callable(player):
        raise InvalidInput(f"the player must be a network or a function from states to actions, got {brief(player)}.")
    return player
