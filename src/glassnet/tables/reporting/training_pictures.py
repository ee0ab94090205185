"""What is recorded while a model of a table is trained, and drawn when it is over."""

from collections.abc import Sequence
from pathlib import Path

from glassnet.drawing import Style, save_figure
from glassnet.errors import InvalidInput
from glassnet.listeners.snapshots import Snapshots
from glassnet.pictures.network.distributions import distributions
from glassnet.pictures.spaces.film import film
from glassnet.tables.encoding.target import ClassTarget
from glassnet.tables.fitting.training import TableTraining
from glassnet.tables.insight.network_pictures import two_numbers
from glassnet.tables.insight.picture_source import TableSource

FRAMES = 60
MOST_ROWS = 2000  # of a film


class Recording:
    """Snapshots of a training, for the pictures that are `wanted`: "distributions", "film"; without any there are none.

    The film is on the two columns of numbers that are needed most, as the network reads them (scaled), the others at
    their median. Raises InvalidInput for a film of a table that has fewer of them.
    """

    def __init__(self, training: TableTraining, wanted: Sequence[str]):
        self.training, self.wanted = training, wanted
        if "film" in wanted and len(training.model.encoder.measured) < 2:
            raise InvalidInput("a film needs two columns of numbers, but the table has fewer: leave out --film.")
        self.listeners = [Snapshots(training.model.network, FRAMES)] if wanted else []

    def draw(self, folder: Path, style: Style) -> list[Path]:
        """Write the pictures into a folder."""
        drawn = []
        if "distributions" in self.wanted:
            figure = distributions(self.listeners[0], *self.training.rows(), theme=style.theme)
            drawn.append(save_figure(figure, style.path(folder, "distributions")))
        if "film" in self.wanted:
            drawn.append(self._film(folder / "film.gif", style.theme))
        return drawn

    def _film(self, path: Path, theme: str) -> Path:
        model = self.training.model
        (pair,) = two_numbers(TableSource(model, self.training.test))
        places = [model.encoder.places[name].start for name in pair]
        X, y = self.training.rows()
        every = -(-len(X) // MOST_ROWS)
        classes = model.target.names if isinstance(model.target, ClassTarget) else None
        names = model.encoder.feature_names
        return film(self.listeners[0], X[::every], y[::every], path, names, classes, places, theme=theme)
