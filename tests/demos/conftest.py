"""What the tests of all demos share: a run that keeps what was printed, and a look at its figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from glassnet.demos import run_demo


class Ran:
    """A demo's result, the lines that it printed, and the folder of its figures."""

    def __init__(self, name: str, folder: Path):
        lines: list[str] = []
        self.result: Any = run_demo(name, folder, lines.append)
        self.folder, self.text = folder, "\n".join(lines)

    def check_text(self, *passages: str) -> None:
        """Every passage was printed, and no line is wider than 100 columns."""
        assert [passage for passage in passages if passage not in self.text] == []
        assert max(map(len, self.text.splitlines())) <= 100

    def check_figures(self, *names: str) -> None:
        """Exactly these figures were written, large enough, and none of them is blank."""
        paths = [self.folder / f"{name}.png" for name in names]
        assert sorted(self.result.figures) == sorted(self.folder.iterdir()) == sorted(paths)
        for path in paths:
            pixels = imread(path)
            assert pixels.shape[0] >= 480 and pixels.shape[1] >= 800 and np.std(pixels[..., :3]) > 0.05


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    return lambda name: Ran(name, tmp_path_factory.mktemp(name))
