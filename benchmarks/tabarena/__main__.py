"""Runs glassnet on TabArena and compares it with its leaderboard: `python -m benchmarks.tabarena`.

It needs an environment of its own, with `pip install "tabarena[plot]"` and this package, and loads the tables from the
internet. Without options it takes the first split of each small table ("TabArena-Lite"); `--subset` names others.
`--trial` takes small tables of scikit-learn instead, with few epochs, to see that all parts fit together: for these
nothing is loaded.
"""

import argparse
from pathlib import Path
from typing import Any

import glassnet as gn
from benchmarks.tabarena.system import FOLDS, GlassnetSystem
from benchmarks.tabarena.trial import trial

TRIED = 16  # epochs: enough to see that it runs


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tabarena", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("tabarena"), help="folder for the runs and the leaderboard")
    parser.add_argument(
        "--subset", nargs="*", default=["small", "lite"], help="tables and splits, as TabArena has them"
    )
    parser.add_argument("--networks", type=int, default=FOLDS, help=f"folds, each with a network ({FOLDS})")
    parser.add_argument("--max-time", type=int, default=3600, help="seconds for each fit (3600)")
    parser.add_argument("--trial", action="store_true", help="small tables of scikit-learn, without the internet")
    return parser.parse_args()


def main() -> None:
    from tabarena.benchmark.experiment import TabArenaV0pt1ExperimentBundle  # type: ignore[import-not-found]
    from tabarena.contexts import TabArenaContext  # type: ignore[import-not-found]
    from tabarena.utils.config_utils import SystemConfigGenerator  # type: ignore[import-not-found]

    given = arguments()
    configs: list[dict[str, Any]] = [{"n_ensemble": given.networks}]
    if given.trial:  # two entries, as a leaderboard compares at least so many
        configs = [{"n_ensemble": n, "settings": {"recipe": gn.Recipe(epochs=TRIED)}} for n in (1, given.networks)]
    entry = SystemConfigGenerator(GlassnetSystem, "glassnet", manual_configs=configs)
    bundle = TabArenaV0pt1ExperimentBundle(models=[(entry, 0)], system_experiments=True)
    context = trial(given.out / "tables") if given.trial else TabArenaContext()
    context.build_and_run_jobs(
        bundle.build_experiments(time_limit=given.max_time),
        expname=str(given.out / "runs"),
        subset=None if given.trial else given.subset or None,
        debug_mode=True,  # in this process
    )
    leaderboard = context.compare(output_dir=given.out / "leaderboard")
    print(context.leaderboard_to_website_format(leaderboard=leaderboard).to_string(index=False))


if __name__ == "__main__":
    main()
