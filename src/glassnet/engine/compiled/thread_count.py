"""How many threads one call of the interpreter is worth."""

from glassnet.engine.machine import threads

WORTH = 10_000_000  # multiply-adds of a call from which on a second thread is worth waking


def threads_for(multiply_adds: int, most_tasks: int) -> int:
    """As many as may be used, but one for little work, and no more than there are tasks at a time."""
    return min(threads.available() if multiply_adds >= WORTH else 1, most_tasks)
