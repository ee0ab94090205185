"""A page in a real browser, and what tests do with it."""

import base64
import json
import os
import re
import shutil
import time
from contextlib import contextmanager

import numpy as np
import pytest

from tests.playing.client import TOKEN

if os.environ.get("CI"):  # there, both must be there
    import playwright.sync_api as driver
else:
    driver = pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright: install playwright")
expect = driver.expect
Late = driver.TimeoutError
PATIENCE = 30_000  # milliseconds, on a busy machine
XOR = {"data": {"name": "xor", "rows": 100}, "layers": [], "training": {"engine": "numpy", "seed": 2}}


@contextmanager
def launched():
    """A browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not os.environ.get("CI"):
        pytest.skip("the page is tested with Chromium, which is not installed")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(browser, playground, forgiven="nothing", **window):
    """A page that shows the exclusive or.

    At its end, nothing was asked of other machines, and the browser had nothing to complain of but what is forgiven.
    """
    window = {"viewport": {"width": 1300, "height": 900}, "reduced_motion": "reduce", **window}
    context = browser.new_context(**window)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address(playground, XOR))
    expect(page.locator(".gn-edge")).to_have_count(2)
    expect(page.get_by_label("Batch size")).not_to_have_value("")  # the last that it learns are the choices
    yield page
    context.close()
    assert asked and all(re.match(rf"(http|ws|blob:http)://127\.0\.0\.1:{playground.port}/", url) for url in asked), (
        asked
    )
    assert not [each for each in faults if forgiven not in each], faults


def address(playground, scene=None):
    """Where a playground is, with its token, and a scene that it is to show."""
    text = "" if scene is None else base64.urlsafe_b64encode(json.dumps(scene).encode()).decode().rstrip("=")
    return f"http://127.0.0.1:{playground.port}/?token={TOKEN}" + (f"#scene={text}" if text else "")


def number_in(text):
    try:
        return float(text.replace("\N{MINUS SIGN}", "-").split()[0])
    except (ValueError, IndexError):  # not there yet
        return np.nan


def shown(page, name):
    """A number of the page: a fact of the question, or of where training is."""
    return number_in(page.locator(f'[data-shows="{name}"]').first.inner_text())


def eventually(read, wanted):
    """Wait until what is read is what is wanted: the page shows it once the answer of the server has come."""
    end = time.monotonic() + PATIENCE / 1000
    while read() != wanted and time.monotonic() < end:
        time.sleep(0.02)
    assert read() == wanted


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def train_until_epoch(page, epoch):
    page.get_by_text("Run until").click()
    page.get_by_label("epoch", exact=True).fill(str(epoch))
    press(page, "Go")
    expect(page.locator("[data-shows=epochs]")).to_have_text(str(epoch))
    expect(page.locator(".gn-run")).to_have_text("Run")


def drop_file(page, name, content):
    """Drop a file on the page: a text, or bytes."""
    page.locator(".gn-playground").evaluate(
        """(element, [name, text]) => {
            const content = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
            const given = new DataTransfer();
            given.items.add(new File([content], name));
            element.dispatchEvent(new DragEvent("drop", {bubbles: true, dataTransfer: given}));
        }""",
        [name, base64.b64encode(content.encode() if isinstance(content, str) else content).decode()],
    )
