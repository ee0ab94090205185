"""Turn what a caller passes into an array, or say in one sentence why it is not one."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import numpy as np

from glassnet.errors import InvalidInput, OutOfMemory, brief, first_line
from glassnet.formulas.elementary import Array


def as_array(values: object, name: str) -> Array:
    """Anything array-like as an array of any type; masked values count as missing and are refused."""
    if isinstance(values, np.ndarray):  # plain ones without a look at `np.ma`, which takes a third of NumPy's import
        return np.asarray(values) if type(values) is np.ndarray else _unmasked(values, name)
    if what := _no_array(values, name):
        raise InvalidInput(f"{name} {what}")
    try:
        return np.asarray(values)
    except InvalidInput:
        raise
    except MemoryError as error:
        raise OutOfMemory(f"not enough memory for {name} as an array: {first_line(error)}.") from None
    except Exception as error:
        reason = first_line(error)
        raise InvalidInput(f"{name} must be an array of numbers with rows of one length: {reason}.") from None


def check_unmasked(**given: object) -> None:
    """Refuse masked values, by the names of what holds them: other libraries take what lies under the mask."""
    for name, values in given.items():
        if isinstance(values, np.ndarray) and type(values) is not np.ndarray:
            _unmasked(values, name)


def as_numbers(values: object, name: str) -> Array:
    """Anything array-like as an array of numbers."""
    values = as_array(values, name)
    if values.dtype.kind in "buif":
        return values
    try:
        return values.astype(np.float64) if values.dtype.kind == "O" else _refuse(values, name)
    except (TypeError, ValueError, OverflowError):
        return _refuse(values, name)


def _no_array(values: object, name: str) -> str | None:
    """What is wrong with a value that NumPy would wrap in an array of objects."""
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        return f"is a sparse matrix: pass {variable(name)}.toarray()."
    if isinstance(values, Mapping):
        return f"must be an array, got a mapping of length {len(values)} ({type(values).__name__}): pass its values."
    if isinstance(values, (Iterator, AbstractSet)):
        return f"must be an array, got a {type(values).__name__}: pass list({variable(name)})."
    return None


def variable(name: str) -> str:
    """What a message calls methods of: X, for "X of validation"."""
    return name.split(maxsplit=1)[0]


def _unmasked(values: Array, name: str) -> Array:
    """An array of a class of its own as a plain one."""
    if not isinstance(values, np.ma.MaskedArray):
        return np.asarray(values)
    mask = np.ma.getmaskarray(values)
    if mask.any():
        place = np.argwhere(mask)[0]
        row = f" (the first in row {place[0]})" if len(place) else ""
        raise InvalidInput(
            f"{name} must have no masked values; {np.count_nonzero(mask)} are masked{row}: "
            f"leave these rows out, or fill them with {variable(name)}.filled(…)."
        )
    return np.asarray(values.data)


def _refuse(values: Array, name: str) -> Array:
    shown = values.astype("M8[us]") if values.dtype.kind == "M" else values  # nanoseconds are listed as whole numbers
    example = next((v for v in shown.ravel().tolist() if not is_plain_number(v)), None)
    such = f" with values such as {brief(example)}" if example is not None else ""
    raise InvalidInput(f"{name} must hold numbers, got {values.dtype}{such}.")


def is_plain_number(value: object) -> bool:
    """Whether a value is a number that a float can hold."""
    try:
        return isinstance(value, (int, float)) and float(value) is not None
    except OverflowError:
        return False
