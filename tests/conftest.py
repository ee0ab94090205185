"""What all tests share."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

from glassnet.engine.choice import installed

collect_ignore = ["training/kills.py", "training/beyond_memory.py"]  # programs that tests start

# A shell without job control starts what it puts in the background deaf to Ctrl-C, which some tests press.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine fails no test, and CI draws the same examples every time.
settings.register_profile(
    "glassnet", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("glassnet")


@pytest.fixture(autouse=True, scope="session")
def the_line_about_compiling_is_said_before_tests_read_what_is_printed():
    if installed("numba"):
        from glassnet.engine.compiled.cache import tell_once

        tell_once()
