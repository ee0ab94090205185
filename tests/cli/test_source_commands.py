"""The commands on tables that are no single file: what they write, keep and show, and what they refuse before that."""

import io
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any

import polars as pl
import pytest

import glassnet as gn
from glassnet.training.history import History
from tests.cli.conftest import interrupt_in
from tests.sources.conftest import postgresql  # noqa: F401 - a fixture

N = 60
FRAME = pl.DataFrame(
    {"x": [k % 7 for k in range(N)], "k": ["abc"[k % 3] for k in range(N)], "y": [k % 2 for k in range(N)]}
)
SMALL = ("--target", "y", "--epochs", 2, "--hidden", 4, "--task", "classification")


@pytest.fixture
def database(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("CREATE TABLE orders (x, k, y)")
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", FRAME.rows())
        connection.execute("CREATE TABLE other (a)")
        connection.commit()
    return "shop.db"


def test_each_command_takes_a_folder(glassnet, tmp_path):
    (tmp_path / "data").mkdir()
    for number in (0, 1):
        FRAME[number::2].write_csv(tmp_path / "data" / f"{number}.csv")
    status, said, _ = glassnet("train", "data", *SMALL)
    assert status == 0 and "the file: 2 files of data, '0.csv', '1.csv'" in said
    run = tmp_path / "runs" / "data"
    assert "rows     runs/data/rows.csv" in said and len(pl.read_csv(run / "rows.csv")) == N
    model = run / "model.safetensors"
    assert glassnet("predict", model, "data/*.csv")[1].count("\n") == N + 1
    assert "On 60 rows" in glassnet("evaluate", model, "data")[1]
    assert glassnet("explain", model, "data", "--row", 41)[0] == 0
    assert glassnet("draw", model, "data", "--confusion")[0] == 0
    assert glassnet("tune", "data", "--target", "y", "--trials", 1, "--epochs", 1, "--folds", "none")[0] == 0
    assert (tmp_path / "runs" / "tune-data" / "rows.csv").is_file()
    assert (
        "goes on with the rows in"
        in glassnet("tune", "data", "--target", "y", "--trials", 1, "--epochs", 1, "--folds", "none")[1]
    )


def test_the_same_rows_give_the_same_model_from_a_file_and_from_chunks(glassnet, tmp_path, database):
    FRAME.write_parquet(tmp_path / "orders.parquet")
    query = ("--query", "SELECT * FROM orders")
    for name, words in {
        "file": ("orders.parquet",),
        "base": (database, *query),
        "chunks": (database, *query, "--memory", "1kB"),
        "chunks of a file": ("orders.parquet", "--memory", "1kB"),
    }.items():
        assert glassnet("train", *words, *SMALL, "--out", name)[0] == 0
    models = {name: (tmp_path / name / "model.safetensors").read_bytes() for name in ("file", "base")}
    assert models["file"] == models["base"]
    histories = [History.load(tmp_path / name / "history.json") for name in ("chunks", "chunks of a file")]
    assert histories[0]["loss"] == histories[1]["loss"]


def test_rows_for_the_result_come_from_any_place(glassnet, tmp_path, database):
    (tmp_path / "held").mkdir()
    FRAME.write_csv(tmp_path / "held" / "1.csv")
    said = glassnet("train", database, "--table", "orders", *SMALL, "--test", "held", "--out", "run")[1]
    assert "/held are held out for the result" in said


def test_standard_input_is_read_as_often_as_needed(glassnet, tmp_path, monkeypatch):
    for words in ((), ("--memory", "1kB")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FRAME.write_csv(separator=";").encode())))
        status, said, _ = glassnet("train", "-", *SMALL, "--out", f"out{len(words)}", *words)
        assert status == 0 and "rows.csv" in said
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, _, said = glassnet("train", "-", *SMALL)
    assert status == 1 and said == "glassnet: standard input is empty.\n" and not (tmp_path / "runs").exists()


def test_a_run_is_resumed_from_the_rows_that_it_kept(glassnet, tmp_path, database, monkeypatch):
    whole = ("train", database, "--query", "SELECT * FROM orders", *SMALL)
    assert glassnet(*whole, "--out", "whole")[0] == 0
    with monkeypatch.context() as patch:
        interrupt_in(2, patch)
        assert glassnet(*whole, "--out", "part", "--checkpoint-every", 1)[0]
    (tmp_path / database).unlink()
    assert glassnet("train", "--resume", "part")[0] == 0
    models = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "part")]
    assert models[0] == models[1]
    assert sorted(path.name for path in (tmp_path / "part").glob("r*")) == ["report.html", "report.md", "rows.parquet"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("shop.db",), "shop.db holds 2 tables ('orders', 'other'): choose one with --table"),
        (("shop.db", "--query", "SELECT nope FROM orders"), "shop.db (SQLite) answers: no such column: nope."),
        (("shop.db", "--table", "other"), "the query of shop.db gives no rows."),
        (("shop.db", "--table", "orders", "--query", "SELECT 1"), "--query and --table both say which rows"),
        (("shop.db", "--query", "SELECT x FROM orders"), "there is no target column 'y'"),
        (("shop.csv", "--query", "SELECT 1"), "there is no file shop.csv (did you mean 'shop.db'?)."),
        (("iris", "--query", "SELECT 1"), "--query takes rows from a database, but iris is not one."),
        (("nowhere/*.csv",), "there is no file of the pattern nowhere/*.csv."),
        (("ftp://host/x.csv",), "ftp://host/x.csv begins with ftp://"),
    ],
)
def test_what_cannot_be_read_leaves_no_run(glassnet, tmp_path, database, words, said):
    status, _, error = glassnet("train", *words, *SMALL, "--checkpoint-every", 1)
    assert status == 1 and error.startswith(f"glassnet: {said}") and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [database]


def test_predictions_are_written_into_the_database(glassnet, tmp_path, database):
    assert glassnet("train", database, "--table", "orders", *SMALL, "--out", "run")[0] == 0
    predict = ("predict", "run/model.safetensors", database, "--query", "SELECT rowid AS id, x, k FROM orders")
    status, said, _ = glassnet(*predict, "--into", "predicted")
    assert status == 0 and said == "60 rows with predictions in the table predicted\n"
    status, _, error = glassnet(*predict, "--into", "predicted")
    assert status == 1 and "shop.db has a table 'predicted' already: name another with --into, or add" in error
    assert glassnet(*predict, "--into", "predicted", "--append")[0] == 0
    with closing(sqlite3.connect(tmp_path / database)) as connection:
        cursor = connection.execute("SELECT * FROM predicted")
        names, rows = [name for name, *_ in cursor.description], cursor.fetchall()
    assert names[:4] == ["id", "x", "k", "prediction"] and [row[0] for row in rows] == [*range(1, N + 1)] * 2
    for words, sentence in (
        ((*predict, "--into", "p", "--append"), "has no table 'p' to append to: leave out --append to create it."),
        ((*predict, "--append"), "--append adds to the table that --into names: give both."),
        ((*predict, "--into", "p", "--out", "p.csv"), "--into and --out both say where the predictions go"),
        (("predict", "run/model.safetensors", "iris", "--into", "p"), "--into writes into the database that the rows"),
        (
            (*predict[:4], "SELECT x, k, 1 AS prediction FROM orders", "--into", "p"),
            "have a column 'prediction', and so",
        ),
    ):
        status, _, error = glassnet(*words)
        assert status == 1 and sentence in error


def test_a_password_in_the_url_is_written_nowhere(glassnet, tmp_path, postgresql):  # noqa: F811
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(postgresql.url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS orders")
        cursor.adbc_ingest("orders", FRAME)
        connection.commit()
    url = f"postgresql://tester:geheim@/postgres?host={postgresql.folder}&password=s3cret"
    status, said, error = glassnet("train", url, "--table", "orders", *SMALL, "--checkpoint-every", 1, "--out", "run")
    assert status == 0 and "the password in the URL is written nowhere, but other users of this machine" in error
    assert (tmp_path / "run" / "report.md").read_text().startswith("# y from postgres\n")
    written = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert f"postgresql://tester@/postgres?host={postgresql.folder}" in written
    for secret in ("geheim", "s3cret"):
        assert secret not in written + said + error
    status, said, error = glassnet("train", url.replace("/postgres?", "/nowhere?"), "--table", "orders", *SMALL)
    assert status == 1 and 'database "nowhere" does not exist' in error and "geheim" not in error
    assert not (tmp_path / "runs").exists()
    status, said, error = glassnet("train", "iris", "--test", url)
    assert status == 1 and "which a run must not keep: leave it out" in error and "geheim" not in error
    predict = ("predict", "run/model.safetensors", url, "--query", "SELECT x, k FROM orders")
    assert glassnet(*predict, "--into", "Vorhersagen")[1] == "60 rows with predictions in the table Vorhersagen\n"


@pytest.fixture
def service(postgresql, monkeypatch, tmp_path_factory):  # noqa: F811
    """A server whose address and password a service file has; the table `orders` is in it."""
    import adbc_driver_postgresql.dbapi as driver

    with driver.connect(postgresql.url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
        cursor.adbc_ingest("orders", FRAME)
        connection.commit()
    file = tmp_path_factory.mktemp("pg") / "pg_service.conf"
    file.write_text(f"[shop]\nhost={postgresql.folder}\ndbname=postgres\nuser=tester\npassword=geheim\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    return "postgresql:///?service=shop"


@contextmanager
def killed_in_the_middle(server):
    """The server is killed as soon as a statement sleeps in it, and is there again afterwards."""
    import adbc_driver_postgresql.dbapi as driver

    def watch():
        asleep, end = 0, time.monotonic() + 60
        with driver.connect(server.url, autocommit=True) as connection, connection.cursor() as cursor:
            while not asleep and time.monotonic() < end:
                time.sleep(0.05)
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                (asleep,) = cursor.fetchone()
        server.kill()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        watcher.join()
        server.start()


def test_the_address_and_the_password_come_from_the_service_file(glassnet, tmp_path, service):
    status, said, error = glassnet("train", service, *SMALL, "--checkpoint-every", 1, "--out", "run")
    assert (status, error) == (0, "")
    assert "On 60 rows" in glassnet("evaluate", "run", service)[1]
    assert glassnet("predict", "run", service, "--into", "predicted")[0] == 0
    written = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert "service=shop" in written and "geheim" not in written + said
    status, _, error = glassnet("train", "postgresql:///?service=shops", *SMALL)
    said = 'glassnet: could not connect to postgresql:///?service=shops: definition of service "shops" not found'
    assert status == 1 and error.startswith(said) and error.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_server_that_dies_in_the_middle_of_a_query_leaves_no_run_and_no_rows(
    glassnet,
    tmp_path,
    service,
    postgresql,  # noqa: F811
):
    assert glassnet("train", service, *SMALL, "--out", "run")[0] == 0
    with killed_in_the_middle(postgresql):
        query = "SELECT orders.* FROM orders, pg_sleep(60)"
        status, _, error = glassnet("train", service, "--query", query, *SMALL, "--checkpoint-every", 1)
    assert (status, error.count("\n")) == (1, 1) and "answers: " in error and "connection" in error
    assert not (tmp_path / "runs").exists()
    import adbc_driver_postgresql.dbapi as driver

    assert glassnet("predict", "run", service, "--into", "predicted")[0] == 0
    with driver.connect(postgresql.url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'"
        )
        cursor.execute("CREATE TRIGGER slow BEFORE INSERT ON predicted FOR EACH STATEMENT EXECUTE FUNCTION wait()")
        connection.commit()
    with killed_in_the_middle(postgresql):
        status, _, error = glassnet("predict", "run", service, "--table", "orders", "--into", "predicted", "--append")
    assert (status, error.count("\n")) == (1, 1) and "answers: " in error, error
    with driver.connect(postgresql.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM predicted")
        assert cursor.fetchone() == (60,)


def test_python_writes_tables_as_predict_does(database, tmp_path):
    place = tmp_path / database
    assert gn.write_table(FRAME.to_pandas(), place, "rows") == N
    assert gn.write_table(FRAME[:3], place, "rows", append=True) == 3
    assert gn.read_table(place, table="rows").rows() == [*FRAME.rows(), *FRAME[:3].rows()]
    FRAME.write_csv(tmp_path / "rows.csv")
    refused: tuple[tuple[Any, str, bool, str], ...] = (
        (place, "rows", False, "has a table 'rows' already"),
        (place, "row", True, "has no table 'row' (did you mean 'rows'?) to append to"),
        (tmp_path / "rows.csv", "rows", False, "expected a database to write into, postgresql://… or a file of one"),
        (place, "", False, "table must be the name of a table, got ''"),
    )
    for where, name, append, said in refused:
        with pytest.raises(gn.InvalidInput) as caught:
            gn.write_table(FRAME, where, name, append=append)
        assert said in str(caught.value)
    assert len(gn.read_table(place, table="rows")) == N + 3
