import pytest

from glassnet.drawing import DARK, LIGHT, drawn_in, new_figure, save_figure
from glassnet.errors import InvalidInput


def figure_of(theme):
    with drawn_in(theme):
        figure, axes = new_figure()
        axes.plot([1, 3, 2])
        return figure


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_the_same_figure_gives_the_same_file(tmp_path, ending):
    first, second = (save_figure(figure_of("light"), tmp_path / f"{k}.{ending}") for k in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_theme_colours_paper_and_ink():
    for theme in (LIGHT, DARK):
        figure = figure_of(theme)
        assert figure.get_facecolor()[:3] == pytest.approx(
            tuple(int(theme.paper[k : k + 2], 16) / 255 for k in (1, 3, 5))
        )
        assert figure.axes[0].xaxis.label.get_color() == theme.ink


def test_an_unknown_theme_or_format_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(InvalidInput, match="theme must be one of 'light', 'dark', got 'sepia'"):
        figure_of("sepia")
    with pytest.raises(InvalidInput, match=r"a figure must end in .png or .svg, got '.*x.pdf'"):
        save_figure(figure_of("light"), tmp_path / "x.pdf")
