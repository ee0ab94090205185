"""The same on real processes, started by mpiexec: bits, killed ranks, and sentences from one of them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pytest

pytest.importorskip("numba")
pytest.importorskip("mpi4py")

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "mpi_program.py"
LIMIT = 400  # seconds that a command may take, on a busy machine and from nothing compiled


def beside() -> str | None:
    """The mpiexec of the interpreter's own packages."""
    try:
        files = metadata.files("mpich") or []
    except metadata.PackageNotFoundError:
        files = []
    return next((str(Path(str(file.locate())).resolve()) for file in files if file.name == "mpiexec"), None)


MPIEXEC = beside() or shutil.which("mpiexec")
pytestmark = pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec")


def environment() -> dict[str, str]:
    """That of this process, with the MPI library that belongs to mpiexec, and one thread a rank."""
    libraries = sorted((Path(str(MPIEXEC)).parents[1] / "lib").glob("libmpi.so.[0-9]*"))
    found = {**os.environ, "GLASSNET_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    return found | ({"MPI4PY_LIBMPI": str(libraries[0])} if libraries else {})


def mpiexec(n: int, *command: object, cwd: Path | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The end of a command on n ranks; all processes of one that takes too long are killed."""
    line = [str(MPIEXEC), "-n", str(n), *map(str, command)]
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment() | variables,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{line} did not end")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(line, process.returncode, out, err)


def program(n: int, *given: object) -> "subprocess.CompletedProcess[str]":
    return mpiexec(n, sys.executable, PROGRAM, *given)


def sentences(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("glassnet: ") and "compiling" not in line]


@pytest.fixture(scope="module")
def alone() -> str:
    """What one process without mpiexec trains."""
    command: Sequence[str] = (sys.executable, "-W", "ignore", str(PROGRAM), "bits")
    ended = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=LIMIT, check=True)
    return ended.stdout


@pytest.mark.parametrize("n", [2, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 3, 4))])
def test_any_number_of_ranks_gives_the_bits_of_one_process(alone, n):
    ended = program(n, "bits")
    assert (ended.returncode, ended.stdout) == (0, alone), ended.stderr


@pytest.mark.parametrize("rank", [0, pytest.param(1, marks=pytest.mark.long)])
def test_a_killed_rank_ends_all(tmp_path, rank):
    ended = program(2, "fail", "kill", rank, 3, tmp_path)
    assert ended.returncode != 0
    assert "done" not in ended.stdout


def test_an_error_of_one_rank_ends_all_and_names_the_checkpoint(tmp_path):
    ended = program(2, "fail", "raise", 1, 3, tmp_path)
    assert ended.returncode != 0
    (said,) = sentences(ended.stderr)
    assert said.startswith("glassnet: rank 1: ValueError: something of my own. All ranks end here. resume='")
    assert str(tmp_path) in said


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_ranks_killed_in_turn_at_random_moments(tmp_path, seed):
    import random

    draw = random.Random(seed)
    ended = program(3, "fail", draw.choice(["kill", "raise"]), seed % 3, draw.randint(1, 300), tmp_path)
    assert ended.returncode != 0
    assert list(tmp_path.glob("epoch-*.safetensors"))


def test_a_full_disk_of_rank_0_is_told_and_training_goes_on(tmp_path):
    ended = program(2, "fail", "full", 0, 3, tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "done\n"), ended.stderr
    assert "Training continues; its last checkpoint is" in ended.stderr


TABLE = "x,y,z\n" + "".join(f"{k % 7},{k % 5},{'ab'[(k % 7) > 3]}\n" for k in range(60))
TRAIN = f"exec {sys.executable} -m glassnet train table-$PMI_RANK.csv --target z --epochs 2 --out run"


@pytest.fixture
def tables(tmp_path):
    """A table for each of two ranks, as on disks of their own."""
    for rank in range(2):
        (tmp_path / f"table-{rank}.csv").write_text(TABLE)
    return tmp_path


def refused(folder: Path, command: str, **variables: str) -> str:
    """The one sentence with which a command ends on two ranks."""
    ended = mpiexec(2, "sh", "-c", command, cwd=folder, **variables)
    assert ended.returncode != 0
    (said,) = sentences(ended.stderr)
    assert not (folder / "run" / "model.safetensors").exists()
    return said


def test_ranks_with_other_files_are_refused(tables):
    (tables / "table-1.csv").write_text(TABLE.replace(",3,", ",1,"))
    assert "rank 1 has other" in refused(tables, TRAIN)


def test_a_rank_that_cannot_read_its_file_says_so(tables):
    (tables / "table-1.csv").unlink()
    assert refused(tables, TRAIN).startswith("glassnet: rank 1: ")


def test_without_mpi_one_rank_says_what_to_install(tables):
    (tables / "mpi4py").mkdir()
    (tables / "mpi4py" / "__init__.py").write_text("raise ModuleNotFoundError('none', name='mpi4py')")
    said = refused(tables, TRAIN, PYTHONPATH=f"{tables}:{ROOT / 'src'}")
    assert 'training on several ranks needs mpi4py: pip install "glassnet[mpi]"' in said


@pytest.mark.long
def test_a_table_on_ranks_gives_the_bits_of_one_process(tables):
    from glassnet import TableModel

    assert mpiexec(2, "sh", "-c", TRAIN, cwd=tables).returncode == 0
    alone = TRAIN.replace("$PMI_RANK", "0").replace("--out run", "--out alone")
    subprocess.run(["sh", "-c", alone], cwd=tables, env=environment(), check=True, capture_output=True, timeout=LIMIT)
    there, here = (TableModel.load(tables / name / "model.safetensors") for name in ("run", "alone"))
    assert there.network.parameters.tobytes() == here.network.parameters.tobytes()
