"""The gallery: scripts in docs/gallery, run by the build, each with its figures."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

DOCS = Path(__file__).parents[1]
ORDER = [
    "first_network", "diagram", "units", "activations", "one_step", "regions", "comparison", "inside_training",
    "predicted_classes", "predicted_numbers", "table", "columns",
]  # fmt: skip
SHARP, ON_PAGE = 192, 96  # dots of the file and of the page for an inch of the figure


def figures(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """The matplotlib Figures and the films that a block has made, whatever made them, saved as images."""
    shown = variables.setdefault("figures shown", set())
    made = {id(thing): thing for thing in variables["example_globals"].values() if isinstance(thing, (Figure, Path))}
    lines: list[str] = []
    for key, thing in made.items():
        if key not in shown:
            shown.add(key)
            path = Path(next(variables["image_path_iterator"]))
            lines += film(thing, path) if isinstance(thing, Path) else still(thing, path)
    return "\n".join(lines).replace(settings["src_dir"], "")


def still(figure: Figure, path: Path) -> Iterator[str]:
    """The directive for a figure, in its own size."""
    figure.savefig(path, dpi=SHARP)
    said = [text for axes in figure.axes for text in (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) if text]
    width = round(ON_PAGE * figure.get_figwidth())
    yield from ("", f".. image:: {path.as_posix()}", f"   :width: {width}px")
    yield from (f"   :alt: {' '.join(', '.join(said).split())}", "   :class: sphx-glr-single-img", "")


def film(made: Path, path: Path) -> Iterator[str]:
    """The directive for a file that moves."""
    path = path.with_suffix(made.suffix)
    shutil.copy(made, path)
    yield from ("", f".. image:: {path.as_posix()}", f"   :alt: {made.stem}", "   :class: sphx-glr-single-img", "")


class Order:
    """First those of ORDER, then the others by name."""

    def __init__(self, folder: str):
        self.folder = folder

    def __call__(self, file: str) -> tuple[int, str]:
        """What scripts are sorted by."""
        name = Path(file).stem
        return (ORDER.index(name) if name in ORDER else len(ORDER), name)


GALLERY = {
    "examples_dirs": str(DOCS / "gallery"),
    "gallery_dirs": "examples",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("gallery.figures",),
    "reset_modules": (),
    "within_subsection_order": "gallery.Order",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 60,
    "remove_config_comments": True,
}
