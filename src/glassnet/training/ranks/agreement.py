"""What ranks must have in common before a training and after each epoch of it."""

import hashlib
import pickle
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.ranks.communicator import Communicator
from glassnet.engine.ranks.reduction import Ranks
from glassnet.errors import InvalidInput, shortened
from glassnet.formulas.elementary import Array
from glassnet.training.ranks.common import in_common, is_common, meet, of_first, sentence, together

if TYPE_CHECKING:
    from glassnet.training.loop.run import Run
    from glassnet.training.loop.validated_run import ValidatedRun


def from_first(communicator: Communicator, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with what rank 0 alone draws and reads: the seed, and the checkpoint to resume from."""
    from glassnet.training.keywords import check_names
    from glassnet.training.loop.settings import Settings
    from glassnet.training.loop.validated_run import read

    def check() -> None:
        check_names(asked)
        Settings.of(asked)

    together(communicator, "reads its settings", check)

    def drawn() -> tuple[int | None, Any]:
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if asked.get("seed") is None else None
        return seed, read(asked.get("resume"), Settings.of(asked))

    seed, saved = of_first(communicator, "begins to train", drawn)
    if saved is None and seed is not None:
        return {**asked, "resume": None, "seed": seed}
    return {**asked, "resume": saved}


def check_alike(
    communicator: Communicator, validated: "ValidatedRun", dtype: "np.dtype", others: Mapping[str, Any]
) -> None:
    """Refuse ranks that would train something else: other rows, layers, settings or versions."""
    from glassnet.training.checkpoints.reader import identity_of

    found = identity_of(
        validated.layout, validated.settings, dtype, validated.seed, validated.train, validated.held_out
    )
    facts = {**found, **others, "epochs": validated.settings.epochs, "reduction": validated.settings.reduction}
    facts["random numbers"] = digest(pickle.dumps(validated.rng.bit_generator.state))
    if not isinstance(validated.settings.shuffle, bool):
        facts["shuffle"] = digest(pickle.dumps(validated.settings.shuffle))
    met = meet(communicator, "checks its settings", facts)
    for rank, other in enumerate(met):
        for name, first in met[0].items():
            if other.get(name) != first:
                raise in_common(InvalidInput(difference(name, rank, first, other.get(name))))


def difference(name: str, rank: int, first: Any, other: Any) -> str:
    """What a rank has that rank 0 has not, in a sentence."""
    if name in ("data", "validation") and isinstance(first, dict) and isinstance(other, dict):
        array = next(key for key in {**first, **other} if first.get(key) != other.get(key))
        where = "to train on" if name == "data" else "to validate on"
        return f"rank {rank} has other rows {where} than rank 0: its {array} differs. All ranks must be given the same."
    here, there = (shortened(str(value), 100) for value in (other, first))
    return f"rank {rank} has another {name} than rank 0: {here}, there it is {there}. All ranks must be given the same."


def check_rows(ranks: Ranks, n_rows: int) -> None:
    """Refuse more ranks than rows in a batch."""
    if n_rows < ranks.size:
        raise InvalidInput(
            f"{ranks.size} ranks are more than the {n_rows} rows of a batch: start fewer, or give a larger batch_size."
        )


def digest(content: Any) -> str:
    """A short text for bytes."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def share_first(ranks: Ranks, vectors: tuple[Array, ...]) -> None:
    """Put the vectors of rank 0 in the place of those of all others."""
    first = meet(ranks.communicator, "draws its parameters", vectors if ranks.is_first else None)[0]
    for own, vector in zip(vectors, first, strict=True):
        own[...] = vector


def agree(run: "Run") -> None:
    """After an epoch: all ranks have the same parameters, and end where rank 0 ends."""
    if run.ranks is None:
        return
    plan, stopping = run.job.plan, run.stopping
    held = digest(plan.parameters.tobytes() + plan.state.tobytes())
    met = meet(run.ranks.communicator, f"has done epoch {run.number}", (held, stopping.ended, stopping.for_good))
    for rank, (other, *_) in enumerate(met):
        if other != met[0][0]:
            raise in_common(
                InvalidInput(
                    f"rank {rank} has other parameters than rank 0 after epoch {run.number}: do all ranks have the "
                    "same kind of processor and the same versions?"
                )
            )
    _, stopping.ended, stopping.for_good = met[0]


def go_on_together(run: "Run", what: str = "goes on") -> None:
    """After an epoch all ranks go on, or all leave the loop."""
    if run.ranks is not None:
        meet(run.ranks.communicator, f"{what} after epoch {run.number}")


def end_all(run: "Run", error: BaseException, last: Callable[[], str]) -> None:
    """After an error that this rank alone has, end all of them, and name the last checkpoint."""
    if run.ranks is None or is_common(error):
        return
    if isinstance(error, GeneratorExit):
        go_on_together(run, "leaves the loop")
        return
    checkpoint = last()
    after = f" resume={checkpoint!r} continues from the last checkpoint." if checkpoint else ""
    interrupted = isinstance(error, KeyboardInterrupt)
    said = "stopped by Ctrl-C." if interrupted else sentence(error).rstrip(".") + "."
    run.ranks.communicator.abort(f"{said} All ranks end here.{after}", 130 if interrupted else 1)
