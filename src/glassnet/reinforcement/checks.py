"""Settings of a learner that cannot work, and networks that do not fit a game: one sentence each."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.network import Network


def whole_number(value: object, name: str) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InvalidInput(f"`{name}` must be a whole number of at least 1, got {brief(value)}.")
    return int(value)


def share(value: object, name: str) -> float:
    """A number in [0, 1)."""
    if not is_number(value) or not 0 <= value < 1:
        raise InvalidInput(f"`{name}` must be a number in [0, 1), got {brief(value)}.")
    return float(value)


def rate(value: object, name: str) -> float:
    """A number in (0, 1]."""
    if not is_number(value) or not 0 < value <= 1:
        raise InvalidInput(f"`{name}` must be a number in (0, 1], got {brief(value)}.")
    return float(value)


def probability(value: object, name: str) -> float:
    """A number in [0, 1]."""
    if not is_number(value) or not 0 <= value <= 1:
        raise InvalidInput(f"`{name}` must be a number in [0, 1], got {brief(value)}.")
    return float(value)


def action_of(action: Any, n_actions: int) -> int:
    """One of so many actions."""
    if not isinstance(action, (int, np.integer)) or isinstance(action, bool) or not 0 <= action < n_actions:
        raise InvalidInput(f"an action must be a whole number from 0 to {n_actions - 1}, got {brief(action)}.")
    return int(action)


def seed_of(given: object) -> int:
    """A seed, drawn if it is None."""
    if given is None:
        return int(np.random.default_rng().integers(2**31))
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 0:
        raise InvalidInput(f"`seed` must be a whole number of at least 0, or None, got {brief(given)}.")
    return int(given)


def actions_of(game: Any) -> int | None:
    """How many actions a game has, where it says so; refused where they are not counted."""
    space = getattr(game, "action_space", None)
    if space is not None and not hasattr(space, "n"):
        raise InvalidInput(f"the actions of the game must be 0, 1, 2, …, got those of {type(space).__name__}.")
    return getattr(game, "n_actions", None) if space is None else int(space.n)


def check_table(values: Array, game: Any) -> None:
    """Refuse a game of which a table does not hold the states and actions."""
    for number, (size, what) in enumerate(((getattr(game, "n_states", None), "states"), (actions_of(game), "actions"))):
        if size is not None and size != values.shape[number]:
            raise InvalidInput(f"the game has {size} {what}, but the table is for {values.shape[number]}.")
    state, _ = game.reset(seed=0)
    if not isinstance(state, (int, np.integer)) or not 0 <= state < len(values):
        raise InvalidInput(
            f"the states of the game must be whole numbers from 0 to {len(values) - 1}, got {brief(state)}: learn "
            "other games with DeepQ."
        )


def fitting(net: Network, game: Any, state: Array, seed: int) -> int:
    """The number of actions, for which a network has outputs; it is built if it has no parameters."""
    if not isinstance(net, Network):
        raise InvalidInput(f"`net` must be a Network, got {brief(net)}.")
    wanted = actions_of(game)
    if not state.ndim:
        raise InvalidInput("the states of the game are single numbers: learn it with a QTable, or make arrays of them.")
    if net.layout is None:
        net.build(state.shape, seed=seed)
    n_outputs = len(np.ravel(net.predict(state[np.newaxis].astype(net.dtype))))
    if wanted not in (None, n_outputs):
        raise InvalidInput(
            f"the game has {wanted} actions, but the network has {n_outputs} outputs: end it with gn.Dense({wanted})."
        )
    return n_outputs
