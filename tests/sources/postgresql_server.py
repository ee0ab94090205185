"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket there, run by an unprivileged user."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

SLOW_TO_SAY = 30  # seconds


def programs() -> Path | None:
    """The folder of the server's programs, which Debian keeps off the PATH; None where they or sockets are lacking."""
    if os.name != "posix":
        return None
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return places[-1] if places else None


class Server:
    """A new database cluster; `url` is that of its database, whose owner needs no password."""

    def __init__(self, programs: Path):
        self.programs, self.folder = programs, Path(tempfile.mkdtemp(prefix="pg-"))
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:  # initdb refuses root
            self.user = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres", "postgres")
        self._do("initdb", "-D", "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        """Of the database, by the socket."""
        return f"postgresql:///postgres?host={quote(str(self.folder))}&user=tester"

    def start(self) -> None:
        """Start it, without waiting for the disk and without a port."""
        options = f"-F -k {self.folder} -c listen_addresses= -c autovacuum=off"
        self._do("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._do("pg_ctl", "-D", "data", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Leave nothing behind."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _do(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self.programs / program), *words],
            check=True,
            timeout=SLOW_TO_SAY,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            **self.user,
        )
