"""Names of columns and classes stand in every picture as they are, whatever letters they have."""

import warnings
from io import BytesIO
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text
from PIL import Image

import glassnet as gn
from glassnet import glyphs
from glassnet.cli.commands.draw import LONGEST_NAME, file_names
from glassnet.drawing import drawn_in, new_figure
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


MIXED = (["__$\\frac$\n<b>&amp;{a}%s", "身" * 300], ["$\\notacommand$ in a name with $", "😀 --]]>\x01", "_" * 200])


@pytest.mark.long
@pytest.mark.parametrize(
    "names",
    [pytest.param(MIXED, id="mixed"), *(pytest.param(two, id=of, marks=pytest.mark.long) for of, two in NAMES.items())],
)
@pytest.mark.filterwarnings("error", "ignore:no installed font has some letters")
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


@pytest.fixture
def few_fonts(monkeypatch):
    """Fonts of a machine by name, with the letters that they have; all other letters are in none."""
    have = {"Usual": {*"äé−−"}, "Asian": {*"男女身高"}, "cmr10": {*"🔥"}, "Last Resort High-Efficiency": {*"🔥ก"}}
    fonts = [SimpleNamespace(name=name, fname=name) for name in have]
    monkeypatch.setattr(glyphs, "fontManager", SimpleNamespace(ttflist=fonts))
    monkeypatch.setattr(glyphs, "findfont", lambda wanted: "Usual" if wanted.get_family() == ["sans-serif"] else None)
    monkeypatch.setattr(glyphs, "has", lambda font, letter: letter in have.get(font, ()))
    monkeypatch.setattr(glyphs, "numbers", {})
    glyphs.font_with.cache_clear()
    yield
    glyphs.font_with.cache_clear()


def labels(figure):
    figure.savefig(BytesIO())
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_letters_that_the_usual_font_lacks_come_from_others_of_the_machine(few_fonts, monkeypatch):
    texts = [Text(text=words) for words in ("ä", "a男é", "身", "plain", "$α$")]
    for text in texts:
        glyphs.make_text_drawable(text)
    asian = ["sans-serif", "Asian"]
    assert [text.get_fontfamily() for text in texts] == [["sans-serif"], asian, asian, ["sans-serif"], ["sans-serif"]]
    assert [text.get_text() for text in texts] == ["ä", "a男é", "身", "plain", "$α$"] and not glyphs.numbers


def test_letters_that_no_font_has_are_numbered_the_same_in_all_figures_and_told_once(few_fonts):
    texts = [Text(text=words) for words in ("🔥", "กก x", "a🔥", "\u200d\ufe0f", "กก")]
    figure = SimpleNamespace(axes=[], findobj=lambda kind: texts)
    with pytest.warns(UserWarning, match=r"figures number them: \[1\] is '🔥', \[2\] is 'กก'\. A font such as"):
        glyphs.make_drawable(figure)
    assert [text.get_text() for text in texts] == ["[1]", "[2] x", "a[1]", "", "[2]"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        texts[:] = [Text(text="🔥")]
        glyphs.make_drawable(figure)
    assert texts[0].get_text() == "[1]"
    with pytest.warns(UserWarning) as told:
        texts[:] = [Text(text=chr(0x10380 + k) * 30) for k in range(40)]
        glyphs.make_drawable(figure)
    assert len(str(told[0].message)) < 500 and "and 30 more" in str(told[0].message)


def test_classes_are_told_apart_at_the_ticks_and_in_legends(monkeypatch):
    nowhere = {*"\U00012000\U00012001"}
    monkeypatch.setattr(glyphs, "font_with", lambda letter: None if letter in nowhere else "DejaVu Sans")
    monkeypatch.setattr(glyphs, "numbers", {})
    names, truth = ["\U00012000", "x\U00012001", "é"], np.arange(30) % 3
    with pytest.warns(UserWarning, match="no installed font has some letters"):
        shown = labels(gn.pictures.confusion(truth, truth[::-1], names))
    assert {"[1]", "x[2]", "é"} <= {*shown} and not {*"".join(shown)} & nowhere
    p = np.full((30, 3), 1 / 3)
    curves = labels(gn.pictures.roc(truth, p, names))
    assert any(words.startswith("[1], AUC") for words in curves) and any(
        words.startswith("x[2], AUC") for words in curves
    )


def test_a_font_that_is_none_or_has_only_bitmaps_has_no_letter(tmp_path):
    (tmp_path / "a.ttf").write_bytes(b"no font")
    assert not glyphs.has(tmp_path / "a.ttf", "é") and not glyphs.has(tmp_path / "gone.ttf", "é")
    assert glyphs.font_with("é") is not None
