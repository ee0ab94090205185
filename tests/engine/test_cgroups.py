"""The quota of a container is found in made-up file systems, and bounds the number of threads."""

from pathlib import Path

import pytest

from glassnet.engine.machine import threads
from glassnet.engine.machine.cgroups import quota

V2, V1 = "0::/a/b\n", "4:memory:/a/b\n3:cpu,cpuacct:/a/b\n0::/\n"
TREES: dict[str, tuple[dict[str, str], int | None]] = {
    "none": ({}, None),
    "no quota": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "max 100000\n"}, None),
    "two": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "200000 100000\n"}, 2),
    "a fraction": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "150000 100000\n"}, 2),
    "less than one": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "5000 100000\n"}, 1),
    "another period": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "150000 50000\n"}, 3),
    "of the group around it": (
        {
            "proc/self/cgroup": V2,
            "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
            "sys/fs/cgroup/a/cpu.max": "300000 100000\n",
        },
        3,
    ),
    "the smallest": (
        {
            "proc/self/cgroup": V2,
            "sys/fs/cgroup/a/b/cpu.max": "800000 100000\n",
            "sys/fs/cgroup/a/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/cpu.max": "600000 100000\n",
        },
        4,
    ),
    "its own namespace": ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
    "above its namespace": ({"proc/self/cgroup": "0::/../../x\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
    "the other group's": ({"proc/self/cgroup": V2, "sys/fs/cgroup/c/cpu.max": "200000 100000\n"}, None),
    "version 1": (
        {
            "proc/self/cgroup": V1,
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
        },
        3,
    ),
    "version 1 without a quota": (
        {
            "proc/self/cgroup": V1,
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us": "100000\n",
        },
        None,
    ),
    "version 1 in a container, whose group is named as outside": (
        {
            "proc/self/cgroup": "3:cpu:/docker/1234\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        },
        2,
    ),
    "both versions": (
        {
            "proc/self/cgroup": "1:cpuset:/\n0::/a\n",
            "sys/fs/cgroup/unified/a/cpu.max": "100000 100000\n",
        },
        1,
    ),
    "what is not a number": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "many 0 1\n"}, None),
    "a period of 0": ({"proc/self/cgroup": V2, "sys/fs/cgroup/a/b/cpu.max": "100000 0\n"}, None),
    "lines of another kind": ({"proc/self/cgroup": "0\n\n::\nx:y\n"}, None),
}


@pytest.mark.parametrize(("files", "expected"), TREES.values(), ids=TREES)
def test_the_smallest_quota_on_the_way_up_is_found(files, expected, tmp_path: Path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert quota(tmp_path) == expected


def test_a_quota_bounds_the_threads_and_the_affinity_mask_bounds_a_quota(monkeypatch):
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(64)), raising=False)
    for given, expected in ((2, 2), (None, 64), (100, 64)):
        monkeypatch.setattr(threads, "container", lambda given=given: given)
        assert threads.cores() == threads.available() == expected
