"""Names of columns and classes stand in every picture as they are, whatever letters they have."""

from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text
from PIL import Image

import glassnet as gn
from glassnet.cli.draw import LONGEST_NAME, file_names
from glassnet.drawing import drawn_in, further_fonts, new_figure
from glassnet.pictures.picture_inputs import short

TITLE = "{http://purl.org/dc/elements/1.1/}title"
NAMES = {
    "mathematics": (["$a_$", "__$\\frac$"], ["<$50K", "_nolegend_", "$\\notacommand$ in a long name with $"]),
    "lines and scripts": (["a\nb<b>&amp;", "c\td{a}%s\r"], ["line\none \x01", "😀 --]]>", "אב 身"]),
    "long": (["عمر" * 100, "身" * 300], ["u" * 200, "u" * 199 + "v", "_" * 200]),
}


def figures_of(columns, classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    known = dict(zip(columns, X.T, strict=True)) | {"y": [classes[k % 3] for k in range(90)]}
    training = gn.TableTraining(pl.DataFrame(known), "y", recipe=gn.Recipe(hidden=(4,), epochs=1, engine="numpy"))
    for _ in training.epochs():
        pass
    both = f"{columns[0]},{columns[1]}"
    rest = training.model.draw(training.test, dependence=[columns[0], both])
    return training.model.draw(training.test) | rest


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.filterwarnings("error")
def test_every_letter_of_a_name_is_a_letter(names, tmp_path):
    figures = figures_of(*names)
    assert len(figures) >= 10
    for name, file in file_names(figures).items():
        texts = [text for text in figures[name].findobj(Text) if text.get_text()]
        for text in texts:
            shown = text.get_text()
            assert not is_math_text(shown)
            assert r"\\$" not in shown and not shown.startswith("_")
        title = next(ElementTree.parse(gn.pictures.save(figures[name], tmp_path / f"{file}.svg", name)).iter(TITLE))
        assert title.text == " ".join(name.split())


def test_a_png_has_its_title_too(tmp_path):
    with drawn_in("light"):
        figure, _ = new_figure(1, 1)
    with Image.open(gn.pictures.save(figure, tmp_path / "a.png", "Größe in\n身")) as image:
        assert image.info["Title"] == "Größe in 身"


def test_a_file_has_a_name_that_systems_take_and_no_two_have_the_same():
    long = ["dependence-" + "身" * 300 + end for end in "abA"]
    found = file_names(dict.fromkeys([*long, "A", "a", "a-2", "$", "\n"]))
    assert max(len(name.encode()) for name in found.values()) <= LONGEST_NAME + 2
    assert len({name.casefold() for name in found.values()}) == len(found) == 8
    assert found["a"] == "a-2" and found["a-2"] == "a-2-2" and found["$"] == "figure"


@pytest.mark.parametrize("name", ["two\nlines", "two\x00lines", "two \ud800 lines", "\ttwo\u2029lines "])
def test_a_label_is_one_line_of_what_can_be_written(name):
    assert short(name) == "two lines"


def test_letters_that_the_usual_font_lacks_come_from_others_of_the_machine():
    from matplotlib.font_manager import fontManager

    assert {*further_fonts()} <= {font.name for font in fontManager.ttflist}
