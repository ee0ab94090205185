"""Settings of a learner that cannot work, and networks that do not fit a game: one sentence each."""

from typing import Any

import numpy as np

from glassnet.errors import InvalidInput, brief
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.formulas.update_rules import LBFGS, OptimizerLike, UpdateRule
from glassnet.layers.layer import Shape
from glassnet.network import Network
from glassnet.reinforcement.game import begun


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


def check_goal(value: object) -> None:
    """Refuse what is neither a mean return nor None."""
    if value is not None and not is_number(value):
        raise InvalidInput(f"`goal` must be a number or None, got {brief(value)}.")


def check_listener(value: object) -> None:
    """Refuse what is neither a function nor None."""
    if value is not None and not callable(value):
        raise InvalidInput(f"`listener` must be a function that takes a Check, such as print, got {brief(value)}.")


def optimizer_of(given: OptimizerLike) -> UpdateRule:
    """An update rule that learns from batches."""
    rule = UpdateRule.of(given)
    if isinstance(rule, LBFGS):
        raise InvalidInput("DeepQ learns from batches, and L-BFGS needs all rows at once: choose another `optimizer`.")
    return rule


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
    if space is None:
        n_actions = getattr(game, "n_actions", None)
        return None if n_actions is None else whole_number(n_actions, "n_actions")
    if not isinstance(getattr(space, "n", None), (int, np.integer)) or space.n < 1 or not space.contains(0):
        raise InvalidInput(
            f"the actions of the game must be 0, 1, 2, …, as in gymnasium's Discrete(2), got those of {space}."
        )
    return int(space.n)


def state_of(state: Any) -> Array:
    """A state as an array of finite numbers."""
    try:
        array = np.asarray(state)
        with np.errstate(over="ignore"):
            finite = np.isfinite(array.astype(np.float32, casting="same_kind"))
    except (TypeError, ValueError):  # texts, dictionaries, complex numbers, arrays of several shapes
        raise InvalidInput(
            f"each state of the game must be one array of numbers, got {brief(state)}: make one of it."
        ) from None
    if not finite.all():
        raise InvalidInput(f"the states of the game must be finite in float32, got {array[~finite].flat[0]:g} in one.")
    return array


def check_table(values: Array, game: Any) -> None:
    """Refuse a game of which a table does not hold the states and actions."""
    for number, (size, what) in enumerate(((getattr(game, "n_states", None), "states"), (actions_of(game), "actions"))):
        if size is not None and size != values.shape[number]:
            raise InvalidInput(f"the game has {size} {what}, but the table is for {values.shape[number]}.")
    row_of(begun(game, seed=0), values)


def row_of(state: Any, values: Array) -> int:
    """A state as the number of its row in a table."""
    if not isinstance(state, (int, np.integer)) or not 0 <= state < len(values):
        raise InvalidInput(
            f"the states of the game must be whole numbers from 0 to {len(values) - 1}, got {brief(state)}: learn "
            "other games with DeepQ."
        )
    return int(state)


def fitting(net: Network, game: Any, state: Array, seed: int) -> int:
    """The number of actions, for which a network has outputs; it is built if it has no parameters."""
    if not isinstance(net, Network):
        raise InvalidInput(f"`net` must be a Network, got {brief(net)}.")
    wanted = actions_of(game)
    if not state.ndim:
        raise InvalidInput("the states of the game are single numbers: learn it with a QTable, or make arrays of them.")
    if not state.size:
        raise InvalidInput(f"the states of the game must hold numbers, got arrays of shape {state.shape}.")
    layout = (net if net.layout is not None else net.build(state.shape, seed=seed)).built()[0]
    if layout.input_shape != state.shape:
        raise InvalidInput(
            f"the states of the game have shape {state.shape}, but the network was built for {layout.input_shape}."
        )
    check_outputs(net, layout.output_shape, wanted)
    return layout.output_shape[0]


def check_outputs(net: Network, shape: Shape, n_actions: int | None) -> None:
    """Refuse outputs that are not a value, any number at all, of each action."""
    end = f"gn.Dense({'n_actions' if n_actions is None else n_actions})"
    if len(shape) != 1:
        raise InvalidInput(
            f"the network must have an output for each action, got outputs of shape {shape}: end it with gn.Flatten(), "
            f"{end}."
        )
    if n_actions not in (None, shape[0]):
        raise InvalidInput(
            f"the game has {n_actions} actions, but the network has {shape[0]} outputs: end it with {end}."
        )
    if getattr(getattr(net.layers[-1], "activation", None), "name", None) == "softmax":
        raise InvalidInput(
            f"the outputs are what actions are worth, not probabilities: end the network with {end}, without softmax."
        )
