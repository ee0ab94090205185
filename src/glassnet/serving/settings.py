"""What a service is told: the model, where it listens, whom it answers, and how much it takes at a time."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from glassnet.errors import InvalidInput, brief

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
SHORTEST_TOKEN = 16  # characters


@dataclass(frozen=True)
class Limits:
    """How much a service takes: what is beyond is refused before it is parsed.

    body         bytes of a request
    rows         rows of a request
    explained    rows of a request to /explain, each of which takes many predictions
    nesting      lists and objects within each other
    requests     requests at the same time, of which one is computed and the others wait
    connections  open connections
    seconds      in which a request must have come, and an answer been taken
    idle         seconds that a connection may stay open without a request
    drain        seconds that requests have to finish once the service is asked to end
    """

    body: int = 4_000_000
    rows: int = 10_000
    explained: int = 100
    nesting: int = 16
    requests: int = 64
    connections: int = 512
    seconds: float = 10.0
    idle: int = 30
    drain: int = 30

    def __post_init__(self) -> None:
        for name, least in (("body", 1), ("rows", 1), ("requests", 1), ("seconds", 0.01)):
            if not getattr(self, name) >= least:
                raise InvalidInput(f"a service needs a limit of {name} above 0, got {getattr(self, name)!r}.")


@dataclass(frozen=True)
class Settings:
    """All that `glassnet serve` is told; InvalidInput for what cannot work or would be open to everybody.

    `hosts` are further names by which clients may call the service; `token` is what they must show, if anything.
    """

    model: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    name: str = "model"
    hosts: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise InvalidInput(f"--port takes a number from 0 (any free port) to 65535, got {self.port}.")
        if self.workers < 1:
            raise InvalidInput(f"--workers takes a number of processes, at least 1, got {self.workers}.")
        if not self.name or not self.name.isprintable() or "/" in self.name:
            raise InvalidInput(f"--name takes the name of the model in URLs, without a /, got {brief(self.name)}.")
        if self.token is not None:
            check_token(self.token)
        if not is_loopback(self.host):
            self._check_open()

    def _check_open(self) -> None:
        """A service that others can reach needs a token, and the names by which they call it."""
        if self.token is None:
            raise InvalidInput(
                f"--host {self.host} lets other machines in, so clients must show a token: put one of {SHORTEST_TOKEN} "
                "characters or more into a file for --token-file, or into GLASSNET_TOKEN."
            )
        if is_wildcard(self.host) and not self.hosts:
            raise InvalidInput(
                f"--host {self.host} stands for all addresses: say by which name clients call the service, "
                "as in --allow-host model.example.org."
            )

    @property
    def known_hosts(self) -> frozenset[str]:
        """The names that a request's Host may have, in small letters, without a port."""
        own = LOOPBACK_NAMES if is_loopback(self.host) else () if is_wildcard(self.host) else (self.host,)
        return frozenset(name.lower().strip("[]") for name in (*own, *self.hosts))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    >>> is_loopback("localhost"), is_loopback("127.0.0.2"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_wildcard(host: str) -> bool:
    """Whether an address stands for all of this machine's."""
    return host in ("", "0.0.0.0", "::", "*")


def check_token(token: str) -> None:
    """Refuse a token that can be guessed, or that no header can hold; it is never repeated in a message."""
    if len(token) < SHORTEST_TOKEN:
        raise InvalidInput(f"a token needs {SHORTEST_TOKEN} characters or more, got {len(token)}.")
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise InvalidInput("a token may hold letters, digits and signs of ASCII, without spaces.")
