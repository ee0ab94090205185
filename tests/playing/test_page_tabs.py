"""Several pages in real browsers look at one training."""

import pytest

from tests.playing.browsing import address, expect, opened, press


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


def test_a_second_tab_shows_the_same_run_and_looks_at_it_in_its_own_way(page, playground):
    page.get_by_role("tab", name="Row").click()
    other = page.context.new_page()
    other.goto(address(playground))
    expect(other.get_by_text("Another page shows this training as well").first).to_be_visible()
    other.get_by_role("tab", name="Row").click()
    press(other, "Next row")
    row = other.get_by_role("textbox", name="Row", exact=True)
    expect(row).to_have_value("1")
    press(other, "Epoch")
    for each in (page, other):
        expect(each.locator("[data-shows=epochs]")).to_have_text("1")
    expect(page.get_by_role("textbox", name="Row", exact=True)).to_have_value("0")
    expect(row).to_have_value("1")
    assert sorted(each.view.row for each in playground.session.pages) == [0, 1]
    other.close()
