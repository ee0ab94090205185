"""What a person says about the columns of a table: it wins over whatever is guessed from the values."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from glassnet.calls import answered
from glassnet.errors import InvalidInput, UnknownName, brief
from glassnet.tables.values.date_patterns import type_of
from glassnet.tables.values.frames import listed, nearest
from glassnet.tables.values.number_styles import STYLES

KINDS = {"number": "a number", "category": "a category", "date": "a date", "boolean": "true or false"}
KINDS |= {"text": "text", "id": "an id"}
SIGNS = {"decimal": (".", ","), "thousands": tuple(dict.fromkeys(thousands for _, thousands in STYLES))}
TASKS = {"number": "regression", "category": "classification", "boolean": "classification", "text": "classification"}
UNWANTED, NOT_KEPT = "is left out on request", "is not to be kept"
IS_ID = "is an id, kept beside predictions"


@answered
@dataclass(frozen=True)
class ColumnOptions:
    r"""What is known about the columns of a table.

    Whatever is said here wins over what would be guessed; everything else is still found in the values. It is kept with
    the model, and used for later tables as well.

    Parameters
    ----------
    drop
        Names of columns not to learn from; none by default.
    keep
        The only columns to learn from; () by default, for all but those that are dropped.
    kinds
        What columns are, by name: "number", "category", "date", "boolean" (such as true and false, yes and no, 1 and
        0), "text" (words as they stand: a category if they recur) or "id". {} by default. Values that do not fit are
        missing, and counted.
    date_formats
        How dates are written, by the name of the column, as in {"sold": "%d.%m.%y"}; {} by default.
    missing
        The texts and numbers that stand for a missing value, in place of the usual ones, as in ("NA", "-", "-999"); an
        empty field always does. None by default, for the usual ones.
    decimal, thousands
        The decimal sign, "." or ",", and the separator of thousands, ".", ",", " ", "'" or "" for none; None by
        default, to find them in the numbers.
    id
        Columns that name the rows: kept beside predictions, never learned from; none by default.

    Raises InvalidInput for what contradicts itself.

    >>> columns = gn.ColumnOptions(drop=("city",), kinds={"zip": "category"}, decimal=",")
    >>> columns.kind("zip"), columns.reason("city")
    ('category', 'is left out on request')
    """

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    date_formats: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    decimal: str | None = None
    thousands: str | None = None
    id: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("drop", "keep", "id", "missing"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, names_in(name, value))
        for name in ("kinds", "date_formats"):
            object.__setattr__(self, name, texts_in(name, getattr(self, name)))
        self._check_signs()
        for kind in self.kinds.values():
            if kind not in KINDS:
                raise UnknownName("kind of column", kind, KINDS)
        for name, pattern in self.date_formats.items():
            self._check_pattern(name, pattern)
        for first, second in CONTRADICTIONS:
            if both := [name for name in getattr(self, first) if name in getattr(self, second)]:
                raise InvalidInput(f"column {both[0]!r} {SAID[first]}, but {SAID[second]} as well.")

    @classmethod
    def of(cls, given: Any) -> Self:
        """The options from what is given for `columns`: options, a mapping of their fields, or None."""
        if given is None or isinstance(given, cls):
            return given or cls()
        if not isinstance(given, Mapping):
            raise InvalidInput(f"columns must be a ColumnOptions or a dict of its fields, got {brief(given)}.")
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise UnknownName("field of columns", name, known)
        return cls(**given)

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns that name the rows."""
        return (*self.id, *(name for name, kind in self.kinds.items() if kind == "id" and name not in self.id))

    def kind(self, name: str) -> str | None:
        """What a column was said to be; None where nothing was said."""
        return "id" if name in self.id else "date" if name in self.date_formats else self.kinds.get(name)

    def reason(self, name: str) -> str:
        """Why nothing is to be learned from a column, in a few words; "" where nothing was said."""
        if name in self.ids:
            return IS_ID
        return UNWANTED if name in self.drop else NOT_KEPT if self.keep and name not in self.keep else ""

    def task(self, target: str, task: str | None) -> str | None:
        """The task that follows from what the target was said to be; a stated task must agree with that."""
        kind = self.kind(target)
        found = TASKS.get(kind) if kind else None
        if found and task in TASKS.values() and task != found:
            raise InvalidInput(f"the target {target!r} is said to be {KINDS[str(kind)]}, but the task to be {task}.")
        return task or found

    def on(self, names: Collection[str], target: str | None = None) -> Self:
        """The options for a table with these columns; InvalidInput where a column is not there.

        "a,b" means the two columns a and b, unless there is a column of that name.
        """
        lists = {field: apart(getattr(self, field), names) for field in ("drop", "keep", "id")}
        said = {
            field: {name: value for key, value in getattr(self, field).items() for name in apart((key,), names)}
            for field in ("kinds", "date_formats")
        }
        known: dict[str, Any] = {**lists, **said}
        return replace(self, **known)._there(names, target)

    def _there(self, names: Collection[str], target: str | None) -> Self:
        for name, purpose in self._named():
            if name not in names:
                known = listed([*names])
                raise InvalidInput(
                    f"there is no column {name!r} {purpose}{nearest(name, names)}; the columns are {known}."
                )
        if target is None:
            return self
        if target in (*self.drop, *self.ids):
            what = "dropped" if target in self.drop else "the id"
            raise InvalidInput(f"the target {target!r} cannot be {what}: it is the column to predict.")
        if self.kind(target) == "date":
            raise InvalidInput(f"the target {target!r} cannot be a date: numbers and classes can be predicted.")
        words = {target: "category"} if self.kind(target) in ("boolean", "text") else {}  # classes as they are written
        return replace(self, kinds={**self.kinds, **words})

    def _named(self) -> Iterator[tuple[str, str]]:
        """The columns that are named, and what for."""
        yield from ((name, "to drop") for name in self.drop)
        yield from ((name, "to keep") for name in self.keep)
        yield from ((name, "to take as an id") for name in self.id)
        yield from ((name, f"to read as {KINDS[kind]}") for name, kind in self.kinds.items())
        yield from ((name, "to read as a date") for name in self.date_formats)

    def _check_signs(self) -> None:
        for name, signs in SIGNS.items():
            if (sign := getattr(self, name)) is not None and sign not in signs:
                raise InvalidInput(f"{name} must be one of {listed(signs)}, got {brief(sign)}.")
        if self.decimal is not None and self.decimal == self.thousands:
            raise InvalidInput(f"decimal sign and thousands separator are both {self.decimal!r}: they must differ.")

    def _check_pattern(self, name: str, pattern: str) -> None:
        if not type_of(pattern):
            raise InvalidInput(f"the date format of {name!r} must be one such as %d.%m.%Y or %H:%M, got {pattern!r}.")
        if self.kinds.get(name, "date") != "date":
            raise InvalidInput(f"column {name!r} has a date format, but is said to be {KINDS[self.kinds[name]]}.")


SAID = {
    "drop": "is to be dropped",
    "keep": "is to be kept",
    "ids": "is an id, which is never learned from",
    "kinds": "has a kind",
    "date_formats": "has a date format",
    "id": "is an id",
}
CONTRADICTIONS = (
    ("drop", "keep"), ("drop", "ids"), ("drop", "kinds"), ("drop", "date_formats"), ("keep", "ids"),
    ("date_formats", "ids"),
)  # fmt: skip


def apart(given: Iterable[str], names: Collection[str]) -> tuple[str, ...]:
    """Names of columns, of which several may stand in one text with commas between them.

    >>> apart(["a,b", "Paris, France"], ["a", "b", "Paris, France"])
    ('a', 'b', 'Paris, France')
    """
    parts = ([name] if name in names else [part.strip() for part in name.split(",")] for name in given)
    return tuple(dict.fromkeys(part for some in parts for part in some if part))


def names_in(field_name: str, value: Any) -> tuple[str, ...]:
    """Texts in a tuple; one alone is as good."""
    values = (value,) if isinstance(value, (str, int, float)) else value
    if not isinstance(values, (Sequence, set, frozenset)):
        raise InvalidInput(f"{field_name} must be a list of texts, got {brief(value)}.")
    return tuple(dict.fromkeys(text_in(field_name, each) for each in values))


def text_in(field_name: str, value: object) -> str:
    """A text; of the marks for missing values also a number."""
    if isinstance(value, str) or (field_name == "missing" and type(value) in (int, float)):
        return str(value)
    raise InvalidInput(f"{field_name} must be a list of texts, got {brief(value)} among them.")


def texts_in(field_name: str, value: Any) -> dict[str, str]:
    """A dict from texts to texts."""
    pairs: Iterable[Any] = [*value.items()] if isinstance(value, Mapping) else [None]
    if not all(isinstance(pair, tuple) and all(isinstance(text, str) for text in pair) for pair in pairs):
        raise InvalidInput(f"{field_name} must be a dict from columns to texts, got {brief(value)}.")
    return dict(value)


NOTHING_SAID = ColumnOptions()
