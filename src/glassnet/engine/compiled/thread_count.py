"""How many threads one call of the interpreter is worth."""

from glassnet.engine.machine import threads

WORTH = 10_000_000  # multiply-adds of a call from which on a second thread is worth waking
SHARED = 300_000  # multiply-adds of a step from which on it is worth sharing out among threads that are awake


def threads_for(multiply_adds: int, most_tasks: int) -> int:
    """As many as may be used, but one for little work, and no more than there are tasks at a time."""
    return min(threads.available() if multiply_adds >= WORTH else 1, most_tasks)


def threads_for_steps(multiply_adds: int, steps: int, most_tasks: int) -> int:
    """As many for a call of several steps, of so many multiply-adds each; one where a step is soon done."""
    return threads_for(multiply_adds * steps, most_tasks) if multiply_adds >= SHARED else 1
