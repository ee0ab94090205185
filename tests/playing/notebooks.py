"""The widget in a real JupyterLab and a real marimo, tried by hand: python -m tests.playing.notebooks.

It needs `jupyterlab` and `marimo` beside the extra `notebook`, Chromium and Playwright, and prints what it has seen.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from tests.playing.browsing import launched

PORT, TOKEN, PATIENCE = 8896, "a-token-for-this-machine", 150_000  # milliseconds
WINDOW: ViewportSize = {"width": 1600, "height": 1000}
CODE = """import glassnet as gn
iris = gn.datasets.iris()
net = gn.Network([gn.Dense(6, "tanh"), gn.Dense(3, "softmax")])
widget = gn.playground(net, iris.X, iris.y, feature_names=iris.feature_names, class_names=iris.class_names)
widget"""
MARIMO = """import marimo
app = marimo.App(width="full")
@app.cell
def _():
{}
    return
if __name__ == "__main__":
    app.run()
"""


def notebook() -> str:
    """A notebook with one cell."""
    cell: dict[str, object] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": CODE,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


@contextmanager
def served(*command: str, folder: str) -> Iterator[None]:
    """A server in a folder, while it is used."""
    with (Path(folder) / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=folder, stdout=log, stderr=log, env={**os.environ}
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def arrive(page: Page, address: str) -> None:
    """Open an address as soon as somebody answers."""
    for _ in range(60):
        try:
            page.goto(address)
            return
        except Exception:  # not there yet
            time.sleep(1)
    raise SystemExit(f"nobody answers at {address}")


def tried(page: Page) -> str:
    """Train for an epoch, then for a while, and compare gradients; what the page shows then."""
    epochs = page.locator("[data-shows=epochs]").first
    epochs.wait_for(timeout=PATIENCE)
    page.locator(".gn-edge").first.wait_for(state="attached", timeout=PATIENCE)
    for name in ("Epoch", "Run", "Pause"):
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_timeout(3000)
    page.get_by_role("tab", name="Gradient check").click()
    page.get_by_role("button", name="Compare all gradients").click()
    page.get_by_text("relative error").wait_for(timeout=PATIENCE)
    return f"{epochs.inner_text()} epochs; the gradient check is shown"


def main() -> None:
    """Try both, and say what was seen."""
    with launched() as browser, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "play.ipynb").write_text(notebook())
        (Path(folder) / "play.py").write_text(MARIMO.format("\n".join("    " + line for line in CODE.splitlines())))
        lab = ("jupyter", "lab", "--no-browser", "--allow-root", f"--port={PORT}", f"--ServerApp.token={TOKEN}")
        with served(*lab, folder=folder):
            page = browser.new_page(viewport=WINDOW)
            arrive(page, f"http://127.0.0.1:{PORT}/lab/tree/play.ipynb?token={TOKEN}")
            page.locator(".jp-Cell").first.click(timeout=PATIENCE)
            page.wait_for_timeout(5000)  # until the kernel is there
            page.keyboard.press("Shift+Enter")
            print("JupyterLab:", tried(page))
            page.close()
        with served("marimo", "run", "play.py", "--headless", f"--port={PORT + 1}", "--no-token", folder=folder):
            page = browser.new_page(viewport=WINDOW)
            arrive(page, f"http://127.0.0.1:{PORT + 1}/")
            print("marimo:", tried(page))


if __name__ == "__main__":
    main()
