"""What all tests share."""

import pytest

from glassnet.engine.choice import installed


@pytest.fixture(autouse=True, scope="session")
def the_line_about_compiling_is_said_before_tests_read_what_is_printed():
    if installed("numba") and installed("scipy"):
        from glassnet.engine.compiled.cache import tell_once

        tell_once()
