"""Studies in a storage that several workers share: journals, SQLite files, a real PostgreSQL server."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import glassnet as gn
from glassnet.tuning import database, network_disk
from glassnet.tuning.database import DatabaseStorage
from glassnet.tuning.space import usual
from glassnet.tuning.storage import place_of
from glassnet.tuning.study import open_study
from glassnet.tuning.tune import about, search
from tests.sources.postgresql_server import Server, programs

optuna = pytest.importorskip("optuna")
IRIS = gn.datasets.iris().to_polars()
FIRST = usual("classification", 120)
JOINER = """
import sys, time
import glassnet as gn
from glassnet.tuning import database
from glassnet.tuning.storage import place_of
from glassnet.tuning.tune import search

database.BEAT, database.SILENCE = 1, 3

def look(trial, epoch):
    print(trial.number, flush=True)
    time.sleep(float(sys.argv[3]))

recipe = gn.Recipe(epochs=2, engine="numpy")
base = gn.TableTraining(gn.datasets.iris().to_polars(), "species", recipe=recipe)
found = search(base, None, None, place_of(*sys.argv[1:3]), look=look, join=True)
"""


def base(**changes):
    return gn.TableTraining(IRIS, "species", recipe=gn.Recipe(**{"epochs": 2, "engine": "numpy", **changes}))


def states(found):
    return [trial.state.name for trial in found.trials]


@pytest.fixture(params=["journal", "sqlite", "postgresql"])
def place(request, tmp_path):
    """(URL, name) of a study that is not there yet."""
    if request.param == "postgresql":
        pytest.importorskip("psycopg")
        return request.getfixturevalue("postgresql").url, tmp_path.name
    return {"journal": f"{tmp_path}/a.journal", "sqlite": f"sqlite:///{tmp_path}/a.db"}[request.param], "houses"


def test_the_number_of_trials_is_that_of_all_workers_and_is_not_exceeded(place):
    one, other = (place_of(*place) for _ in range(2))
    with one.opened() as mine, other.opened() as theirs:
        study = open_study(one, mine, about(base()), FIRST)
        joined = open_study(other, theirs, about(base()), FIRST, join=True)
        taken = []
        for worker, seen in ((mine[0], study), (theirs[0], joined), (mine[0], study)):
            with worker.turn:
                worker.take_back(seen)
                taken.append(worker.begin(seen).number)
        assert taken == [0, 1, 2]
        assert [trial.user_attrs["worker"] for trial in joined.get_trials()] == [
            mine[0].name, theirs[0].name, mine[0].name
        ]  # fmt: skip
        assert mine[0].name != theirs[0].name
        with theirs[0].turn:
            theirs[0].take_back(joined)  # all of them are at work
        assert {trial.state.name for trial in joined.get_trials()} == {"RUNNING"}


def test_a_worker_that_joins_leaves_the_search_when_all_trials_are_taken(place):
    found = search(base(), None, 3, place_of(*place))
    assert states(found) == ["COMPLETE"] * 3
    again = search(base(), None, None, place_of(*place), join=True)
    assert again.score == found.score and len(again.trials) == 3
    more = search(base(), None, 4, place_of(*place))
    assert [trial.params for trial in more.trials[:3]] == [trial.params for trial in found.trials]
    with pytest.raises(gn.InvalidInput, match=r"the search to join has 4 trials, not 9: leave --trials out"):
        search(base(), None, 9, place_of(*place), join=True)


def test_another_search_in_the_place_and_none_to_join_meet_one_sentence(place):
    with pytest.raises(gn.InvalidInput, match=r"is not there yet: start the search first, by the same command without"):
        search(base(), None, None, place_of(*place), join=True)
    search(base(), None, 1, place_of(*place))
    with pytest.raises(
        gn.InvalidInput, match=r"holds a search with epochs 2, not 3: use the same value, or choose anoth"
    ):
        search(base(epochs=3), None, 2, place_of(*place))
    changed = IRIS.with_columns(sepal_width=IRIS["sepal_width"].reverse())
    other = gn.TableTraining(changed, "species", recipe=gn.Recipe(epochs=2, engine="numpy"))
    with pytest.raises(
        gn.InvalidInput, match=r"holds a search on other rows, or on columns read otherwise: use the same"
    ):
        search(other, None, 2, place_of(*place))


@pytest.mark.long
@pytest.mark.parametrize("killed", [False, True])
def test_two_processes_share_a_study_and_a_killed_one_loses_nothing(place, killed, monkeypatch):
    monkeypatch.setattr(database, "BEAT", 1)
    monkeypatch.setattr(database, "SILENCE", 3)
    command = [sys.executable, "-c", JOINER, *place, "600" if killed else "0.05"]
    other: list = []

    def tell(trial):
        if other:
            return
        other.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert other[0].stdout.readline().strip() == "1"  # it is in the middle of its first trial
        if killed:
            other[0].kill()

    found = search(base(), None, 5, place_of(*place), tell)
    assert other[0].wait(60) == (0 if not killed else other[0].returncode)
    other[0].stdout.close()
    done = [trial for trial in found.trials if trial.state.name in ("COMPLETE", "PRUNED")]
    assert len(done) == 5
    assert len({trial.user_attrs["worker"] for trial in found.trials}) == 2
    lost = [trial for trial in found.trials if trial.state.name == "FAIL"]
    assert [trial.number for trial in lost] == ([1] if killed else [])
    assert [trial.params for trial in done if trial.user_attrs.get("again") == 1] == [trial.params for trial in lost]


def test_a_trial_that_another_worker_has_taken_over_does_not_end_the_search(tmp_path, monkeypatch):
    original = optuna.Trial.report

    def report(self, value, step):
        if self.number == 1:
            self.study.tell(self.number, state=optuna.trial.TrialState.FAIL)
        original(self, value, step)

    monkeypatch.setattr(optuna.Trial, "report", report)
    found = search(base(), None, 2, place_of(tmp_path / "a.journal"))
    assert states(found) == ["COMPLETE", "FAIL", "COMPLETE"]


def test_a_worker_that_is_stopped_leaves_its_trial_to_others(tmp_path):
    def look(trial, epoch):
        if trial.number == 1:
            raise KeyboardInterrupt

    found = search(base(), None, 3, place_of(tmp_path / "a.journal"), look=look)
    assert found.stopped and states(found) == ["COMPLETE", "FAIL", "WAITING"]
    again = search(base(), None, 3, place_of(tmp_path / "a.journal"))
    assert states(again) == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert again.trials[2].params == found.trials[1].params


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        ("mysql://host/x", r"--storage takes a journal file, such as study.journal, sqlite:///FILE, or postgresql://"),
        ("", "storage must be a journal file or a URL such as postgresql://…, got ''"),
        (3, "storage must be a journal file or a URL such as postgresql://…, got 3"),
    ],
)
def test_what_is_no_storage_is_refused(storage, said):
    with pytest.raises(gn.InvalidInput) as error:
        gn.tune(IRIS, "species", storage=storage, trials=1)
    assert said in str(error.value)


def test_what_does_not_fit_together_is_refused(tmp_path):
    cases: list[tuple[dict[str, Any], str]] = [
        ({"join": True}, "--join works on a search that is kept in a storage: name it with --storage"),
        ({"study": "a"}, "--study names a study in a storage: name that with --storage."),
        ({"folder": tmp_path, "storage": "a.journal"}, "a search is kept in a folder or in a storage: leave one of"),
        ({"storage": "a.journal", "join": 1}, "join must be True or False, got 1"),
    ]
    for how, said in cases:
        with pytest.raises(gn.InvalidInput) as error:
            gn.tune(IRIS, "species", trials=1, **how)
        assert said in str(error.value)
    search(base(), None, 1, place_of(tmp_path / "a.journal"))
    search(base(), 0, None, place_of(tmp_path / "a.journal"))
    with pytest.raises(
        gn.InvalidInput, match="a search without a number of trials needs a budget, the time that it may"
    ):
        search(base(), None, None, place_of(tmp_path / "a.journal"), join=True)


def test_a_folder_of_a_search_is_a_storage_too(tmp_path):
    first = search(base(), None, 2, tmp_path)
    assert len(search(base(), None, 3, place_of(tmp_path)).trials) == 3
    assert [trial.params for trial in first.trials] == [
        trial.params for trial in search(base(), None, None, place_of(str(tmp_path)), join=True).trials[:2]
    ]


def test_sqlite_on_a_network_disk_is_refused_with_the_reason(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/home {tmp_path}/with\\040space nfs4 rw 0 0\n")
    monkeypatch.setattr(network_disk, "MOUNTS", mounts)
    with pytest.raises(
        gn.InvalidInput, match=r"is on a network disk \(nfs4\), where SQLite's locks fail and two machines"
    ):
        place_of(f"sqlite:///{tmp_path}/with space/deep/a.db")
    assert network_disk.network_disk(tmp_path / "a.db") is None
    assert network_disk.network_disk(Path(r"\\server\share\a.db")) == "a share"
    monkeypatch.setattr(network_disk, "MOUNTS", tmp_path / "none")
    assert network_disk.network_disk(tmp_path / "a.db") is None


def test_a_server_that_is_not_there_is_told_without_the_password():
    pytest.importorskip("psycopg")
    with pytest.raises(gn.InvalidInput) as error:
        search(base(), None, 1, place_of("postgresql://ada:geheim@127.0.0.1:9/studies"))
    said = str(error.value)
    assert said.startswith("the storage postgresql://ada@127.0.0.1:9/studies does not answer: ")
    assert "geheim" not in said and "\n" not in said and error.value.__cause__ is None


def test_a_storage_is_asked_before_the_table_is_looked_at(tmp_path):
    pytest.importorskip("psycopg")
    (tmp_path / "file").touch()
    for storage, said in (
        ("postgresql://127.0.0.1:9/studies", "the storage postgresql://127.0.0.1:9/studies does not answer: "),
        (tmp_path / "file" / "a.journal", "could not write "),
    ):
        with pytest.raises(gn.GlassnetError, match=said):
            gn.tune(IRIS, "no such column", storage=storage, trials=1)


def test_a_database_that_is_not_there_is_told(postgresql):
    pytest.importorskip("psycopg")
    with pytest.raises(gn.InvalidInput, match=r'does not answer: database "nowhere" does not exist\.$'):
        search(base(), None, 1, place_of(postgresql.url.replace("///postgres", "///nowhere")))


@pytest.mark.long
def test_a_server_that_goes_away_in_the_middle_ends_the_search_and_back_again_it_goes_on():
    pytest.importorskip("psycopg")
    if (found := programs()) is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    server = Server(found)
    try:
        with pytest.raises(gn.InvalidInput, match=r"the storage postgresql:///postgres\?host=.* does not answer: "):
            search(base(), None, 3, DatabaseStorage(server.url, "a"), lambda trial: server.kill())
        server.start()
        assert "COMPLETE" in states(search(base(), None, 3, DatabaseStorage(server.url, "a")))
    finally:
        server.remove()


def test_connections_are_closed_at_the_end(postgresql):
    psycopg = pytest.importorskip("psycopg")
    search(base(), None, 1, place_of(postgresql.url, "closed"))
    with psycopg.connect(postgresql.url) as connection:
        (n,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert n == 0


@pytest.mark.skipif(os.name == "nt", reason="paths differ")
def test_names_of_places():
    assert place_of("runs/a.journal").shown == "runs/a.journal"
    assert place_of("postgres://ada:x@host/b", "houses").shown == "the study 'houses' in postgres://ada@host/b"
