"""The gallery: scripts in docs/gallery, run by the build, each with its figures."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst

DOCS = Path(__file__).parents[1]


def figures(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """The matplotlib Figures that a block has made, whatever made them, saved as images."""
    shown = variables.setdefault("figures shown", set())
    new = {
        name: thing
        for name, thing in variables["example_globals"].items()
        if isinstance(thing, Figure) and id(thing) not in shown
    }
    paths = []
    for figure in {id(thing): thing for thing in new.values()}.values():
        shown.add(id(figure))
        paths.append(next(variables["image_path_iterator"]))
        figure.savefig(paths[-1], dpi=160)
    return figure_rst(paths, settings["src_dir"])


GALLERY = {
    "examples_dirs": str(DOCS / "gallery"),
    "gallery_dirs": "examples",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("gallery.figures",),
    "reset_modules": (),
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 5,
    "remove_config_comments": True,
}
