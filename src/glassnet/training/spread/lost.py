"""Parcels whose worker died: they are sent once more, and given up where that happens again and again."""

from collections import Counter

from glassnet.calls import warn
from glassnet.errors import GlassnetError

MOST = 3  # times that one parcel may be lost


class Losses:
    """How often each parcel was lost with a worker."""

    def __init__(self) -> None:
        self.of: Counter[int] = Counter()

    def note(self, numbers: "list[int]", why: str) -> None:
        """These were lost, and are to be done again; an error if one of them was lost too often."""
        self.of.update(numbers)
        worst = max((self.of[number] for number in numbers), default=0)
        if worst > MOST:
            raise GlassnetError(
                f"a worker died {worst} times with the same fits: it may need more memory than it has, so use fewer "
                f"workers, or see its log ({why})."
            )
        warn(f"a worker died; what it was at is done again ({why}).", RuntimeWarning)
