"""The progress of a training: what a line says, how many lines there are, and how it fits a terminal."""

import builtins
import io
import re
import sys

import pytest
from rich.console import Console

import glassnet as gn
from glassnet.listeners import plain_lines
from glassnet.listeners import status_line as standing
from glassnet.training.epoch import Epoch

IRIS = gn.datasets.iris()
CODES = r"\x1b\[[0-9;?]*[A-Za-z]"


def fit(verbose, epochs=3, engine="auto"):
    net = gn.Network([gn.Dense(3, "softmax")], engine=engine)
    return net.fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=epochs, validation=0.2, seed=0, verbose=verbose)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets; each epoch of `tell` takes `step` seconds of it."""

    class Clock:
        now = 100.0

        def tell(self, progress, numbers, n_samples=None, step=0.001, **values):
            progress.begin({"n_samples": n_samples})
            for number in numbers:
                self.now += step
                progress(Epoch(number, 0.5, 0.01, seconds=step, **values))
            progress.end(None)

    found = Clock()
    for module in (standing, plain_lines):
        monkeypatch.setattr(module.time, "perf_counter", lambda: found.now)
    return found


@pytest.mark.parametrize("verbose", [0, False])
def test_it_is_silent_by_default(verbose, capsys):
    fit(verbose)
    gn.Network([gn.Dense(3, "softmax")]).fit(IRIS.X, IRIS.y, loss="cross_entropy", epochs=1)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_piped_it_prints_plain_lines(engine, capsys):
    history = fit(True, engine=engine)
    lines = capsys.readouterr().out.splitlines()
    number = r"[\d.]+(e-\d+)?"
    for k, (line, epoch) in enumerate(zip(lines, history, strict=True), 1):
        end = r"in [\d.:]+( s)?  on \d+ threads?" if k == 3 else r"\d+ s left"
        pattern = rf"epoch {k}/3  loss {number}  val_loss {number}  rate 0\.001  {number}[kM]? rows/s  {end}"
        assert re.fullmatch(pattern, line), line
        assert float(line.split()[3]) == pytest.approx(epoch.loss, rel=0.01)


def test_a_thousand_quick_epochs_are_eleven_lines_or_with_verbose_2_a_thousand(clock, capsys):
    clock.tell(gn.listeners.Progress(1000), range(1, 1001))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("/")[0].split()[-1] for line in lines] == ["1", *(str(100 * k) for k in range(1, 11))]
    clock.tell(gn.listeners.Progress(1000, each=True), range(1, 1001))
    assert len(capsys.readouterr().out.splitlines()) == 1000


def test_slow_epochs_have_at_most_a_line_a_second_and_in_an_hour_few(clock, capsys):
    clock.tell(gn.listeners.Progress(10_000), range(1, 61), step=0.5)
    assert 20 <= len(capsys.readouterr().out.splitlines()) <= 31
    clock.tell(gn.listeners.Progress(10_000), range(1, 3601), step=1.0)
    assert len(capsys.readouterr().out.splitlines()) < 150


def test_the_last_epoch_is_always_told(clock, capsys):
    clock.tell(gn.listeners.Progress(1000), range(1, 8))
    assert capsys.readouterr().out.splitlines()[-1] == "epoch    7/1000  loss 0.500  rate 0.01  in 0.0 s"
    clock.tell(gn.listeners.Progress(), range(1, 8))
    assert capsys.readouterr().out.splitlines()[-1] == "epoch 7  loss 0.500  rate 0.01  in 0.0 s"


def test_time_left_and_rows_a_second_come_from_the_pace_of_the_latest_epochs(clock, capsys):
    progress = gn.listeners.Progress(100, each=True)
    progress.begin({"n_samples": 6000})
    clock.now += 30  # the first epoch compiles
    progress(Epoch(1, 1.0, 0.01, seconds=30))
    for number in range(2, 21):
        clock.now += 0.5
        progress(Epoch(number, 1.0, 0.01, seconds=0.4))
    progress.end(None)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("200 rows/s  49:30 left")
    assert lines[-1].endswith("12k rows/s  40 s left")


def drawn(width, epochs, metrics, loss=1.2345e-5):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, force_interactive=True, width=width, legacy_windows=False)
    with gn.listeners.Progress(epochs, console=console) as progress:
        progress(Epoch(epochs, loss, 0.1, metrics, loss, metrics, seconds=0.1))
    return re.sub(CODES, "", screen.getvalue()).strip().splitlines()[-1].rstrip()


METRICS = [{"accuracy": 0.987}, {"rmse": 1.2345e-7}]


@pytest.mark.parametrize("metrics", METRICS, ids=["classification", "regression"])
def test_a_line_of_80_columns_shortens_names_and_leaves_out_what_does_not_fit(metrics):
    line = drawn(80, 1000, metrics)
    name = "acc 0.987" if "accuracy" in metrics else "rmse 1.23e-07"
    assert line.startswith(f"epoch 1000/1000 loss 1.23e-05 {name} val_loss 1.23e-05 val_{name}")
    assert len(line) <= 80


@pytest.mark.parametrize(
    ("name", "epochs", "shown"),
    [
        ("median_absolute_error", 100, "loss 0.936 med_abs_err 3.85 val_loss 0.936 val_med_abs_err 3.85"),
        ("median_absolute_error", 100_000, "val_loss 0.936 val_med_abs_err 3.85"),
        ("balanced_accuracy", 1000, "loss 0.936 bal_acc 3.85 val_loss 0.936 val_bal_acc 3.85"),
        ("precision_at_recall", 1000, "loss 0.936 pre_at_rec 3.85 val_loss 0.936 val_pre_at_rec 3.85"),
        ("average_precision", 1000, "loss 0.936 ave_pre 3.85 val_loss 0.936 val_ave_pre 3.85"),
        ("log_loss", 1000, "loss 0.936 log_loss 3.85 val_loss 0.936 val_log_loss 3.85"),
    ],
)
def test_words_of_long_names_are_cut_before_values_are_left_out(name, epochs, shown):
    line = drawn(80, epochs, {name: 3.85}, 0.936)
    assert f"epoch {epochs}/{epochs} {shown}" in line
    assert len(line) <= 80


@pytest.mark.parametrize("metrics", METRICS, ids=["classification", "regression"])
def test_a_line_of_140_columns_has_everything_and_a_bar(metrics):
    line = drawn(140, 100, metrics)
    assert line.startswith("━━━━━━━━")
    assert "rate 0.1" in line
    assert re.search(r"in \d+\.\d s$", line)
    assert len(line) <= 140


def test_a_very_narrow_terminal_ends_the_line_with_an_ellipsis():
    line = drawn(30, 100, METRICS[0])
    assert line.endswith("…")
    assert len(line) <= 30


def test_a_terminal_without_rich_has_plain_lines(monkeypatch, capsys):
    def without_rich(name, *args, original=builtins.__import__, **more):
        if name.split(".")[0] == "rich":
            raise ImportError(name)
        return original(name, *args, **more)

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "__import__", without_rich)
    fit(1)
    out = capsys.readouterr().out
    assert out.count("\n") == 3
    assert "\x1b" not in out


def test_what_verbose_cannot_be_is_refused_before_anything_changes():
    net = gn.Network([gn.Dense(3, "softmax")])
    message = r"verbose must be 0 or False \(silent\), 1 or True \(progress\) or 2 \(a line per epoch\), got 'loud'\."
    with pytest.raises(gn.InvalidInput, match=message):
        net.fit(IRIS.X, IRIS.y, loss="cross_entropy", verbose="loud")  # type: ignore[arg-type]
    assert net.layout is None
