"""What all tests share."""

import os
import signal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from glassnet.engine.selection import installed
from tests.covering import left_out

collect_ignore = [
    "kernels.py",
    "lowest.py",
    "pythons.py",
    "training/kills.py",
    "training/mpi_program.py",
    "training/beyond_memory.py",
    "cli/beyond_memory.py",
    "playing/film.py",
]  # programs, which make or a test starts

PICTURES_BY = (3, 11)  # the version of Matplotlib that drew the references; older ones set letters otherwise
PICTURE_TOLERANCE = 4.0  # root mean square of 256 shades: letters may move by a fraction of a dot between versions

# A shell without job control starts what it puts in the background deaf to Ctrl-C, which some tests press.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine fails no test, and CI draws the same examples every time. `make test-long` searches wider.
settings.register_profile(
    "glassnet",
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
# Where the same are tried each time, 100 would find no more on the next day.
settings.register_profile("wide", settings.get_profile("glassnet"), max_examples=30 if "CI" in os.environ else 100)
settings.load_profile("glassnet")

# `make test` runs the tests twice, with GLASSNET_ENGINE=numpy and =compiled; these files and folders only once.
# With numpy: where no network is trained, or by an engine that is named, so that GLASSNET_ENGINE changes nothing; and
# demos and what is done with any training, as other tests hold that both engines give the same.
ONCE = (
    "benchmarks", "cli", "demos", "engine", "exports", "files", "insight", "listeners", "pictures", "playing",
    "reinforcement", "serving", "sources", "taping", "tuning", "typing",
    *(f"estimators/test_{name}.py" for name in ("partial_fit", "tabular", "tabular_input", "tabular_splits")),
    *(f"importing/test_{name}.py" for name in ("from_keras", "hostile_onnx")),
    *(
        f"forecasting/test_{name}.py"
        for name in (
            "asked", "backtest", "candidates", "cold_start", "forecaster", "fourier", "known_ahead", "linear",
            "report_figures", "saved_forecasters", "scores", "time_axis",
        )
    ),
    *(
        f"formulas/test_{name}.py"
        for name in ("activations", "description", "formula_reader", "initializers", "noise", "schedules")
    ),
    *(f"layers/test_{name}.py" for name in ("activate", "max_norm", "normalization", "scale_and_noise", "slices")),
    *(
        f"tables/test_{name}.py"
        for name in (
            "batches", "calibration", "chunks", "column_effects", "column_kinds", "column_options", "contributions",
            "counterfactual", "cross_validation", "datasets", "encoder", "explanation", "file_kinds", "found_columns",
            "gain", "guessed_splits", "kinds", "layout", "network_pictures", "new_rows", "objects", "own_rows",
            "plain_tables", "reading", "report", "rows", "rows_curve", "single_values", "split", "split_by",
            "streamed", "table_predictor", "target", "threshold_and_weights", "update", "verdict", "whole_models",
            "wide_tables",
        )
    ),
    *(
        f"training/test_{name}.py"
        for name in (
            "endings", "large_data", "metrics", "prefetch", "recovery", "refused_checkpoints", "row_cache", "splitting",
            "spread", "steps", "within_epochs",
        )
    ),
    *(
        f"test_{name}.py"
        for name in (
            "architecture", "bad_input", "calls", "cluster_files", "covering",
            "derivations", "docstrings", "errors", "habits",
            "installed", "notebook", "packages", "passes", "project_files", "reference", "site_versions",
            "wrong_values",
        )
    ),
)  # fmt: skip
# With compiled: they name that engine.
COMPILED = ("engine/compiled", "training/test_mpi.py", "training/test_ranks.py")
# With compiled only in `make test-long`: examples of pages and docstrings, what scikit-learn does with any estimator.
# Other tests hold that both engines give the same there.
LATER = (
    "estimators/test_checks.py", "estimators/test_same_as_theirs.py", "estimators/test_within_scikit_learn.py",
    "tables/test_predicted_distributions.py", "test_documents.py", "../src",
)  # fmt: skip
# With numpy in `make test-long` alone: what imports something large, and what others test as well.
LONG = (
    "estimators/test_their_own_tests.py", "listeners/test_mlflow.py", "serving/test_serving_mlflow.py",
    "../src/glassnet/listeners/mlflow.py",
)  # fmt: skip
# Where coverage is not measured, which doubles their time: other tests run the same lines.
NOT_MEASURED = {
    "numpy": (
        "files/test_hostile_files.py", "test_documents.py", "tables/test_single_values.py",
        *(f"estimators/test_{name}.py" for name in ("checks", "same_as_theirs", "their_own_tests")),
    ),
    "compiled": (
        "estimators", "formulas", "golden", "importing", "layers", "tables", "test_odd_arguments.py", "training",
    ),
}  # fmt: skip


PASSES = {
    (Path(__file__).parent / place).resolve(): mark
    for mark, places in (("long", LATER), ("once", ONCE), ("compiled", COMPILED))
    for place in places
}
LARGE = {(Path(__file__).parent / place).resolve() for place in LONG}


@cache
def pass_of(path: Path) -> str | None:
    """The mark of the tests in a file that one of the passes leaves out."""
    marks = {PASSES[place] for place in (path, *path.parents) if place in PASSES}
    with_compiled = os.environ.get("GLASSNET_ENGINE") == "compiled"
    for mark in ("compiled", "once", *(["long"] if with_compiled else [])):
        if mark in marks:
            return mark
    return None


@cache
def is_measured(path: Path) -> bool:
    """Whether the lines that the tests in a file run count as covered by them."""
    places = NOT_MEASURED.get(os.environ.get("GLASSNET_ENGINE", ""), ())
    return not any(path.is_relative_to(Path(__file__).parent / place) for place in places)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of which a pass leaves out everything is not even imported."""
    mark = pass_of(collection_path) if collection_path.suffix == ".py" else None
    marks = [*([mark] if mark else []), *(("long", "once") if collection_path in LARGE else ())]
    return True if any(f"not {each}" in config.option.markexpr for each in marks) else None


OF_ENGINE = {"compiled": "compiled", "numpy": "once"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what one of the two passes leaves out: `once` with compiled, `compiled` with numpy, and `long` later."""
    for item in items:
        call = getattr(item, "callspec", None)
        engine = str(call.params.get("engine")) if call is not None else ""
        if mark := pass_of(item.path) or OF_ENGINE.get(engine):
            item.add_marker(mark)
        if item.path in LARGE:
            item.add_marker("long")
            item.add_marker("once")
        if item.config.pluginmanager.hasplugin("_cov") and not is_measured(item.path):
            item.add_marker("no_cover")
    for item in left_out(items):
        item.add_marker("long")


@pytest.fixture(autouse=True, scope="session")
def the_line_about_compiling_is_said_before_tests_read_what_is_printed():
    if installed("numba"):
        from glassnet.engine.compiled.codegen.cache import tell_once

        tell_once()


@pytest.fixture
def same_picture(tmp_path):
    """Compare a Figure with tests/pictures/references/NAME.png; `REDRAW=1` draws it anew, to be judged by eye."""
    import matplotlib
    from matplotlib.testing.compare import compare_images

    from glassnet.drawing import save_figure

    def compare(figure, name):
        reference = Path(__file__).parent / "pictures" / "references" / f"{name}.png"
        if os.environ.get("REDRAW"):
            save_figure(figure, reference)
            return
        drawn = save_figure(figure, tmp_path / f"{name}.png")
        assert reference.exists(), f"no reference of {name}: REDRAW=1 draws it"
        if matplotlib.__version_info__[:2] >= PICTURES_BY:
            assert compare_images(str(reference), str(drawn), PICTURE_TOLERANCE) is None
        assert save_figure(figure, tmp_path / f"{name}.svg").read_bytes().rstrip().endswith(b"</svg>")

    return compare
