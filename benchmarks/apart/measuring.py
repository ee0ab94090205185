"""Fits one after another, each written down at once, so that a run which was stopped goes on."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.apart.peers import PEERS, THREADS
from benchmarks.tabular.models import MODELS, fitted
from benchmarks.tabular.results import merged, read
from glassnet.engine.machine.threads import limited

Parts = tuple[str, Any, Any, Any, Any]  # task, X_train, X_test, y_train, y_test


def measured(score: Any, model: str, name: str, split: int, parts: Parts) -> dict[str, Any]:
    """One fit, with its score."""
    task, X, X_test, y, y_test = parts
    made = PEERS[model](task, split, X) if model in PEERS else MODELS[model](task, split)
    with limited(THREADS):
        times, predictions, probabilities = fitted(made, task, X, y, X_test)
    rounded = {key: round(value, 5) for key, value in (times | score(task, y_test, predictions, probabilities)).items()}
    day = datetime.now(UTC).date().isoformat()
    return {"data": name, "split": split, "model": model, "task": task, **rounded, "day": day}


def measure(
    file: Path, wanted: Iterable[tuple[str, str, int]], load: Callable[[str, int], Parts], score: Any, again: bool
) -> list[dict[str, Any]]:
    """All runs of a file, after the fits (model, table, split) that it lacked, or all of them `again`."""
    there = set() if again else {(run["model"], run["data"], run["split"]) for run in read(file)}
    for model, name, split in wanted:
        if (model, name, split) not in there:
            made = measured(score, model, name, split, load(name, split))
            print(json.dumps(made), flush=True)
            file.write_text("[\n" + ",\n".join(map(json.dumps, merged(read(file), [made]))) + "\n]\n")
    return read(file)
