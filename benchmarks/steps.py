"""A training step of each case by each library, and the goals for it."""

from collections.abc import Iterator
from functools import partial

from benchmarks import figures
from benchmarks.busy import busy_core, busy_options
from benchmarks.cases import CASES
from benchmarks.goals import Goal, speedup
from benchmarks.options import Options
from benchmarks.peers import Peer
from benchmarks.rounds import interleave
from benchmarks.section import Section, paragraphs
from benchmarks.spread import Spread
from benchmarks.timings import Cell, Results, table
from benchmarks.worker import Call, Measure, Stopwatch

OURS, NUMPY, FLOOR, EAGER = "compiled", "numpy", "floor", "pytorch"
PEERS = {
    OURS: Peer("glassnet, compiled engine", "glassnet:step_compiled", ("glassnet", "numba", "scipy")),
    NUMPY: Peer("glassnet, NumPy engine", "glassnet:step_numpy", ("glassnet", "numpy")),
    FLOOR: Peer("floor: products and traffic", "floor:Floor", ("numpy", "scipy", "numba")),
    EAGER: Peer("PyTorch eager", "pytorch:step", ("torch",)),
    "pytorch_fused": Peer("PyTorch, fused optimiser", "pytorch:step_fused", ("torch",)),
    "jax": Peer("JAX, a call a step", "jax_optax:step_call", ("jax", "optax")),
    "jax_scan": Peer("JAX, steps in one scan", "jax_optax:step_scan", ("jax", "optax")),
    "keras": Peer("Keras on JAX, train_on_batch", "keras_jax:step", ("keras", "jax")),
    "scikit_learn": Peer("scikit-learn, partial_fit", "scikit_learn:step", ("scikit-learn",)),
    "tinygrad": Peer("tinygrad, TinyJit", "tinygrad_jit:step", ("tinygrad",)),
    "mygrad": Peer("MyGrad", "mygrad_numpy:step", ("mygrad",)),
}
QUICK = [OURS, NUMPY, FLOOR, EAGER, "jax_scan"]
WHILE_BUSY = [OURS, EAGER, "jax_scan"]
OTHERS = [peer for peer in PEERS if peer not in (OURS, NUMPY, FLOOR)]

# By case: how many times as fast as the fastest peer, and at most how many times the floor.
BESIDE_PEERS = {
    **dict.fromkeys(["xor", "iris", "clouds", "matexp"], 2.0),
    **dict.fromkeys(["regression", "tabular", "mnist", "wide"], 1.1),
}
ABOVE_FLOOR = {**dict.fromkeys(["regression", "tabular", "mnist", "wide"], 1.25), "matexp": 2.0}
BESIDE_EAGER = dict.fromkeys(["xor", "iris", "clouds"], 100.0)
NUMPY_BESIDE_EAGER = {**dict.fromkeys(CASES, 1.0), **dict.fromkeys(["xor", "iris"], 5.0)}

TEXT = """Microseconds a step. All computations are in float32, on one batch that stays the same. The floor is what
the step's products of matrices take at the speed that the faster of NumPy's and SciPy's BLAS has for exactly these
shapes, and what reading and writing the optimiser's vectors takes at the speed of memory for so much of it, both
measured in the same round with all threads. A cell gives the median of the rounds with the fastest and the slowest
in brackets."""

DETAILS = """What each does with a batch: glassnet's NumPy engine an epoch of this one batch, with the loss and the
check that it is finite; its compiled engine the same, and on small batches an epoch of 100, each gathered from the
data; PyTorch zero_grad, loss, backward and step; JAX a compiled step, or 100 of them (4 on wide) compiled into one
scan; Keras train_on_batch, and scikit-learn partial_fit, both with their own checks of the data; tinygrad a step
that TinyJit replays; MyGrad loss, backward, and the update written in NumPy."""

RATIO = "× the compiled engine's time"
BUSY_TEXT = """The same while a process that computes without end keeps one core busy."""
RATIOS = """Times the compiled engine's, round by round: above 1, glassnet is faster. The median of the ratios need
not be the ratio of the medians."""


def prepare(seconds: float, peer: str, case: str) -> Measure:
    """What times a step; runs in the library's process."""
    made = PEERS[peer].build(CASES[case])
    return Stopwatch(made, seconds).time if isinstance(made, Call) else partial(made.time, seconds)


def run(options: Options) -> Section:
    """Time everything; write the figure."""
    cases = [case for case in CASES if not options.cases or case in options.cases]
    peers = {peer: PEERS[peer] for peer in options.chosen(list(PEERS), QUICK)}
    results = interleave(partial(prepare, options.seconds), cases, peers, options, "steps")
    figures.steps(results, OURS, options.out / f"{options.name}.png")
    few = {peer: PEERS[peer] for peer in WHILE_BUSY if peer in peers}
    with busy_core():
        busy = interleave(partial(prepare, options.seconds), cases, few, busy_options(options), "steps, busy")
    found = paragraphs(text(results, options), BUSY_TEXT, *ratios(busy))
    return Section("A training step", found, [*goals(results), *busy_goals(busy)], results.libraries)


def ratios(results: Results) -> list[str]:
    """Microseconds and times the compiled engine's, without the floor."""
    return [results.table("µs a step, one core busy", microseconds(results)), results.ratios(RATIO, OURS)]


def busy_goals(results: Results) -> Iterator[Goal]:
    """The engine holds its place beside JAX."""
    for case in results.rows:
        sentence = f"{case}: a training step beside JAX's scan, one core kept busy"
        yield speedup(sentence, results.ratio(case, "jax_scan", OURS), 1.0)


def goals(results: Results) -> Iterator[Goal]:
    """Every goal of the cases that were run."""
    for case in results.rows:
        step, fastest = f"{case}: a training step", results.fastest(case, OTHERS)
        beside = f"{step} beside the fastest peer, {results.label(fastest)}"
        yield speedup(beside, results.ratio(case, fastest, OURS), BESIDE_PEERS[case])
        if case in BESIDE_EAGER:
            yield speedup(f"{step} beside PyTorch eager", results.ratio(case, EAGER, OURS), BESIDE_EAGER[case])
        if case in ABOVE_FLOOR:
            yield Goal(f"{step} above its floor", results.ratio(case, OURS, FLOOR), ABOVE_FLOOR[case], at_most=True)
        numpy = f"{step} of the NumPy engine beside PyTorch eager"
        yield speedup(numpy, results.ratio(case, EAGER, NUMPY), NUMPY_BESIDE_EAGER[case])


def microseconds(results: Results) -> Cell:
    """How a cell is shown."""
    return lambda case, peer: str(Spread.of([1e6 * seconds for seconds in results.seconds(case, peer)]))


def text(results: Results, options: Options) -> str:
    return paragraphs(
        TEXT,
        f"![microseconds a step]({options.name}.png)",
        results.table("µs a step", microseconds(results)),
        RATIOS,
        results.ratios(RATIO, OURS),
        results.reasons(),
        table(["case", "a step"], [[case, str(CASES[case])] for case in results.rows]),
        DETAILS,
        results.cores("cores busy", skip=[FLOOR]),
    )
