"""What can be chosen on the page, read from the registries of the library."""

from functools import cache
from typing import Any

from glassnet.formulas.activations import Activation
from glassnet.formulas.description import Description
from glassnet.formulas.initializers import Initializer
from glassnet.formulas.penalties import Penalty
from glassnet.formulas.registry import is_number
from glassnet.formulas.schedules import Schedule
from glassnet.formulas.update_rules import UpdateRule
from glassnet.playing.answers.exercises import KINDS as EXERCISES
from glassnet.playing.answers.figures import FIGURES
from glassnet.playing.answers.lessons import listed
from glassnet.playing.answers.tape import EXAMPLES
from glassnet.playing.building import LOSSES, NORMALIZATIONS, NOT_HIDDEN
from glassnet.playing.rows import BUNDLED
from glassnet.playing.scene import MOST_LAYERS, MOST_ROWS, MOST_UNITS
from glassnet.tables.values.column_options import KINDS

UPLOAD = 50_000_000
NOT_STEPWISE = ("lbfgs",)
NOT_ENDLESS = ("cosine", "cosine_log", "flat_cosine", "one_cycle", "warm_up")  # they need a last epoch, or another one
FILES = {
    "code": "Python code that trains this network",
    "model": "The model as a file",
    "scene": "This scene as JSON",
    "onnx": "ONNX",
    "c": "A C header",
    "javascript": "A JavaScript module",
    "python": "A Python file that predicts with NumPy alone",
}


def choices() -> dict[str, Any]:
    """All lists of the page."""
    return {
        "data": [
            {"name": name, "title": each.title, "text": each.text, "adjustable": list(each.adjustable)}
            for name, each in BUNDLED.items()
        ],
        "activations": named(Activation, NOT_HIDDEN),
        "losses": {task: list(names) for task, names in LOSSES.items()},
        "optimizers": named(UpdateRule, NOT_STEPWISE),
        "schedules": named(Schedule, NOT_ENDLESS),
        "initializers": named(Initializer, ("through_data",)),
        "penalties": named(Penalty),
        "normalizations": list(NORMALIZATIONS),
        "kinds": list(KINDS),
        "practice": [{"name": name, "title": title} for name, (title, _) in EXERCISES.items()],
        "tapes": [{"title": title, "text": text} for title, text in EXAMPLES.items()],
        "lessons": listed(),
        "exports": [
            *({"what": what, "title": title} for what, title in FILES.items()),
            *({"what": f"figure:{name}", "title": title} for name, (title, _) in FIGURES.items()),
        ],
        "limits": {"units": MOST_UNITS, "layers": MOST_LAYERS, "upload_bytes": UPLOAD, "rows": MOST_ROWS},
    }


@cache
def _named(family: Any, left_out: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"name": name, "formula": formula_of(cls), "settings": settings(cls)}
        for name, cls in family.registry.items()
        if name not in left_out and cls.__module__.startswith("glassnet.")
    )


def named(family: Any, left_out: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The members of a family, with their formulas and their settings."""
    return list(_named(family, left_out))


def settings(cls: type[Description]) -> list[dict[str, Any]]:
    """The numbers, choices and switches of a class, with their defaults."""
    found = []
    for name, parameter in cls._fields().items():
        default = None if parameter.default is parameter.empty else parameter.default
        if default is None or is_number(default) or isinstance(default, (str, bool)):
            found.append({"name": name, "default": default})
    return found


def formula_of(cls: type) -> str:
    """The first line of the docstring."""
    return (cls.__doc__ or "").partition("\n")[0]
