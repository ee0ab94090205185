"""Films of games as GIF files: a cart with its pole, and screens of pixels."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glassnet.demos import drawing
from glassnet.extras import require
from glassnet.files.atomic import write_whole
from glassnet.formulas.elementary import Array

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH, HEIGHT, GROUND = 480, 240, 190
TRACK, POLE = 2.4, 1.0  # half of the track and the length of the pole, in the units of the game


def cart(state: Array) -> "Image":
    """The cart at its place on the track, the pole at its angle."""
    Image, ImageDraw = (require(f"PIL.{name}", "plots", "a film") for name in ("Image", "ImageDraw"))
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw, unit = ImageDraw.Draw(picture), WIDTH / (2 * TRACK + 0.8)
    x, angle = WIDTH / 2 + unit * float(state[0]), float(state[2])
    draw.line([(WIDTH / 2 - TRACK * unit, GROUND), (WIDTH / 2 + TRACK * unit, GROUND)], drawing.GREY, 2)
    draw.rectangle([x - 30, GROUND - 28, x + 30, GROUND - 4], drawing.BLUE)
    tip = (x + 1.4 * POLE * unit * np.sin(angle), GROUND - 28 - 1.4 * POLE * unit * np.cos(angle))
    draw.line([(x, GROUND - 28), tip], drawing.VERMILION, 8)
    draw.ellipse([x - 5, GROUND - 33, x + 5, GROUND - 23], "black")
    return picture


def screen(pixels: Array, player: str, enlarged: int = 10) -> "Image":
    """A screen of pixels, 1 where they are lit; those of the last column, the player's, in a colour of their own."""
    Image, ImageColor = (require(f"PIL.{name}", "plots", "a film") for name in ("Image", "ImageColor"))
    colours = np.where(np.asarray(pixels, bool)[..., np.newaxis], 255, 0) * np.ones(3, np.uint8)
    colours[:, -1] = colours[:, -1] // 255 * ImageColor.getrgb(player)
    large = np.kron(colours.astype(np.uint8), np.ones((enlarged, enlarged, 1), np.uint8))
    return Image.fromarray(large)


def save(frames: Sequence["Image"], out: Path, name: str, milliseconds: int) -> Path:
    """Write `name`.gif, which plays without end."""
    first, *others = (frame.quantize(16) for frame in frames)
    file = BytesIO()
    first.save(file, format="GIF", save_all=True, append_images=others, duration=milliseconds, loop=0)
    return write_whole(out / f"{name}.gif", file.getvalue())
