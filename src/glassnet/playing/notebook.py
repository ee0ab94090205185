"""The playground in a notebook: Jupyter, VS Code, marimo."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.network import Network
from glassnet.playing.connection import Page
from glassnet.playing.own.model import OwnModel
from glassnet.playing.own.network import OwnRows, scene_of
from glassnet.playing.session import Session
from glassnet.playing.web.framing import finite
from glassnet.playing.worker import Worker
from glassnet.tables.model import TableModel


@answered
def playground(
    net: "Network | TableModel | str | Path | None" = None,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
) -> Any:
    """Show a network that trains, step by step, forward and back, as a widget in a notebook.

    The network that is given is trained itself, until dropout is changed on the page, or something that begins anew;
    the widget's `net` is always the network that is shown. `glassnet playground` opens the same page in a browser.

    Parameters
    ----------
    net
        A network of Dense layers, one after the other or in Residual layers; a trained `TableModel` with the data frame
        of its rows as X; the folder or the file of such a model, with the rows that its run kept, or with a file as X.
        A copy of a model is trained. None (default) begins with the exclusive or.
    X, y
        Rows (n, n_features) and targets (n,): class numbers as integers, or numbers to predict. Needed with a network.
        For a model of a table, X holds the target too, and y is None.
    feature_names, class_names
        What the page calls them; x1, x2, … and 0, 1, … by default.

    Raises InvalidInput for a network or rows that a playground cannot show, MissingExtra without anywidget.

    >>> iris = gn.datasets.iris()
    >>> net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
    >>> gn.playground(net, iris.X, iris.y, class_names=iris.class_names).net is net
    True
    """
    if net is None:
        return widget(Session())
    if isinstance(net, (str, Path)):
        table: Any = OwnModel.of_path(net, X)  # type: ignore[arg-type]
    elif isinstance(net, TableModel):
        if X is None or y is not None:
            raise InvalidInput(
                "a model of a table is shown with a data frame that holds its target: playground(model, frame)."
            )
        table = OwnModel.of_frame("the model", net, X)
    else:
        none = np.zeros(0)
        rows = OwnRows(none if X is None else X, none if y is None else y, feature_names, class_names, net)
        return widget(Session(scene_of(net, rows), rows, net))
    return widget(Session(table.scene(), table, table.network()))


def widget(session: Session) -> Any:
    """A widget of a session, whose page and thread it owns."""
    anywidget = require("anywidget", "notebook", "the playground in a notebook")
    folder = files("glassnet.playing") / "page"

    class Playground(anywidget.AnyWidget):  # type: ignore[name-defined]
        """The page; messages go to the session, which answers from its own thread."""

        _esm = (folder / "playground.js").read_text("utf-8")
        _css = (folder / "playground.css").read_text("utf-8")

        def __init__(self) -> None:
            super().__init__()
            self.worker = Worker(session).start()
            self.page = Page(self.tell)
            self.on_msg(self.hear)

        @property
        def net(self) -> Network:
            """The network as it is now."""
            return session.simulation.net

        def tell(self, message: Mapping[str, Any], parts: Sequence[Any]) -> None:
            """Send a message of the session to the page."""
            self.send(
                finite(message), [np.ascontiguousarray(part).data if hasattr(part, "dtype") else part for part in parts]
            )

        def hear(self, _: Any, content: Any, buffers: Sequence[Any]) -> None:
            """Hand a message of the page to the session."""
            if isinstance(content, dict):
                self.worker.handle(self.page, content, [bytes(each) for each in buffers or ()])

        def close(self) -> None:
            """End the training with the widget."""
            self.worker.close()
            super().close()

    return Playground()
