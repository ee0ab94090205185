"""How many processors the control groups of Linux give a process: the quota of its container, and of all around it."""

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MOUNTED = "sys/fs/cgroup"
SECOND = ("", "unified")  # where version 2 is mounted: alone, or beside version 1
FIRST = ("cpu", "cpu,cpuacct", "cpuacct,cpu")  # where version 1 has its controller of processors


def quota(root: Path = Path("/")) -> int | None:
    """Processors by the smallest quota on the way from the process's own group up, rounded up; None without one."""
    shares = [share for group in groups(root) for share in (share_of(group),) if share is not None]
    return max(1, math.ceil(min(shares))) if shares else None


def groups(root: Path) -> Iterator[Path]:
    """The folders of the process's groups and of all that these lie in.

    In a container a group may be named as the host names it, where only its last part is to be seen: as the top.
    """
    for line in read(root / "proc/self/cgroup").splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        if number == "0":
            tops: tuple[str, ...] = SECOND
        elif "cpu" in controllers.split(","):
            tops = FIRST
        else:
            continue
        within = PurePosixPath("/".join(part for part in path.split("/") if part != ".."))
        for top in tops:
            mounted = root / MOUNTED / top
            yield from (mounted / str(each).lstrip("/") for each in (within, *within.parents))


def share_of(group: Path) -> float | None:
    """Quota divided by period, both in microseconds; None where there is no quota or the files say something else."""
    given = read(group / "cpu.max").split() or [
        read(group / "cpu.cfs_quota_us").strip(),
        read(group / "cpu.cfs_period_us").strip(),
    ]
    try:
        allowed, period = map(int, given)
    except ValueError:
        return None  # "max", or no such file
    return allowed / period if allowed > 0 and period > 0 else None


def read(path: Path) -> str:
    """What a file says; nothing where it cannot be read."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
