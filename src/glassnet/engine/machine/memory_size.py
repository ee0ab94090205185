"""How much memory this process may take, and sizes in readable form."""

import os

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container
UNKNOWN = 8 * 10**9


def memory_there() -> int:
    """Bytes that this process may take: those of the machine, or fewer where a limit says so."""
    return min([_of_machine(), *_of_container(), *_of_process()])


def _of_machine() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not available on Windows
        return UNKNOWN


def _of_container() -> list[int]:
    texts = [_content(name) for name in LIMITS]
    return [int(text) for text in texts if text.isdigit()]  # "max" is no limit


def _content(name: str) -> str:
    try:
        with open(name) as file:
            return file.read().strip()
    except OSError:  # no such limit, or one that this process may not read
        return ""


def _of_process() -> list[int]:
    try:
        import resource
    except ImportError:  # Windows
        return []
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return [limit for limit in limits if limit != resource.RLIM_INFINITY]


def readable_bytes(n: float) -> str:
    """A size in readable form.

    >>> readable_bytes(2_340_000_000), readable_bytes(900), readable_bytes(1)
    ('2.3 GB', '900 bytes', '1 byte')
    """
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if n >= size:
            return f"{n / size:.1f} {unit}"
    return "1 byte" if round(n) == 1 else f"{n:.0f} bytes"
