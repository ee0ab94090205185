"""A film of the decision regions over the epochs of a training, as an animated GIF."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.calls import answered
from glassnet.drawing import Theme, drawn_in
from glassnet.errors import InvalidInput
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.files.paths import as_path
from glassnet.formulas.elementary import Array
from glassnet.formulas.registry import is_number
from glassnet.listeners.snapshots import Snapshots
from glassnet.pictures.picture_inputs import check_snapshots
from glassnet.pictures.spaces.plane import checked_rows
from glassnet.pictures.spaces.regions import Scene, draw_classes, draw_numbers, draw_points, scene_of, stage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS = 72  # an inch
INKED = 20  # rows of ink that the palette is found from, beside the frames
COLOURS = 128  # of the palette that all frames share
LAST = 1.5  # seconds for which the last frame stands


@answered
def film(
    snapshots: Snapshots,
    X: ArrayLike,
    y: ArrayLike,
    path: str | Path,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    inputs: object = None,
    seconds: float = 6.0,
    resolution: int = 100,
    theme: str | Theme = "light",
) -> Path:
    """Write the decision regions over the epochs as an animated GIF, completely or not at all; returns its path.

    Each frame is `gn.pictures.decision_regions` of the network as it was after an epoch, on the same plane, with the
    number of the epoch and the share of correct rows above it. A film of 60 frames is smaller than a megabyte, and a
    frame takes about a tenth of a second to draw.

    Parameters
    ----------
    snapshots
        What `gn.listeners.Snapshots` kept of a training: each is a frame. Its `most` bounds their number.
    X, y, feature_names, class_names, inputs, theme
        As in `decision_regions`.
    path
        A file name that ends in .gif.
    seconds
        How long the film takes, 6 by default, plus 1.5 s for the last frame.
    resolution
        Points along a side of the grid that is predicted; 100 by default.

    Raises InvalidInput for what cannot be drawn, and CannotWrite.

    >>> import glassnet as gn, pathlib, tempfile
    >>> xor = gn.datasets.xor()
    >>> net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(1, "sigmoid")])
    >>> snapshots = gn.listeners.Snapshots(net, most=5)
    >>> history = net.fit(xor.X, xor.y, loss="binary_cross_entropy", epochs=20, seed=0, listeners=[snapshots])
    >>> gn.pictures.film(snapshots, xor.X, xor.y, pathlib.Path(tempfile.mkdtemp(), "xor.gif")).name
    'xor.gif'
    """
    path = as_path(path)
    check_snapshots(snapshots)
    if path.suffix.lower() != ".gif":
        raise InvalidInput(f"a film must end in .gif, got {str(path)!r}.")
    if not (is_number(seconds) and seconds > 0):
        raise InvalidInput(f"seconds must be a positive number, got {seconds!r}.")
    X = checked_rows(X)
    _, first = next(snapshots.networks())
    scene, _ = scene_of(first, X, y, feature_names, class_names, inputs, resolution)
    pillow = require("PIL.Image", "plots", "a film")
    with drawn_in(theme, "a film") as look:
        images = [pillow.fromarray(pixels) for pixels in frames(look, scene, snapshots, X)]
    return write_whole(path, as_gif(pillow, images, seconds, look))


def frames(look: Theme, scene: Scene, snapshots: Snapshots, X: ArrayLike) -> Iterator[Any]:
    """The pixels (height, width, 3) of each frame; the figure is drawn once, and then what changes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, axes = stage(scene)
    figure.set_dpi(DOTS)
    canvas = FigureCanvasAgg(figure)
    draw = film_of_classes(axes, look, scene) if scene.classes else film_of_numbers(axes, look, scene, snapshots)
    for number, net in snapshots.networks():
        outputs = net.predict(X)
        draw(scene.image(net.predict), outputs)
        title = [f"epoch {number}: {scene.score(outputs)}", scene.plane.said]
        axes.set_title("\n".join(filter(None, title)), fontsize=10)
        canvas.draw()
        figure.set_layout_engine("none")  # the place of everything was found for the first frame
        yield np.asarray(canvas.buffer_rgba())[..., :3].copy()


def film_of_classes(axes: "Axes", look: Theme, scene: Scene) -> Callable[[Array, Array], None]:
    """A function that draws the next frame: other regions, other rings."""
    rings = draw_points(axes, look, scene, np.ones(len(scene.y), bool))
    regions: list[Any] = []

    def draw(image: Array, outputs: Array) -> None:
        while regions:
            regions.pop().remove()
        regions.extend(draw_classes(axes, look, scene, image))
        rings.set_offsets(scene.points[~scene.right(outputs)])

    return draw


def film_of_numbers(axes: "Axes", look: Theme, scene: Scene, snapshots: Snapshots) -> Callable[[Array, Array], None]:
    """A function that draws the next frame, on the scale of the last one."""
    *_, (_, last) = snapshots.networks()
    shown = draw_numbers(axes.figure, axes, look, scene, scene.image(last.predict))
    return lambda image, _: shown.set_data(image)


def as_gif(pillow: Any, images: Sequence[Any], seconds: float, look: Theme) -> bytes:
    """The frames with one palette, found from the first, the middle and the last of them, as an endless GIF."""
    some = [np.asarray(images[k]) for k in (0, len(images) // 2, -1)]
    inked = np.array(pillow.new("RGB", (images[0].width, INKED), look.ink))  # so that letters keep their colour
    palette = pillow.fromarray(np.concatenate([*some, inked])).quantize(COLOURS, kmeans=2)
    first, *others = [image.quantize(palette=palette, dither=pillow.Dither.NONE) for image in images]
    each = max(20, round(1000 * seconds / len(images)))  # milliseconds; viewers slow down what is faster
    times = [each] * len(others) + [each + round(1000 * LAST)]
    first.save(buffer := BytesIO(), "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False)
    return buffer.getvalue()
