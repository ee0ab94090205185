"""Mathematics as MathML, which browsers show by themselves: no script and no font to download."""

from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.errors import ExtensionError

CONVERTER = LatexToMathML()


def mathml(node: nodes.Node, displaystyle: bool) -> str:
    """The LaTeX of a node as a <math> element; what cannot be read ends the build, and says where."""
    try:
        return CONVERTER.convert_with_local_state(node.astext().strip(), displaystyle=displaystyle)
    except LatexError as error:
        raise ExtensionError(f"{node.source}:{node.line}: {error}") from None


def inline(writer: Any, node: nodes.Node) -> None:
    """What stands between single dollars."""
    writer.body.append(mathml(node, displaystyle=False))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.Node) -> None:
    """What stands between double dollars, with its number if it has a label."""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({node["number"]})</span>')
    writer.body.append(f"{mathml(node, displaystyle=True)}</div>")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
