"""How fast the playground paints while it trains, in a real browser.

`python -m benchmarks.playground` prints a section for `benchmarks/results/playground.md`; it needs Chromium. A
2-16-16-3 network on 1,500 rows, maps of 100 × 100: frames that the page painted a second, what they cost the page and
the browser, and training steps a second with and without a page, in turn.
"""

import statistics
import time
from dataclasses import dataclass

from benchmarks.browser import Chromium, chromium
from benchmarks.machine import machine
from glassnet.playing.connection import Page
from glassnet.playing.scene import Scene
from glassnet.playing.session import Session
from tests.playing.client import TOKEN, Playground

SCENE = {"data": {"name": "clouds", "rows": 1500, "held_out": 0.0}, "layers": [{"units": 16}, {"units": 16}]}
ROUNDS, SECONDS, WARM = 5, 4.0, 1.5
WINDOW = 1300, 900
RUN = "[...document.querySelectorAll('button')].find((each) => each.textContent === 'Run').click()"


class Painted:
    """Counts the frames that a page says it has painted, which it does where it paints them."""

    def __init__(self) -> None:
        self.count, heard = 0, Page.painted

        def painted(page: Page, number: int) -> None:
            self.count += 1
            heard(page, number)

        Page.painted = painted  # type: ignore[method-assign, assignment]


@dataclass
class Measured:
    """Of some seconds: frames painted a second, processor milliseconds for each, the browser's cores, and steps."""

    frames: float
    milliseconds: float
    scripting: float
    cores: float
    steps: float


def steps_a_second(session: Session) -> float:
    """Steps of the training a second, while time passes."""
    before, began = session.simulation.step, time.perf_counter()
    time.sleep(SECONDS)
    return (session.simulation.step - before) / (time.perf_counter() - began)


def watched(browser: Chromium, session: Session, painted: Painted) -> Measured:
    """With the page."""
    before, count, spent, began = browser.busy(), painted.count, browser.seconds(), time.perf_counter()
    steps = steps_a_second(session)
    took, frames = time.perf_counter() - began, max(1, painted.count - count)
    spent, after = browser.seconds() - spent, browser.busy()
    page, scripts = (1000 * (after[name] - before[name]) / frames for name in ("TaskDuration", "ScriptDuration"))
    return Measured(frames / took, page, scripts, spent / took, steps)


def measure(browser: Chromium, playground: Playground) -> tuple[list[Measured], list[float]]:
    """Rounds with a page and without one, in turn."""
    address, session = f"http://127.0.0.1:{playground.port}/", playground.session
    browser.go_to(f"{address}?token={TOKEN}")
    browser.wait_for("document.querySelectorAll('.gn-unit').length > 30")
    browser.evaluate(RUN)
    with_page, without, painted = [], [], Painted()
    for _ in range(ROUNDS):
        time.sleep(WARM)
        with_page.append(watched(browser, session, painted))
        browser.go_to("about:blank")
        time.sleep(WARM)
        without.append(steps_a_second(session))
        browser.go_to(address)
    return with_page, without


def told(with_page: list[Measured], without: list[float]) -> str:
    """The section."""
    rows = {
        "painted frames a second": [each.frames for each in with_page],
        "processor milliseconds of the page's thread a frame": [each.milliseconds for each in with_page],
        "of these in scripts": [each.scripting for each in with_page],
        "cores that all of the browser takes": [each.cores for each in with_page],
        "training, of its speed without a page": [
            each.steps / alone for each, alone in zip(with_page, without, strict=True)
        ],
        "training steps a second without a page": without,
    }
    lines = [f"| {name} | {number(statistics.median(all_))} | {listed(all_)} |" for name, all_ in rows.items()]
    return f"{machine()}.\n\n| | median | rounds |\n|---|---|---|\n" + "\n".join(lines) + "\n"


def number(value: float) -> str:
    """A number as the table shows it.

    >>> number(0.314), number(25.93), number(166745.2)
    ('0.31', '25.9', '166,745')
    """
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"


def listed(values: list[float]) -> str:
    """Numbers, one after the other."""
    return ", ".join(map(number, values))


def main() -> None:
    """Measure, and print the section."""
    playground = Playground(Session(Scene().changed(SCENE)))
    with chromium(*WINDOW) as browser:
        print(told(*measure(browser, playground)))
    playground.close()


if __name__ == "__main__":
    main()
