"""Measures the forecasters, all parts or one of them: `make bench-forecasting ARGS="networks --horizons 336"`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.forecasting_suite import DATA, RESULTS

PARTS = {
    "linear": "the linear map, beside what others have published",
    "networks": "networks beside the linear map (--horizons, --seeds)",
    "intervals": "what intervals hold (--horizon)",
    "peers": "other libraries on M4 hourly (--series, --seed); they are installed in an environment of their own",
}
PEERS = Path(".venv-bench-forecasting/bin/python")


def command(part: str, more: list[str]) -> list[str]:
    """The command that measures a part."""
    python = str(PEERS) if part == "peers" else sys.executable
    return [python, "-m", f"benchmarks.forecasting_{part}", *more]


def main() -> None:
    says = "\n".join(f"  {part:<10} {what}" for part, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.forecasting",
        description=f"{__doc__}\n\n{says}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="?", choices=[*PARTS], help="what is measured (all)")
    parser.add_argument("--data", type=Path, default=DATA, help=f"folder of the suite ({DATA})")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    given, own = parser.parse_known_args()
    if own and given.part is None:
        parser.error(f"{own[0]} is an option of one part: name it first, one of {', '.join(PARTS)}.")
    for part in [given.part] if given.part else PARTS:
        single = {"OMP_NUM_THREADS": "1"} if part == "peers" else {}
        more = ["--data", str(given.data), "--out", str(given.out), *own]
        if (done := subprocess.run(command(part, more), env=os.environ | single)).returncode:
            sys.exit(done.returncode)


if __name__ == "__main__":
    main()
