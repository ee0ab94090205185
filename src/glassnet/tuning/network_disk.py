"""Whether a folder lies on the disk of another machine, where locks of files cannot be trusted."""

from collections.abc import Iterator
from pathlib import Path

MOUNTS = Path("/proc/self/mounts")  # of Linux
OVER_NETWORK = (
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs", "orangefs",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph-fuse", "fuse.s3fs", "fuse.gcsfuse",
)  # fmt: skip


def network_disk(place: Path) -> str | None:
    """The kind of the network disk that a file is on, such as "nfs4"; None for one of this machine, or not known."""
    if str(place).startswith("\\\\"):  # \\server\share of Windows
        return "a share"
    path = place.absolute().resolve()
    found = [(len(folder.parts), kind) for folder, kind in mounts() if folder == path or folder in path.parents]
    kind = max(found)[1] if found else ""
    return kind if kind in OVER_NETWORK else None


def mounts() -> Iterator[tuple[Path, str]]:
    """(folder, kind of file system) of each disk, as far as the system says."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, folder, kind, *_ = line.split(" ")
        yield Path(folder.replace("\\040", " ")), kind
