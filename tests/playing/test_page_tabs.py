"""Pages and their server: two tabs, one that sleeps, a server that is killed and comes back, another zoom, a widget."""

import pytest

from glassnet.playing.session import Session
from tests.playing.browsing import address, eventually, expect, opened, press, shown
from tests.playing.client import Playground


@pytest.fixture
def page(browser, playground):
    with opened(browser, playground) as page:
        yield page


@pytest.mark.long
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


@pytest.mark.long
def test_a_page_that_sleeps_holds_nothing_up_and_wakes_to_the_newest_frame(page, playground):
    tools = page.context.new_cdp_session(page)
    press(page, "Run")
    eventually(lambda: shown(page, "epochs") > 0, True)
    tools.send("Page.setWebLifecycleState", {"state": "frozen"})
    before = playground.session.simulation.epoch
    eventually(lambda: playground.session.simulation.epoch > before + 20, True)  # nobody paints, training goes on
    playground.session.until = {"epoch": playground.session.simulation.epoch + 5}
    eventually(lambda: playground.session.running, False)
    tools.send("Page.setWebLifecycleState", {"state": "active"})
    expect(page.locator("[data-shows=epochs]")).to_have_text(str(playground.session.simulation.epoch))
    expect(page.locator(".gn-run")).to_have_text("Run")


@pytest.mark.long
def test_a_server_that_is_killed_and_comes_back_is_given_the_scene(browser):
    first = Playground(Session())
    with opened(browser, first, forgiven="ERR_CONNECTION_REFUSED") as page:
        press(page, "+ Add a hidden layer")
        expect(page.locator(".gn-edge")).to_have_count(6)
        press(page, "Epoch")
        expect(page.locator("[data-shows=epochs]")).to_have_text("1")
        first.close()
        lost = page.get_by_role("alert")
        expect(lost).to_contain_text("The connection to glassnet is lost.")
        second = Playground(Session(), first.port)
        try:
            expect(lost).to_be_hidden()
            expect(page.locator("[data-shows=epochs]")).to_have_text(
                "0"
            )  # the scene is there again, from its beginning
            assert [layer.units for layer in second.session.simulation.scene.layers] == [2]
            assert second.session.simulation.scene.data.name == "xor"
            press(page, "Step")
            expect(page.locator("[data-shows=steps]")).to_have_text("1")
        finally:
            second.close()


@pytest.mark.long
def test_twice_as_large_everything_is_still_there(browser, playground):
    """What the browser does at 200 %: half the room, and two dots for one."""
    with opened(browser, playground, viewport={"width": 650, "height": 450}, device_scale_factor=2) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 650
        press(page, "+ Add a hidden layer")
        expect(page.locator(".gn-edge")).to_have_count(6)
        sizes = "each => [each.width, each.clientWidth]"
        for canvas in page.locator(".gn-drawing canvas").all():
            dots, pixels = canvas.evaluate(sizes)
            assert dots == 2 * pixels
        page.locator(".gn-canvases").scroll_into_view_if_needed()
        rows, plane = playground.session.simulation.rows, playground.session.pages[-1].painter.plane
        place = (plane.places(rows.X[3:4]) - plane.low) / (plane.high - plane.low)
        box = page.locator(".gn-canvases").bounding_box()
        page.mouse.click(box["x"] + place[0, 0] * box["width"], box["y"] + (1 - place[0, 1]) * box["height"])
        expect(page.get_by_label("x1 of this row")).to_be_visible()
        row = int(page.get_by_role("textbox", name="Row", exact=True).input_value())
        near = (plane.places(rows.all[0][[row]]) - plane.low) / (plane.high - plane.low)
        assert abs(near - place).max() < 0.02  # that row, or one that lies on it
        assert page.evaluate("document.documentElement.scrollWidth") <= 650


WIDGET = """async () => {
    const listeners = [], socket = new WebSocket(`ws://${location.host}/socket`);
    socket.binaryType = "arraybuffer";
    const copy = (data, at, size) => {
        const odd = new Uint8Array(size + 1); // a notebook's buffers may begin anywhere
        odd.set(new Uint8Array(data, at, size), 1);
        return new DataView(odd.buffer, 1, size);
    };
    socket.onmessage = ({ data }) => {
        if (typeof data === "string") return listeners.forEach((each) => each(JSON.parse(data), []));
        const length = new DataView(data).getUint32(0, true);
        const message = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
        let at = 4 + length;
        const buffers = message.buffers.map((size) => {
            at += Math.ceil(size / 8) * 8;
            return copy(data, at - Math.ceil(size / 8) * 8, size);
        });
        listeners.forEach((each) => each(message, buffers));
    };
    await new Promise((done) => { socket.onopen = done; });
    const model = {
        send: (content) => socket.send(JSON.stringify(content)),
        on: (event, listener) => { if (event === "msg:custom") listeners.push(listener); },
    };
    const el = document.createElement("div");
    document.body.replaceChildren(el);
    (await import("/playground.js")).default.render({ model, el });
}"""


@pytest.mark.long
def test_the_view_is_rendered_by_the_model_of_a_notebook(page):
    page.evaluate(WIDGET)
    expect(page.locator(".gn-edge")).to_have_count(2)
    press(page, "Epoch")
    expect(page.locator("[data-shows=epochs]")).to_have_text("1")
    press(page, "+ Add a hidden layer")
    expect(page.locator(".gn-edge")).to_have_count(6)
    page.get_by_role("button", name="weight from x2 to h1.2").dispatch_event("click")
    expect(page.locator("[data-shows=gradient]")).to_be_visible()
