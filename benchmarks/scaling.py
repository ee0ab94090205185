"""Cost against size: rows, features, width, depth and batch, one made larger and the others kept."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from benchmarks import figures
from benchmarks.goals import Goal
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.sizes import SWEEPS
from benchmarks.spread import Spread, durations
from benchmarks.timings import Results, table
from benchmarks.worker import Measure, Stopwatch

OURS, BOUND = "compiled", 1.05
PEERS = {OURS: Peer("glassnet, compiled engine", "glassnet:sized_epoch", ("glassnet", "numba", "scipy"))}

TEXT = """Seconds of an epoch of the compiled engine against each size, rows shuffled. The slope is that of log
seconds against log multiply-adds, fitted by least squares over the larger half of the sizes, where constant costs
do not flatter it: 1 is in proportion to the work."""


def prepare(seconds: float, peer: str, row: str) -> Measure:
    """What times an epoch of a size; runs in the library's process."""
    sweep, _, value = row.partition(" ")
    return Stopwatch(PEERS[peer].build(SWEEPS[sweep].size(int(value))), seconds).time


def run(options: Options) -> Section:
    rows = [f"{name} {value}" for name, sweep in SWEEPS.items() for value in sweep.chosen(options.quick)]
    results = interleave(partial(prepare, options.seconds), rows, PEERS, options, "scaling")
    sweeps = {name: Measured(results, name, sweep.chosen(options.quick)) for name, sweep in SWEEPS.items()}
    path = options.out / ("scaling_quick.png" if options.quick else "scaling.png")
    figures.scaling(sweeps, path)
    lines = [[name, SWEEPS[name].sentence, str(m.slope()), m.ends()] for name, m in sweeps.items()]
    text = paragraphs(
        TEXT,
        f"![seconds against each size]({path.name})",
        table(["size", "with", "slope", "from … to"], lines),
        results.reasons(),
    )
    return Section("Cost against size", text, list(goals(sweeps)), results.libraries)


class Measured:
    """The seconds of one sweep, with the slope against the work."""

    def __init__(self, results: Results, name: str, values: list[int]):
        self.values = [value for value in values if results.has(f"{name} {value}", OURS)]
        self.rounds = np.array([results.seconds(f"{name} {value}", OURS) for value in self.values])
        self.work = np.array([SWEEPS[name].size(value).work for value in self.values])

    @property
    def half(self) -> slice:
        """The larger half of the sizes."""
        return slice(len(self.values) // 2, None)

    def slope(self) -> Spread | None:
        """Of each round by itself, for the spread; and of the medians."""
        if len(self.values[self.half]) < 2:
            return None
        slopes = [self.fitted(seconds)[0] for seconds in self.rounds.T]
        return Spread(self.fitted(np.median(self.rounds, axis=1))[0], min(slopes), max(slopes))

    def fitted(self, seconds: np.ndarray) -> tuple[float, float]:
        """(slope, intercept) of log seconds against log work over the larger half."""
        slope, intercept = np.polyfit(np.log(self.work[self.half]), np.log(seconds[self.half]), 1)
        return float(slope), float(intercept)

    def ends(self) -> str:
        """The smallest and the largest size with their seconds."""
        places = (0, -1) if self.values else ()
        return " … ".join(f"{self.values[i]:,}: {durations(list(self.rounds[i]))}" for i in places)


def goals(sweeps: Mapping[str, Measured]) -> Iterator[Goal]:
    for name, measured in sweeps.items():
        sentence = f"{name}: slope of an epoch's time against its work"
        yield Goal(sentence, measured.slope(), BOUND, at_most=True)
