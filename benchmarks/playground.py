"""How fast the playground paints while it trains, in a real browser.

`python -m benchmarks.playground` prints a section for `benchmarks/results/playground.md`; it needs Chromium and
Playwright. A 2-16-16-3 network on 1,500 rows, maps of 100 × 100: frames that the page painted a second, milliseconds
that its thread spent on one, and training steps a second with and without a page, in turn.
"""

import shutil
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.machine import machine
from glassnet.playing.scene import Scene
from glassnet.playing.session import Session
from tests.playing.client import TOKEN, Playground

SCENE = {"data": {"name": "clouds", "rows": 1500, "held_out": 0.0}, "layers": [{"units": 16}, {"units": 16}]}
ROUNDS, SECONDS, WARM = 4, 4.0, 1.5
WINDOW: Any = {"width": 1300, "height": 900}
COUNTING = """
window.painted = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
    if (typeof data === "string" && data.includes('"ack"')) window.painted++;
    return send.call(this, data);
};
"""  # the page acknowledges a frame where it paints it


@dataclass
class Measured:
    """Of some seconds: frames painted a second, processor milliseconds of the page for each, and steps a second."""

    frames: float
    milliseconds: float
    scripting: float
    steps: float


def busy(session: CDPSession) -> dict[str, float]:
    """Seconds that the page's thread has worked, in all and in scripts."""
    return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}


def steps_a_second(session: Session, page: Page) -> float:
    """Steps of the training a second, while time passes."""
    before, began = session.simulation.step, time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    return (session.simulation.step - before) / (time.perf_counter() - began)


def watched(page: Page, devtools: CDPSession, session: Session) -> Measured:
    """With the page."""
    before, painted = busy(devtools), page.evaluate("painted")
    began = time.perf_counter()
    steps = steps_a_second(session, page)
    frames, after = page.evaluate("painted") - painted, busy(devtools)
    took = time.perf_counter() - began
    spent = {name: 1000 * (after[name] - before[name]) / max(1, frames) for name in ("TaskDuration", "ScriptDuration")}
    return Measured(frames / took, spent["TaskDuration"], spent["ScriptDuration"], steps)


def measure(browser: Browser, playground: Playground) -> tuple[list[Measured], list[float]]:
    """Rounds with a page and without one, in turn."""
    page = browser.new_page(viewport=WINDOW)
    page.add_init_script(COUNTING)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})  # processor time, whatever else runs
    address, session = f"http://127.0.0.1:{playground.port}/", playground.session
    page.goto(f"{address}?token={TOKEN}")
    page.get_by_role("button", name="Run", exact=True).click()
    with_page, without = [], []
    for _ in range(ROUNDS):
        page.wait_for_timeout(1000 * WARM)
        with_page.append(watched(page, devtools, session))
        page.goto("about:blank")
        page.wait_for_timeout(1000 * WARM)
        without.append(steps_a_second(session, page))
        page.goto(address)
    page.close()
    return with_page, without


def told(with_page: list[Measured], without: list[float]) -> str:
    """The section."""
    middle = {name: statistics.median(getattr(each, name) for each in with_page) for name in vars(with_page[0])}
    shares = [each.steps / alone for each, alone in zip(with_page, without, strict=True)]
    return (
        f"{machine()}.\n\n| | median | rounds |\n|---|---|---|\n"
        f"| painted frames a second | {middle['frames']:.1f} | {listed([each.frames for each in with_page])} |\n"
        f"| processor milliseconds of the page's thread a frame | {middle['milliseconds']:.1f} | "
        f"{listed([each.milliseconds for each in with_page])} |\n"
        f"| of these in scripts | {middle['scripting']:.1f} | {listed([each.scripting for each in with_page])} |\n"
        f"| training, of its speed without a page | {statistics.median(shares):.2f} | {listed(shares, 2)} |\n"
        f"| training steps a second without a page | {statistics.median(without):,.0f} | "
        f"{', '.join(f'{each:,.0f}' for each in without)} |\n"
    )


def listed(values: list[float], digits: int = 1) -> str:
    """Numbers, one after the other."""
    return ", ".join(f"{each:.{digits}f}" for each in values)


def main() -> None:
    """Measure, and print the section."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        sys.exit("Chromium is not installed.")
    playground = Playground(Session(Scene().changed(SCENE)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        print(told(*measure(browser, playground)))
        browser.close()
    playground.close()


if __name__ == "__main__":
    main()
