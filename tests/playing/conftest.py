"""A playground that runs, and a client of it."""

import pytest

pytest.importorskip("websockets")
pytest.importorskip("uvicorn")

from glassnet.playing.session import Session
from tests.playing.client import Playground


@pytest.fixture(scope="module")
def playground():
    found = Playground(Session())
    yield found
    found.close()


@pytest.fixture(scope="module")
def browser():
    from tests.playing.browsing import launched

    with launched() as found:
        yield found


@pytest.fixture
def page(playground):
    client = playground.client()
    client.begin({"layers": [{"units": 3}], "data": {"name": "xor"}, "training": {"engine": "numpy"}})
    yield client
    client.socket.close()
