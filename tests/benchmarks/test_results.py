"""What the benchmarks make of their timings; no library is timed."""

import pytest

from benchmarks.goals import Goal, speedup, unmet
from benchmarks.peers import Peer
from benchmarks.sizes import SWEEPS, Size
from benchmarks.spread import Spread, durations, ratio, short
from benchmarks.tabular.results import NAMES, REFERENCE, ranks_beside_peers, summary, when_run
from benchmarks.timings import Results, table
from benchmarks.worker import Call, Failure, Stopwatch, Timing, attempt

PEERS = {name: Peer(name.upper(), "", ()) for name in ("ours", "slow", "broken")}


@pytest.fixture
def results():
    found = Results(["row"], PEERS)
    for ours, slow in ((1.0, 3.0), (2.0, 4.0), (1.0, 5.0)):
        found.add("row", "ours", Timing(ours, 1.0))
        found.add("row", "slow", Timing(slow, 1.0))
    found.add("row", "broken", Failure("it broke"))
    return found


def test_a_ratio_is_taken_round_by_round(results):
    assert results.ratio("row", "slow", "ours") == Spread(3.0, 2.0, 5.0)
    assert results.ratio("row", "broken", "ours") is None
    assert ratio([2.0], [4.0]).median == 0.5


def test_the_fastest_is_chosen_among_those_that_gave_numbers(results):
    assert results.fastest("row", ["broken", "slow"]) == "slow"
    assert results.fastest("row", ["broken"]) is None


def test_a_library_that_fails_is_a_cell_and_a_reason(results):
    broken = next(line for line in results.times("time").splitlines() if "BROKEN" in line)
    assert broken.split("|")[2].strip() == "n/a"
    assert results.reasons() == "- BROKEN has no number for row: it broke"


@pytest.mark.parametrize(
    ("goal", "met", "said"),
    [
        (speedup("a", Spread(3.0, 2.5, 4.0), 2.0), True, "Met: a (their time / ours): 3.00 (2.50–4.00), wanted"),
        (speedup("a", Spread(1.0, 0.5, 4.0), 2.0), False, "wanted at least 2, within the spread"),
        (Goal("b", Spread(1.2, 1.1, 1.3), 1.25, at_most=True), True, "wanted at most 1.25, within the spread"),
        (Goal("b", Spread(1.3, 1.28, 1.4), 1.25, at_most=True), False, "Not met: b: 1.30"),
        (Goal("c", None, 1.0), False, "Not measured: c"),
    ],
)
def test_goals_say_whether_they_are_met(goal, met, said):
    assert goal.met is met
    assert said in str(goal)


def test_the_ending_names_what_is_missed_and_nothing_else():
    good, bad = Goal("good", Spread(2, 2, 2), 1.0), Goal("bad", Spread(1, 1, 1), 2.0)
    assert unmet([good]) == "All goals are met."
    assert unmet([good, bad]) == str(bad)


def test_numbers_have_three_digits_and_times_a_unit():
    assert [short(x) for x in (0.4821, 4.821, 48.21, 482.1, 4821.0)] == ["0.482", "4.82", "48.2", "482", "4,821"]
    assert durations([0.0012, 0.002, 0.003]) == "2.00 (1.20–3.00) ms"


def test_a_table_has_columns_of_even_width():
    assert table(["a", "long"], [["1", "2"]]) == "| a | long |\n| - | ---- |\n| 1 | 2    |"


def test_an_error_becomes_one_line():
    assert attempt(lambda: 1 // 0) == Failure("ZeroDivisionError: integer division or modulo by zero")


def test_a_stopwatch_divides_by_what_a_call_does():
    calls = []
    timing = Stopwatch(Call(lambda: calls.append(1), times=10), seconds=0.001).time()
    assert calls
    assert 0 < timing.seconds < 1e-3


def test_work_is_counted_in_multiply_adds():
    # Z and dW of 3·2 and of 2·1, and dX of 2·1, for each of 8 rows
    assert Size(rows=8, features=3, width=2, depth=1, batch=4).work == 8 * (2 * 6 + 3 * 2)
    assert SWEEPS["batch"].size(16).rows == 8 * 16
    assert set(SWEEPS["rows"].chosen(quick=True)) < set(SWEEPS["rows"].chosen(quick=False))


def test_each_of_ours_is_ranked_beside_the_peers_without_the_others_of_ours():
    errors = {**{name: 0.1 * k for k, name in enumerate(NAMES, 1)}, "good": 0.05, "bad": 0.9, "better": 0.01}
    runs = [
        {"data": data, "split": 0, "model": model, "error": error} for data in "ab" for model, error in errors.items()
    ]
    ranks = ranks_beside_peers(runs)
    assert dict(ranks["itself"]) == {"good": 1, "better": 1, "bad": 7}
    assert ranks["CatBoost"]["good"] == 2 and ranks["CatBoost"]["bad"] == 1


def test_a_model_run_on_some_tables_is_ranked_over_those():
    runs = [{"data": data, "split": 0, "model": model, "error": 0.1} for data in "ab" for model in NAMES]
    ranks = ranks_beside_peers([*runs, {"data": "b", "split": 0, "model": "good", "error": 0.05}])
    assert dict(ranks["itself"]) == {"good": 1}


def test_log_loss_and_auc_have_columns_and_the_days_of_later_runs_are_named():
    common = {"split": 0, "fit_s": 1.0}
    runs = [
        {"data": data, "model": model, "error": 0.1, "logloss": loss, "auc": 0.75, **common}
        for data in "ab"
        for model, loss in ((REFERENCE, 0.2), ("ours", 0.1))
    ]
    runs += [{"data": "c", "model": model, "nrmse": 0.1, **common} for model in (REFERENCE, "ours")]
    runs[1]["day"] = "2026-01-02"
    found = summary(runs)
    assert found.loc["ours", "log loss"] == pytest.approx(0.5) and found.loc["ours", "ROC AUC"] == 0.75
    assert when_run(runs) == ["2026-01-02, ours: a"]
