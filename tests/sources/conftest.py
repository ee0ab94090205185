"""A PostgreSQL server for the tests that need one, started once."""

from collections.abc import Iterator

import pytest

from tests.sources.postgresql_server import Server, programs


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server; the tests are skipped where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    server = Server(found)
    yield server
    server.remove()
