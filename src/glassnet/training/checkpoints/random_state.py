"""What the state of each of NumPy's bit generators looks like; NumPy itself would read memory wherever it says."""

import copy
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from glassnet.errors import InvalidInput
from glassnet.files.schema import Within, checked

Flag = Annotated[int, Within(0, 1)]
Word = Annotated[int, Within(0, 2**32 - 1)]
Long = Annotated[int, Within(0, 2**64 - 1)]
Wide = Annotated[int, Within(0, 2**128 - 1)]
Four = Annotated[list[Long], Within(4, 4)]


class Twister(TypedDict):
    """Of MT19937: 624 words, and how many of them are used up."""

    key: Annotated[list[Word], Within(624, 624)]
    pos: Annotated[int, Within(0, 624)]


class Congruential(TypedDict):
    """Of PCG64 and PCG64DXSM."""

    state: Wide
    inc: Wide


class Counted(TypedDict):
    """Of Philox."""

    counter: Four
    key: Annotated[list[Long], Within(2, 2)]


class Chaotic(TypedDict):
    """Of SFC64."""

    state: Four


class MT19937(TypedDict):
    """A whole state."""

    bit_generator: Literal["MT19937"]
    state: Twister


class Halved(TypedDict):
    """What those of 64 bits have in common: half a number may be left."""

    has_uint32: Flag
    uinteger: Word


class PCG64(Halved):
    """A whole state."""

    bit_generator: Literal["PCG64"]
    state: Congruential


class PCG64DXSM(Halved):
    """A whole state."""

    bit_generator: Literal["PCG64DXSM"]
    state: Congruential


class Philox(Halved):
    """A whole state; of the last four numbers `buffer_pos` are used up."""

    bit_generator: Literal["Philox"]
    state: Counted
    buffer: Four
    buffer_pos: Annotated[int, Within(0, 4)]


class SFC64(Halved):
    """A whole state."""

    bit_generator: Literal["SFC64"]
    state: Chaotic


STATES: dict[str, Any] = {kind.__name__: kind for kind in (MT19937, PCG64, PCG64DXSM, Philox, SFC64)}


def check_random_state(state: Mapping[str, Any], generator: "np.random.Generator") -> None:
    """Refuse what is not a state of a generator's bit generator; the generator itself stays as it is."""
    own = generator.bit_generator
    name = type(own).__name__
    if name in STATES:
        checked(state, STATES[name], "random_state")
    try:
        copy.deepcopy(own).state = state
    except (ValueError, TypeError, KeyError, OverflowError, IndexError) as error:
        raise InvalidInput(f"`random_state` is not a state of {name}: {error}") from error
