"""Chromium without a window, spoken to over its debugging protocol only between measurements.

A driver that listens all the time is sent each message of the page once more, which takes a fifth of a core.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FLAGS = ("--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--remote-debugging-port=0")
PORT = "DevToolsActivePort"  # the file in which Chromium writes where it listens
STAT = 13  # of /proc/PID/stat, where processor time begins, after the name: fields 14 and 15


class Chromium:
    """A browser with one page; `call` asks it for something and waits for the answer."""

    def __init__(self, process: "subprocess.Popen[bytes]", socket: ClientConnection, width: int, height: int):
        self.process, self.socket, self.number = process, socket, 0
        self.session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Performance.enable", timeDomain="threadTicks")  # processor time, whatever else runs
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """The answer to a command; events in between are left."""
        self.number += 1
        session = {} if self.session is None else {"sessionId": self.session}
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": given, **session}))
        while (message := json.loads(self.socket.recv(timeout=30))).get("id") != self.number:
            pass
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        result: dict[str, Any] = message["result"]
        return result

    def go_to(self, address: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"!!({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.05)

    def busy(self) -> dict[str, float]:
        """Seconds that the page's thread has worked, in all and in scripts."""
        return {each["name"]: each["value"] for each in self.call("Performance.getMetrics")["metrics"]}

    def seconds(self) -> float:
        """Processor seconds of all processes of the browser."""
        return sum(processor_seconds(pid) for pid in family(self.process.pid))


def family(pid: int) -> Iterator[int]:
    """A process and all that it has started (Linux)."""
    yield pid
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in each.read_text().split():
            yield from family(int(child))


def processor_seconds(pid: int) -> float:
    """Processor seconds of a process, of all its threads (Linux)."""
    import os

    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(each) for each in fields[STAT - 2 : STAT]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def chromium(width: int, height: int) -> Iterator[Chromium]:
    """A browser that runs until the end of the block."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("Chromium is not installed.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen([found, *FLAGS, f"--user-data-dir={folder}", "about:blank"], **silent)  # type: ignore[call-overload]
        try:
            with connect(listening(Path(folder) / PORT), max_size=None) as socket:
                yield Chromium(process, socket, width, height)
        finally:
            process.terminate()
            process.wait(timeout=20)


def listening(file: Path) -> str:
    """Where the browser listens, once it does."""
    for _ in range(600):
        if file.is_file() and len(lines := file.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise TimeoutError("Chromium has not started.")
