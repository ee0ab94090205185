"""Requests of one row: `glassnet serve` beside FastAPI and onnxruntime with the same network, both below uvicorn.

`python -m benchmarks.serving` needs wrk, and fastapi, uvicorn, httptools, uvloop and starlette beside the libraries of
`benchmarks/requirements.txt`. Each service is one process on one core; rounds of both take turns. A round counts the
requests for each second of processor time too, which other work on the machine changes less.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.model import Model
from benchmarks.peers import glassnet, onnx_runtime

CONNECTIONS = 8
PEER = """
import numpy as np, onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])
app = FastAPI()


class Row(BaseModel):
    row: list[float]


@app.post("/predict")
async def predict(row: Row):
    return {"prediction": session.run(None, {"X": np.array([row.row], np.float32)})[0][0].tolist()}
"""
LUA = """
wrk.method, wrk.body = "POST", '%s'
wrk.headers["Content-Type"] = "application/json"
function delay() return %d end
"""
UVICORN = ("uvicorn", "peer:app", "--no-access-log", "--log-level", "warning", "--port")
SERVICES = {
    "glassnet serve": ("glassnet", "serve", "model.safetensors", "--port"),
    "FastAPI and onnxruntime": UVICORN,
}


@contextmanager
def running(command: tuple[str, ...], port: int, folder: Path) -> Iterator[int]:
    """A service on one core; its process id."""
    alone = os.environ | {"OMP_NUM_THREADS": "1", "GLASSNET_THREADS": "1"}
    service = subprocess.Popen([sys.executable, "-m", *command, str(port)], cwd=folder, env=alone)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield service.pid
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(30)


def processor_seconds(pid: int) -> float:
    """The processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """The memory of a process, in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def load(port: int, pid: int, seconds: int, folder: Path, delay: float = 0.0) -> dict[str, float]:
    """What wrk finds in so many seconds; each connection waits for `delay` milliseconds before a request."""
    row = json.dumps({"row": Model().inputs(1)[0].tolist()})
    (folder / "post.lua").write_text(LUA % (row, delay))
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", "post.lua"]
    before = processor_seconds(pid)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/predict"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "Non-2xx" not in done.stdout, done.stdout
    requests = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    ends = {share: in_milliseconds(done.stdout, share) for share in ("50%", "99%")}
    return {"rate": requests / seconds, "each": requests / (processor_seconds(pid) - before), **ends}


def in_milliseconds(said: str, share: str) -> float:
    """A quantile of the latency."""
    number, unit = re.findall(rf"{share}\s+([\d.]+)(us|ms|s)", said)[0]
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


def main() -> None:
    """Print a table, and the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "peer.py").write_text(PEER)
        (folder / "model.onnx").write_bytes(onnx_runtime.exported(Model()))
        glassnet.loaded(Model(), "auto").save(folder / "model.safetensors")
        measure(folder, asked.seconds, asked.rounds)


def measure(folder: Path, seconds: int, rounds: int) -> None:
    """Both services side by side, each asked in turn."""
    (ours, one), (theirs, two) = SERVICES.items()
    with running(one, 8301, folder) as first, running(two, 8302, folder) as second:
        places = {ours: (8301, first), theirs: (8302, second)}
        for port, pid in places.values():
            load(port, pid, 1, folder)
        began = {label: memory(pid) for label, (_, pid) in places.items()}
        found = [{label: load(*place, seconds, folder) for label, place in places.items()} for _ in range(rounds)]
        print("| | requests/s | requests per CPU second | median, ms | 99 %, ms | 99 % at half load, ms | memory, MB |")
        print("|---|---|---|---|---|---|---|")
        for label, (port, pid) in places.items():
            middle = {key: median(one[label][key] for one in found) for key in found[0][label]}
            half = load(port, pid, seconds, folder, 2e3 * CONNECTIONS / middle["rate"] - middle["50%"] / 4)
            numbers = (middle["rate"], middle["each"], middle["50%"], middle["99%"], half["99%"])
            shown = " | ".join(f"{number:,.4g}" for number in numbers)
            print(f"| {label} | {shown} | {began[label]:.0f} → {memory(pid):.0f} |")
        ratios = sorted(one[ours]["each"] / one[theirs]["each"] for one in found)
        print(f"\n{median(ratios):.2f} times the requests per CPU second ({ratios[0]:.2f}–{ratios[-1]:.2f}).")


if __name__ == "__main__":
    main()
