"""Letters that the font of a figure lacks: taken from another font of the machine, or else numbered, and told."""

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any
from unicodedata import category

from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter, FuncFormatter

PREFERRED = (  # with the letters of Asian scripts and signs, as systems bring them
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "PingFang SC",
    "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "Arial Unicode MS",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Nirmala UI", "Noto Sans Thai", "Leelawadee UI",
    "DejaVu Sans", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol",
)  # fmt: skip
NO_LETTERS = re.compile(r"cm[a-z]+\d+|STIX(Size|NonUni).*|\.?Last ?Resort.*", re.I)  # formulas, and boxes for anything
INVISIBLE = ("Cf", "Mn", "Me")  # categories: joiners, variation selectors, accents to be put on a letter
MOST_TOLD = 10

numbers: dict[str, int] = {}  # numbers of letters that no font has, in the order of appearance: the same in all figures


def make_drawable(figure: Any) -> None:
    """Give the texts of a figure the fonts that their letters need; number letters without a font, and warn once."""
    known = len(numbers)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            formatter = axis.get_major_formatter()
            if isinstance(formatter, (FixedFormatter, FuncFormatter)):  # which write names; others write numbers
                axis.set_major_formatter(Numbered(formatter))
                axis.get_majorticklabels()  # has them written
    for text in figure.findobj(Text):
        make_text_drawable(text)
    if new := [*numbers][known:]:
        tell(new)


def make_text_drawable(text: Any) -> None:
    """Give a text the fonts that its letters need, and numbers for letters without a font."""
    words = text.get_text()
    if words.isascii() or is_math_text(words):
        return
    usual = text.get_fontfamily()
    further = {font for letter in words if not any_has(usual, letter) and (font := font_with(letter))}
    if further - {*usual}:
        text.set_fontfamily([*usual, *sorted(further - {*usual})])
    text.set_text(numbered(words))


class Numbered(Formatter):
    """What writes the labels at the ticks of an axis, with numbers for what no font has."""

    def __init__(self, inner: Any):
        self.inner = inner

    def set_axis(self, axis: Any) -> None:
        """Belong to an axis."""
        super().set_axis(axis)
        self.inner.set_axis(axis)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label for one tick."""
        return numbered(self.inner(x, pos))

    def format_ticks(self, values: Any) -> list[str]:
        """The labels for all ticks."""
        return [numbered(label) for label in self.inner.format_ticks(values)]


def numbered(words: str) -> str:
    """The words with a number in brackets for each run of letters that no font has."""
    return words if words.isascii() else "".join(parts_of(words))


def parts_of(words: str) -> Iterator[str]:
    """Runs of letters, those that no font has replaced."""
    for there, run in groupby(words, lambda letter: letter.isascii() or font_with(letter) is not None):
        letters = "".join(run)
        if there:
            yield letters
        elif not all(category(letter) in INVISIBLE for letter in letters):
            yield f"[{numbers.setdefault(letters, len(numbers) + 1)}]"


def any_has(families: Sequence[str], letter: str) -> bool:
    """Whether a letter is ASCII, or in the first font of one of the families."""
    return letter.isascii() or any(has(findfont(FontProperties(family=[one])), letter) for one in families)


@cache
def font_with(letter: str) -> str | None:
    """The name of a font of the machine that has a letter."""
    fonts = {font.name: font.fname for font in fontManager.ttflist if not NO_LETTERS.fullmatch(font.name)}
    order = [*(name for name in PREFERRED if name in fonts), *sorted({*fonts} - {*PREFERRED})]
    return next((name for name in order if has(fonts[name], letter)), None)


def has(path: Any, letter: str) -> bool:
    """Whether the font in a file has a letter, and can be drawn from."""
    try:
        return bool(get_font(path).get_char_index(ord(letter)))
    except (OSError, RuntimeError, ValueError):  # a font of bitmaps, as of coloured emoji; a file that is gone
        return False


def tell(new: Sequence[str]) -> None:
    """Warn once, saying what the numbers stand for."""
    each = [f"[{numbers[letters]}] is {letters[:20]!r}" for letters in new[:MOST_TOLD]]
    more = f" and {len(new) - MOST_TOLD} more" if len(new) > MOST_TOLD else ""
    warnings.warn(
        f"no installed font has some letters, so figures number them: {', '.join(each)}{more}. "
        f"A font such as Noto Sans (with CJK) has them.",
        stacklevel=2,
    )
