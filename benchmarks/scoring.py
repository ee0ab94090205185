"""Rows scored a second by engines that have the rows, beside the same two cores without an engine.

`python -m benchmarks.scoring` prints a section for `benchmarks/results/scoring.md`. A model of `glassnet train` with
its usual layers scores a table of ten columns in eight Parquet files, and each way writes Parquet. The ways take
turns, and a ratio is of two times of one round. What starts once is not counted (processes of Dask, the session of
Spark, the first prediction of each worker), but for `glassnet predict`, which is timed as a whole command too.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

import glassnet as gn
from benchmarks.machine import machine
from benchmarks.spread import ratio
from glassnet.cli import main as main_of_command

N_FILES, N_ROWS, BATCH, ROUNDS, CORES = 8, 25_000, 25_000, 3, 2
WITHOUT = "without an engine, file by file"
Way = Callable[[Path, Path], Any]  # from a folder of files to another


def rows(seed: int, n: int) -> pl.DataFrame:
    """Houses, of which eight numbers and two names say the price."""
    rng = np.random.default_rng(seed)
    numbers = {f"x{k}": rng.normal(size=n).round(3) for k in range(8)}
    names = {name: rng.choice([f"{name}-{k}" for k in range(12)], n) for name in ("city", "kind")}
    frame = pl.DataFrame({"house": np.arange(n) + n * seed, **numbers, **names})
    price = pl.col("x0") * 3 + pl.col("x1") * pl.col("x2") + pl.col("city").str.len_chars()
    return frame.with_columns(price=price)


def trained(folder: Path) -> Path:
    """A model with the usual layers; how long it trained changes nothing about its speed."""
    training = gn.TableTraining(rows(99, 2000), "price", recipe=gn.Recipe(epochs=2), columns={"id": ["house"]})
    for _ in training.epochs():
        pass
    return training.model.save(folder / "model.safetensors")


def without(path: Path) -> Way:
    """One process, its threads, and nothing else."""
    model = gn.TableModel.load(path)

    def score(files: Path, out: Path) -> None:
        for file in sorted(files.glob("*.parquet")):
            pl.DataFrame(model.predict_table(pl.read_parquet(file))).write_parquet(out / file.name)

    return score


def by_command(path: Path) -> Way:
    """`glassnet predict`, from start to end."""

    def score(files: Path, out: Path) -> None:
        subprocess.run([sys.executable, "-m", *words(path, files, out)], check=True, stdout=subprocess.DEVNULL)

    return score


def begun(path: Path) -> Way:
    """The same without its start: within this process."""

    def score(files: Path, out: Path) -> None:
        sys.argv = words(path, files, out)
        with redirect_stdout(StringIO()), suppress(SystemExit):
            main_of_command()

    return score


def words(path: Path, files: Path, out: Path) -> list[str]:
    """The words of the command."""
    return ["glassnet", "predict", str(path), str(files / "*.parquet"), "--out", str(out / "parts")]


def by_polars(path: Path) -> Way:
    """Batches of polars' streaming engine."""
    model = gn.TableModel.load(path)

    def score(files: Path, out: Path) -> None:
        batches = pl.scan_parquet(files / "*.parquet").collect_batches(chunk_size=BATCH)
        for k, found in enumerate(model.predict_batches(batches)):
            found.write_parquet(out / f"{k:05}.parquet")

    return score


def by_duckdb(path: Path) -> Way:
    """Batches of Arrow from DuckDB, and back."""
    import duckdb
    import pyarrow

    model = gn.TableModel.load(path)

    def score(files: Path, out: Path) -> None:
        with duckdb.connect(config={"threads": CORES}) as connection:
            batches = connection.sql(f"SELECT * FROM '{files}/*.parquet'").to_arrow_reader(BATCH)
            found = pyarrow.Table.from_batches(model.predict_batches(batches))  # noqa: F841 - the query names it
            connection.sql(f"COPY (SELECT * FROM found) TO '{out}/all.parquet'")

    return score


@contextmanager
def by_dask(path: Path) -> Iterator[Way]:
    """Partitions on two workers with a thread each."""
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    def part(frame: Any) -> Any:
        return next(gn.TableModel.load_once(path).predict_batches([frame]))

    def score(files: Path, out: Path) -> None:
        houses = dd.read_parquet(f"{files}/*.parquet")
        houses.map_partitions(part, meta=part(houses.head(0))).to_parquet(str(out))

    with LocalCluster(n_workers=CORES, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster):
        yield score


@contextmanager
def by_spark(path: Path) -> Iterator[Way]:
    """`mapInPandas` in local[2]."""
    from pyspark.sql import SparkSession

    def part(batches: Iterator[Any]) -> Iterator[Any]:
        yield from gn.TableModel.load_once(path).predict_batches(batches)

    def score(files: Path, out: Path) -> None:
        houses = spark.read.parquet(str(files))
        found = houses.mapInPandas(part, schema="house long, prediction double")
        found.write.parquet(str(out / "parts"))

    made = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false")
    spark = made.config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH).getOrCreate()
    yield score
    spark.stop()


def ways(path: Path, stack: ExitStack) -> Iterator[tuple[str, Way]]:
    """All that can be tried here, by name."""
    yield WITHOUT, without(path)
    yield "`glassnet predict PATTERN --out FOLDER`, the whole command", by_command(path)
    yield "the same without its start", begun(path)
    yield "polars, `collect_batches`", by_polars(path)
    yield "DuckDB, batches of Arrow there and back", by_duckdb(path)
    yield "Dask, `map_partitions` on two workers", stack.enter_context(by_dask(path))
    if shutil.which("java"):
        try:
            yield "Spark, `mapInPandas` in `local[2]`", stack.enter_context(by_spark(path))
        except ImportError:
            return


def seconds(way: Way, files: Path) -> float:
    """How long a way takes; each row is scored, and what it wrote is removed."""
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        way(files, Path(name))
        taken = time.perf_counter() - began
        scored = pl.scan_parquet(f"{name}/**/*.parquet").select(pl.len()).collect().item()
        there = pl.scan_parquet(f"{files}/*.parquet").select(pl.len()).collect().item()
        if scored != there:
            raise RuntimeError(f"{scored:,} of {there:,} rows were scored")
    return taken


def measured(times: dict[str, list[float]], there: dict[str, Way], files: Path) -> None:
    """A round of all ways, one after the other."""
    for name, way in there.items():
        times.setdefault(name, []).append(seconds(way, files))


def told(times: dict[str, list[float]]) -> str:
    """The section."""
    n = N_FILES * N_ROWS
    lines = [f"| {name} | {n / median(each):,.0f} | {ratio(times[WITHOUT], each)} |" for name, each in times.items()]
    return "\n".join(
        [
            f"{machine()}; {n:,} rows in {N_FILES} files, {ROUNDS} rounds.",
            "",
            "| way | rows a second | beside the same cores without an engine |",
            "|---|---|---|",
            *lines,
        ]
    )


def main() -> None:
    """Measure, and print the section."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, path = Path(name), trained(Path(name))
        files, few = folder / "houses", folder / "few"
        for place, n_files, n_rows in ((files, N_FILES, N_ROWS), (few, 4, 1000)):
            place.mkdir()
            for k in range(n_files):
                rows(k, n_rows).drop("price").write_parquet(place / f"{k:02}.parquet")
        there, times = dict(ways(path, stack)), {}  # type: ignore[var-annotated]
        for way in there.values():
            seconds(way, few)  # what starts once
        for _ in range(ROUNDS):
            measured(times, there, files)
        print(told(times))


if __name__ == "__main__":
    main()
