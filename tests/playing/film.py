"""The short film of the documentation, made anew: python -m tests.playing.film writes docs/images/playground.gif."""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

from glassnet.playing.session import Session
from tests.playing.client import TOKEN, Playground

FILM = Path(__file__).parents[2] / "docs" / "images" / "playground.gif"
WINDOW: ViewportSize = {"width": 1300, "height": 760}
SIZE, COLOURS, EACH = (910, 532), 96, 420  # EACH: milliseconds of a picture


class Camera:
    """Takes pictures of a page."""

    def __init__(self, page: Page):
        self.page, self.pictures = page, list[Image.Image]()

    def take(self, times: int = 1, wait: int = 400) -> None:
        """A picture, shown so many times, after a pause in milliseconds."""
        self.page.wait_for_timeout(wait)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB").resize(SIZE)
        self.pictures += [picture] * times

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def train(self, pictures: int) -> None:
        """Let it run for so many pictures."""
        self.press("Run")
        for _ in range(pictures):
            self.take()
        self.press("Pause")
        self.take(2)

    def save(self, path: Path) -> None:
        """One palette for all pictures, so that nothing flickers."""
        palette = self.pictures[-8].quantize(COLOURS, dither=Image.Dither.NONE)
        first, *others = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in self.pictures]
        first.save(path, save_all=True, append_images=others, duration=EACH, loop=0, optimize=True)


def play(page: Page) -> Camera:
    """The lesson of ten minutes in twenty seconds."""
    camera = Camera(page)
    page.get_by_label("Lessons").select_option("xor")
    camera.press("Set the scene")
    camera.press("Close the lesson")
    page.get_by_label("Speed").select_option("100")
    camera.take(2)
    camera.train(5)
    camera.press("+ Add a hidden layer")
    camera.take(2)
    camera.train(11)
    page.locator(".gn-edge").nth(1).dispatch_event("click")
    camera.take(5, wait=1200)  # the answer is brought in sight
    for _ in range(3):
        camera.press("Step back")
        camera.take()
    return camera


def main() -> None:
    """Record it."""
    playground = Playground(Session())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=WINDOW)
        page.goto(f"http://127.0.0.1:{playground.port}/?token={TOKEN}")
        play(page).save(FILM)
        browser.close()
    playground.close()


if __name__ == "__main__":
    main()
