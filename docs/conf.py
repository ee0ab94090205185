"""How Sphinx builds the site: `make docs` writes it to docs/_build. Nothing is downloaded, to build or to read it."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS / "_ext")]

from gallery import GALLERY  # noqa: E402
from versions import theme_options  # noqa: E402

from glassnet import __version__  # noqa: E402

project, author, copyright = "glassnet", "the glassnet developers", "the glassnet developers, BSD-3-Clause"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "commands",
    "docstrings",
    "mathematics",
    "reference",
]
exclude_patterns = ["_build", "_ext", "gallery", "code"]
nitpicky = True  # a link that leads nowhere is a warning, and warnings are errors

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "html_image"]
myst_heading_anchors = 3
smartquotes = False
highlight_language = "text"  # fences without a language show what a terminal shows
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

default_role = "public"  # `Dense` in a docstring links to it; all else in backticks is code
autodoc_typehints = "none"
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"

sphinx_gallery_conf = GALLERY

html_theme = "pydata_sphinx_theme"
html_title = "glassnet"
html_static_path = ["_static"]
html_css_files = ["glassnet.css"]
html_show_sourcelink = False
html_copy_source = False
html_math_renderer = "mathml"
html_sidebars: dict[str, list[str]] = {"index": [], "start": []}
html_theme_options = {
    "logo": {"text": "glassnet"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_toc_level": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    **theme_options(os.environ.get("DOCS_VERSION")),
}
