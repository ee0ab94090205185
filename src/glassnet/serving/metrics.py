"""What a service has been asked, in the text format of Prometheus 0.0.4."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

from glassnet.serving.unusual import MISSING, OUT_OF_RANGE, UNSEEN, Unusual

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Counts = dict[tuple[tuple[str, str], ...], int]  # by their labels
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # seconds
VALUES = {
    UNSEEN: "Values that were not among the levels of training.",
    MISSING: "Values that were missing.",
    OUT_OF_RANGE: "Numbers and dates beyond those of training.",
}


class Metrics:
    """Counts of one process: those of other workers are others, told apart by the label `worker`."""

    def __init__(self, worker: int = 0) -> None:
        self.worker = str(worker)
        self.requests = Counter[tuple[str, int]]()
        self.rows = 0
        self.values: dict[str, Counter[str]] = {kind: Counter() for kind in VALUES}
        self.durations, self.seconds = [0] * (len(BUCKETS) + 1), 0.0
        self.inside = self.reloads = 0
        self.lock = threading.Lock()  # rows of large requests are predicted in a thread

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request has been answered, with this status, in so many seconds from its first byte to the answer."""
        self.requests[path, status] += 1
        self.durations[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds

    def predicted(self, n_rows: int, unusual: Iterable[Unusual]) -> None:
        """Rows have been predicted, some with unusual values."""
        with self.lock:
            self.rows += n_rows
            for each in unusual:
                self.values[each.kind][each.column] += 1

    def text(self, model: str, weights: str) -> str:
        """All counts, a line each."""
        return "".join(f"{line}\n" for line in self._lines(model, weights))

    def _lines(self, model: str, weights: str) -> Iterator[str]:
        yield from self._metric("rows_total", "counter", "Rows that were predicted.", {(): self.rows})
        for kind, says in VALUES.items():
            counts: Counts = {(("column", name),): n for name, n in self.values[kind].items()}
            yield from self._metric(f"{kind}_values_total", "counter", says, counts)
        requests: Counts = {(("path", path), ("status", str(status))): n for (path, status), n in self.requests.items()}
        yield from self._metric("requests_total", "counter", "Requests that were answered.", requests)
        yield from self._histogram()
        yield from self._metric("requests_inside", "gauge", "Requests that wait for an answer.", {(): self.inside})
        yield from self._metric("reloads_total", "counter", "How often the model was replaced.", {(): self.reloads})
        info: Counts = {(("model", model), ("weights", weights)): 1}
        yield from self._metric("model_info", "gauge", "The model that is served, and the hash of its weights.", info)

    def _metric(self, name: str, kind: str, says: str, values: Counts) -> Iterator[str]:
        yield f"# HELP glassnet_{name} {says}"
        yield f"# TYPE glassnet_{name} {kind}"
        for labels, value in values.items():
            yield f"glassnet_{name}{self._labels(labels)} {value}"

    def _histogram(self) -> Iterator[str]:
        name = "glassnet_request_seconds"
        yield f"# HELP {name} Seconds from the first byte of a request to its answer."
        yield f"# TYPE {name} histogram"
        for end, n in zip((*map(str, BUCKETS), "+Inf"), accumulate(self.durations), strict=True):
            yield f"{name}_bucket{self._labels((('le', end),))} {n}"
        yield f"{name}_sum{self._labels(())} {self.seconds!r}"
        yield f"{name}_count{self._labels(())} {sum(self.durations)}"

    def _labels(self, labels: Iterable[tuple[str, str]]) -> str:
        pairs = (f'{name}="{escaped(value)}"' for name, value in (*labels, ("worker", self.worker)))
        return f"{{{','.join(pairs)}}}"


def escaped(value: str) -> str:
    r"""The value of a label, as the format writes it.

    >>> escaped('a "b"\n')
    'a \\"b\\"\\n'
    """
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
