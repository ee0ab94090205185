"""Signals that end the command, in processes of their own: in order, with status 128 + their number; twice: at once."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import glassnet as gn
from tests.cli.conftest import BRIEF

if os.name == "nt":
    pytest.skip("the system has other signals", allow_module_level=True)

SMALL = ["train", "iris", "--hidden", "8", "--out", "run"]
ENDLESS = [*SMALL, "--epochs", "1000000"]

# The process halts where it says so, and goes on halting if nothing is raised there.
HALTS = """
import builtins, sys, time

def halt(*_, **__):
    print("here", file=sys.stderr, flush=True)
    while True:
        time.sleep(0.01)
"""
IMPORTING = """
within = builtins.__import__
def importing(name, *more, **others):
    if name == "glassnet.tables.fitting.recipe":
        halt()
    return within(name, *more, **others)
builtins.__import__ = importing
"""
PARSING = "import typer.core; typer.core.TyperGroup.make_context = halt"
READING = "import glassnet.cli.runs; glassnet.cli.runs.read_file = halt"
PREPARING = "import glassnet.engine.numpy_engine as it; it.NumpyEngine.prepare = halt"
TRAINING = f"""{BRIEF}
from glassnet.listeners.live_line import LiveLine
from glassnet.listeners.plain_lines import PlainLines
def update(self):
    if self.standing.number == 3:
        halt()
PlainLines.update = LiveLine.update = update
"""
SAVING = """
import os, signal
fsync = os.fsync
def halfway(number):
    os.fsync = fsync
    os.kill(os.getpid(), signal.SIGTERM)
    fsync(number)
from glassnet.tables.model import TableModel
save = TableModel.save
def saving(self, path):
    os.fsync = halfway
    return save(self, path)
TableModel.save = saving
"""
DRAWING = "import glassnet.tables.reporting.report; glassnet.tables.reporting.report.draw_run = halt"
STUBBORN = """
def stubborn(*_):
    try:
        print("here", file=sys.stderr, flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("no", file=sys.stderr, flush=True)
    while True:
        time.sleep(60)
import glassnet.cli.runs
glassnet.cli.runs.read_file = stubborn
"""
LISTENED_TO = (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT))  # unless who started the tests ignores them
MAIN = "sys.argv[0] = 'glassnet'; from glassnet.cli import main; main()"
ENTRY = "sys.argv[0] = 'glassnet'; from glassnet.__main__ import main; main()"


def listening():
    """What a background job or `nohup` has its children ignore is heard again."""
    for number in LISTENED_TO:
        signal.signal(number, signal.SIG_DFL)


class Command:
    """The command in a process of its own, changed by some lines before it begins."""

    def __init__(self, folder, before, *arguments, **how):
        how.setdefault("preexec_fn", listening)
        code = "\n".join([HALTS, textwrap.dedent(before), how.pop("main", MAIN)])
        pipe, environment = subprocess.PIPE, os.environ | {"GLASSNET_ENGINE": "numpy", "TERM": "xterm"}
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)], stdout=how.pop("stdout", pipe), stderr=pipe, text=True,
            cwd=folder, env=environment, start_new_session=True, **how,
        )  # fmt: skip

        self.watch = threading.Timer(120, self.process.kill)
        self.watch.start()

    def heard(self, line):
        """Wait for a line on stderr."""
        assert self.process.stderr is not None
        while (said := self.process.stderr.readline()) and said.strip() != line:
            pass
        assert said, self.process.wait()

    def end(self):
        """(status, stdout, stderr); one that hangs is killed, and fails the test."""
        try:
            out, err = self.process.communicate(timeout=60)
        finally:
            self.process.kill()
            self.watch.cancel()
        return self.process.returncode, out, err


@pytest.mark.parametrize(
    "number", [signal.SIGINT, *(pytest.param(one, marks=pytest.mark.long) for one in (signal.SIGTERM, signal.SIGHUP))]
)
def test_while_the_command_itself_is_imported_it_ends_with_a_sentence(tmp_path, number):
    early = IMPORTING.replace("glassnet.tables.fitting.recipe", "glassnet.cli.output")
    command = Command(tmp_path, early, *SMALL, main=ENTRY)
    command.heard("here")
    command.process.send_signal(number)
    name = "Ctrl-C" if number == signal.SIGINT else number.name
    assert command.end() == (128 + number, "", f"glassnet: stopped by {name}.\n")


@pytest.mark.long
def test_what_is_ignored_stays_ignored_while_the_command_is_imported(tmp_path):
    early = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + IMPORTING
    command = Command(tmp_path, early.replace("tables.fitting.recipe", "cli.output"), *SMALL, main=ENTRY)
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert command.process.poll() is None
    command.process.send_signal(signal.SIGINT)
    assert command.end()[0] == 130


def test_signals_are_heard_before_anything_large_is_imported():
    code = "import sys; before = {*sys.modules}; import glassnet.starting; print(*sorted({*sys.modules} - before))"
    found = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env=os.environ | {
        "PYTHONPATH": str(Path(gn.__file__).parents[1])}).stdout.split()  # fmt: skip
    assert "signal" in found and not {"typing", "numpy", "threading", "socket"} & {*found}


@pytest.mark.parametrize(("before", "number", "said"), [
    (IMPORTING, signal.SIGINT, "glassnet: stopped by Ctrl-C.\n"),
    pytest.param(PARSING, signal.SIGTERM, "glassnet: stopped by SIGTERM.\n", marks=pytest.mark.long),
    pytest.param(READING, signal.SIGHUP, "", marks=pytest.mark.long),
    (PREPARING, signal.SIGTERM, ""),
])  # fmt: skip
def test_before_the_first_epoch_it_ends_with_a_sentence_and_leaves_nothing(tmp_path, before, number, said):
    command = Command(tmp_path, before, *SMALL)
    command.heard("here")
    command.process.send_signal(number)
    status, out, err = command.end()
    assert (status, err) == (128 + number, said)
    assert said or "nothing was written" in out or "no model was written" in out
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, *(pytest.param(one, marks=pytest.mark.long) for one in (signal.SIGHUP, signal.SIGINT))]
)
@pytest.mark.parametrize("more", [pytest.param([], marks=pytest.mark.long), ["--checkpoint-every", "1"]])
def test_in_training_the_best_epoch_is_written(tmp_path, number, more):
    command = Command(tmp_path, TRAINING, *ENDLESS, *more)
    command.heard("here")
    command.process.send_signal(number)
    status, out, err = command.end()
    assert (status, err) == (128 + number, "")
    assert "stopped after epoch 3\n" in out and ("--resume run" in out) == bool(more)
    assert {"model.safetensors", "history.json", "report.md"} <= set(os.listdir(tmp_path / "run"))
    left = {"run.json", "checkpoints"} if more else set()
    others = {name for name in os.listdir(tmp_path / "run") if not name.endswith((".png", ".md", ".html", "s.json"))}
    assert others <= left | {"model.safetensors", "history.json", "held-out.csv"}


@pytest.mark.long
def test_rows_in_files_are_removed(tmp_path):
    rows = "\n".join(f"{k % 7},{k % 11},{'yes' if k % 3 else 'no'}" for k in range(3000))
    (tmp_path / "table.csv").write_text(f"a,b,y\n{rows}\n")
    asked = ["train", "table.csv", "--target", "y", "--hidden", "8", "--memory", "100kB", "--out", "run"]
    command = Command(tmp_path, TRAINING, *asked)
    command.heard("here")
    assert list(tmp_path.glob("run/rows/X*"))
    command.process.send_signal(signal.SIGTERM)
    assert command.end()[0] == 143
    assert "model.safetensors" in os.listdir(tmp_path / "run") and not list(tmp_path.glob("run/r*[!t].[!m]*"))
    assert not list(tmp_path.glob("run/rows*"))
    command = Command(
        tmp_path, "from glassnet.tables.fitting.row_files import RowFiles; RowFiles.add = halt", *asked[:-1], "a"
    )
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    assert command.end()[0] == 143
    assert not (tmp_path / "a").exists()


def test_a_model_that_is_being_written_is_written(tmp_path):
    status, out, err = Command(tmp_path, SAVING, *SMALL, "--epochs", "2").end()
    assert (status, err) == (143, "glassnet: stopped by SIGTERM before it finished.\n")
    assert "the model is in run/model.safetensors" in out
    assert sorted(os.listdir(tmp_path / "run")) == ["held-out.csv", "history.json", "model.safetensors"]


@pytest.mark.long
def test_while_the_report_is_drawn_the_model_is_there(tmp_path):
    command = Command(tmp_path, DRAWING, *SMALL, "--epochs", "2")
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    status, out, err = command.end()
    assert (status, err) == (143, "glassnet: stopped by SIGTERM before it finished.\n")
    assert "stopped while writing the report: the model is in run/model.safetensors\n" in out


@pytest.mark.long
def test_asked_twice_it_ends_at_once(tmp_path):
    command = Command(tmp_path, STUBBORN, *SMALL)
    command.heard("here")
    command.process.send_signal(signal.SIGINT)
    command.heard("no")
    with pytest.raises(subprocess.TimeoutExpired):
        command.process.wait(0.5)  # longer than what passes for the same wish
    command.process.send_signal(signal.SIGTERM)
    status, _, err = command.end()
    assert (status, err) == (143, "glassnet: stopped immediately, as asked a second time\n")


@pytest.mark.long
def test_what_hears_nothing_ends_all_the_same_where_nothing_is_to_be_kept(tmp_path):
    command = Command(tmp_path, STUBBORN + "import glassnet.cli.signals; glassnet.cli.signals.PROMPT = 0.1", *SMALL)
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    status, _, err = command.end()
    assert (status, err.splitlines()[-1]) == (143, "glassnet: stopped by SIGTERM: nothing was written")


@pytest.mark.long
def test_two_signals_at_the_same_time_are_one_wish(tmp_path):
    """So systemd ends a service: SIGTERM, and SIGHUP right behind."""
    command = Command(tmp_path, TRAINING, *ENDLESS)
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    command.process.send_signal(signal.SIGHUP)
    status, out, err = command.end()
    assert status in (129, 143) and err == "" and "stopped after epoch 3" in out


@pytest.mark.long
def test_below_nohup_it_goes_on(tmp_path):
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    command = Command(tmp_path, TRAINING, *ENDLESS, preexec_fn=ignore)
    command.heard("here")
    command.process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        command.process.wait(0.5)
    command.process.send_signal(signal.SIGTERM)
    assert command.end()[0] == 143


@pytest.mark.long
@pytest.mark.parametrize(
    "asked",
    [["predict", "m.safetensors", "iris"], pytest.param(["demo", "descent", "--out", "run"], marks=pytest.mark.long)],
)
def test_other_commands_end_with_a_sentence(tmp_path, asked):
    before = "from glassnet.cli.commands import demo, predict\ndemo.run_demo = predict.table_models = halt"
    command = Command(tmp_path, before, *asked)
    command.heard("here")
    command.process.send_signal(signal.SIGTERM)
    status, out, err = command.end()
    assert (status, out, err) == (143, "", "glassnet: stopped by SIGTERM before it finished.\n")
    assert os.listdir(tmp_path) == []


def test_the_library_changes_no_handler():
    code = "import signal; before = [signal.getsignal(n) for n in (1, 2, 15)]; import glassnet as gn, glassnet.cli\n"
    code += "net = gn.Network([gn.Dense(1)]).fit([[1.0]], [1.0], loss='squared_error', epochs=1)\n"
    code += "print(before == [signal.getsignal(n) for n in (1, 2, 15)])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
