"""Files as an attacker, a bad disk or a careless editor makes them: JSON changed at random places, bits flipped, cut.

`python -m tests.hostile KIND SEED COUNT` tries many of one kind, as the tests try a few, under a limit of memory and
time, and prints what ended otherwise than in a sentence.
"""

import copy
import json
import random
import struct
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DEEP = "\0deep"  # stands for lists in each other, which `json.dumps` cannot write
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2, 2.5, -0.5, 1e308, -1e308, 1e-320, 10**400, 2**31, 2**53 + 1, 2**63, 2**64,
    -(2**70), 2**127, 2**200, "", "x", "0", "yes", "\ud800", "a" * 2000, "\0", "__class__", [], {}, [[]], [{}],
    [None], [0], [0] * 500, ["a", "a"], {"name": "x"}, {"name": "dense"}, {"name": []}, {"": None}, [1e400], DEEP,
    {"name": "cosine", "value": 1}, {"name": "residual", "layers": []}, {"name": "flatten"}, float("nan"), 1e400,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value inside a value, itself first."""
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*path, key))
    elif isinstance(value, list):
        for k, each in enumerate(value[:50]):
            yield from places(each, (*path, k))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


def changed(value: Any, rng: random.Random) -> Any:
    """A copy that is changed at one to three random places."""
    made = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        made = changed_once(made, rng)
    return made


def changed_once(value: Any, rng: random.Random) -> Any:
    """The value, changed at one random place."""
    *above, last = rng.choice([path for path in places(value) if path] or [(None,)])
    if last is None:
        return rng.choice(ODD)
    holder, way = at(value, tuple(above)), rng.randrange(7)
    if way == 0:
        del holder[last]
    elif way == 1 and isinstance(holder, dict):
        holder[rng.choice(("more", last + "x", last.upper(), "", "a" * 3000))] = copy.deepcopy(rng.choice(ODD))
    elif way == 2 and isinstance(holder, list):
        holder.insert(rng.randrange(len(holder) + 1), copy.deepcopy(rng.choice([holder[last], rng.choice(ODD)])))
    elif way == 3:
        holder[last] = copy.deepcopy(at(value, rng.choice(list(places(value)))))
    elif way == 4 and isinstance(holder[last], (int, float)):
        holder[last] = rng.choice((-holder[last], holder[last] + 1, holder[last] * 10**9, str(holder[last])))
    else:
        holder[last] = copy.deepcopy(rng.choice(ODD))
    return value


def as_text(value: Any, rng: random.Random) -> str:
    """JSON, at times with lists deep in each other, or a field twice."""
    deep = rng.choice((150, 190, 600, 100_000))
    text = json.dumps(value).replace(json.dumps(DEEP), "[" * deep + "]" * deep)
    return text.replace('{"', '{"name": 3, "', 1) if rng.random() < 0.02 else text


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    """(header, the rest) of a safetensors file."""
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def joined(header: dict[str, Any], rest: bytes) -> bytes:
    """A safetensors file from its header and the rest."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + rest


def described(content: bytes) -> tuple[str, dict[str, Any]]:
    """(key, description without its checksum) of a file that glassnet wrote."""
    ((key, text),) = split(content)[0]["__metadata__"].items()
    description = json.loads(text)
    description.pop("checksum", None)
    return key, description


def with_description(content: bytes, text: str) -> bytes:
    """The file with another description, whose arrays are the same."""
    header, rest = split(content)
    (key,) = header["__metadata__"]
    return joined({**header, "__metadata__": {key: text}}, rest)


def with_other_description(content: bytes, rng: random.Random) -> bytes:
    """The file with a description that is changed at random, and no checksum."""
    return with_description(content, as_text(changed(described(content)[1], rng), rng))


def with_other_header(content: bytes, rng: random.Random) -> bytes:
    """The file with names, dtypes, shapes and offsets changed at random."""
    header, rest = split(content)
    (key,) = header["__metadata__"]
    header["__metadata__"][key] = json.dumps(described(content)[1])
    return joined(changed(header, rng) if rng.random() < 0.9 else header, rest)


def with_other_numbers(content: bytes, rng: random.Random) -> bytes:
    """The file with a few other bytes in its arrays, and no checksum."""
    header, rest = split(content)
    (key,) = header["__metadata__"]
    header["__metadata__"][key] = json.dumps(described(content)[1])
    numbers = bytearray(rest)
    for _ in range(rng.choice((1, 4, 50))):
        numbers[rng.randrange(len(numbers))] = rng.choice((0, 127, 128, 255, rng.randrange(256)))
    return joined(header, bytes(numbers))


def flipped(content: bytes, rng: random.Random) -> bytes:
    """The bytes with one to three bits that are other ones."""
    made = bytearray(content)
    for place in rng.sample(range(len(made)), min(len(made), rng.choice((1, 2, 3)))):
        made[place] ^= 1 << rng.randrange(8)
    return bytes(made)


def cut(content: bytes, rng: random.Random) -> bytes:
    """The bytes up to somewhere."""
    return content[: rng.randrange(len(content))]


WAYS = (with_other_description, with_other_description, with_other_description, with_other_header,
        with_other_numbers, flipped, cut)  # fmt: skip


class Raw(AssertionError):
    """Something ended otherwise than in a sentence."""


def said(action: Callable[[], Any]) -> str | None:
    """What a GlassnetError says, None where there is none; Raw for any other error, and for a message too long."""
    import glassnet as gn

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            action()
    except gn.GlassnetError as error:
        if len(str(error)) > 1000 or not str(error):
            raise Raw(f"a message of {len(str(error))} characters: {str(error)[:300]}") from error
        return str(error)
    except (Exception, SystemExit) as error:
        raise Raw(f"{type(error).__name__}: {str(error)[:300]}") from error
    return None


def try_model(content: bytes, folder: Path, frame: Any) -> str | None:
    """Load a model file and predict by it."""
    import numpy as np

    import glassnet as gn

    path = folder / "hostile.safetensors"
    path.write_bytes(content)

    def use() -> None:
        model = gn.load(path)
        if isinstance(model, gn.Network):
            shape = model.built()[0].input_shape
            if np.prod([float(size) for size in shape]) < 1e6:
                model.predict(np.zeros((2, *shape)))
                model.summary()
        elif isinstance(model, gn.forecasting.Forecaster):
            raise Raw("it is a forecaster now")
        else:
            made = model.predict_table(frame)
            wrong = [
                name for name, column in made.items() if column.dtype.kind == "f" and not np.isfinite(column).all()
            ]
            if wrong:
                raise Raw(f"{wrong[0][:40]} is not finite, without a word")
        model.save(folder / "again.safetensors")

    return said(use)


def try_forecaster(content: bytes, folder: Path, plan: Any) -> str | None:
    """Load the file of a forecaster and forecast by it."""
    import glassnet as gn

    path = folder / "hostile.safetensors"
    path.write_bytes(content)

    def use() -> None:
        model = gn.load(path)
        if not isinstance(model, gn.forecasting.Forecaster):
            raise Raw("it is no forecaster any more")
        model.summary()
        model.predict(plan if model.known()[0].columns.future else None)
        model.save(folder / "again.safetensors")

    return said(use)


def try_checkpoint(content: bytes, folder: Path, fit: Callable[..., Any], new: Callable[[], Any]) -> str | None:
    """Go on from a checkpoint; where it is refused, the network must be as it was."""
    import numpy as np

    import glassnet as gn

    path = folder / "hostile.safetensors"
    path.write_bytes(content)
    network = new()
    before, state = network.parameters.copy(), network.state.copy()
    try:
        words = said(lambda: fit(network, resume=path))
    except BaseException:
        raise
    same = np.array_equal(before, network.parameters) and np.array_equal(state, network.state)
    if words is not None and not same and "diverged" not in words:
        raise Raw(f"refused, but the network is another one: {words}")
    assert isinstance(network, gn.Network)
    return words


def tried(count: int, seed: int, one: Callable[[random.Random], Any]) -> list[str]:
    """What went wrong in so many tries, each with its number."""
    found = []
    for k in range(count):
        rng = random.Random(f"{seed}.{k}")
        try:
            one(rng)
        except Raw as error:
            found.append(f"{k}: {error}")
    return found


def examples(folder: Path) -> dict[str, Any]:
    """Files of each kind that are as they should be, and what they are used with."""
    import numpy as np

    import glassnet as gn

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    layers = [
        gn.Columns(([0, 1], [gn.PeriodicEmbedding(3, 2), gn.Scale()]), (2, gn.Embedding(4, 2))),
        gn.PiecewiseLinearEmbedding(3, 2), gn.BatchNorm(),
        gn.Dense(4, gn.ELU(alpha=0.5), weights=gn.Normal(std=0.1), max_norm=3.0), gn.Dropout(gn.Cosine(0.2)),
        gn.Residual(gn.Dense(3, "prelu"), gn.LayerNorm(), gn.Dense(4, bias=False)), gn.GaussianNoise(0.1),
        gn.Dense(2, "softmax"),
    ]  # fmt: skip
    X[:, 2] = rng.integers(0, 4, 60)
    net = gn.Network(layers, engine="numpy")
    net.fit(
        X, y, loss=gn.CrossEntropy(label_smoothing=0.1), optimizer=gn.AdamW(gn.Cosine(0.01)), epochs=2, seed=0,
        metrics=["accuracy", gn.metrics.TopKAccuracy(k=2)], validation=0.2, penalty="l2", clip=gn.ClipNorm(1.0),
    )  # fmt: skip
    how: dict[str, Any] = {
        "loss": "cross_entropy", "epochs": 5, "batch_size": 8, "validation": 0.2, "metrics": ["accuracy"],
        "average": 0.9, "optimizer": gn.AdamW(gn.ReduceOnPlateau(0.01)),
        "stop": [gn.EarlyStopping("val_loss", 50), gn.Target("loss", 0.0)],
    }  # fmt: skip

    def new() -> gn.Network:
        return gn.Network([gn.Dense(3, "tanh"), gn.BatchNorm(), gn.Dense(2, "softmax")], engine="numpy").build(
            3, seed=9
        )

    def fit(network: gn.Network, kind: Any = None, **more: Any) -> Any:
        seed = 0 if kind is None else np.random.Generator(kind(0))
        return network.fit(X, y, **{**how, "seed": seed, **more})

    checkpoints = []
    for kind in (None, np.random.MT19937, np.random.Philox, np.random.SFC64):
        stop = [*how["stop"], gn.StopAfter(3)]
        fit(new(), kind, stop=stop, checkpoint=folder / f"{kind and kind.__name__}.safetensors")
        checkpoints.append(((folder / f"{kind and kind.__name__}.safetensors").read_bytes(), kind))
    return {"network": net.save(folder / "net.safetensors").read_bytes(), "checkpoints": checkpoints, "fit": fit,
            "new": new}  # fmt: skip


def table_models(folder: Path) -> list[tuple[bytes, Any]]:
    """(model file, rows) of a classification and of a regression."""
    import polars

    from glassnet.tables.fitting.recipe import Recipe
    from glassnet.tables.fitting.training import TableTraining

    rng = random.Random(0)
    rows = [{"a": rng.random(), "city": rng.choice(["Rome", "Oslo", None]), "zip": str(rng.randrange(30)) + "x",
             "on": f"2020-01-{1 + rng.randrange(28):02}", "k": rng.randrange(5), "y": rng.choice(["no", "yes"]),
             "z": rng.random()} for _ in range(200)]  # fmt: skip
    frame = polars.DataFrame(rows).with_columns(polars.col("on").str.to_date())
    found = []
    for target in ("y", "z", "k"):
        training = TableTraining(frame, target, None, Recipe(hidden=(4,), epochs=1, seed=0, engine="numpy"))
        for _ in training.epochs():
            pass
        found.append((training.model.save(folder / f"{target}.safetensors").read_bytes(), frame))
    return found


def try_history(content: bytes, folder: Path, drawn: bool) -> str | None:
    """Read a history, write it and, as that takes its time, at times draw it."""
    import glassnet as gn

    path = folder / "history.json"
    path.write_bytes(content)

    def use() -> None:
        history = gn.History.load(path)
        repr(history)
        history.save(folder / "again.json")
        gn.History.load(folder / "again.json")
        if len(history) and drawn:
            history.plot().savefig(folder / "history.svg")

    return said(use)


def try_log(content: bytes, folder: Path) -> str | None:
    """Add an epoch to a CSV file."""
    import glassnet as gn
    from glassnet.training.epoch import Epoch

    path = folder / "log.csv"
    path.write_bytes(content)
    log = gn.listeners.CSVLog(path)

    def use() -> None:
        log(Epoch(1, 0.5, 0.1))
        log.end(None)

    return said(use)


def try_run(content: bytes, folder: Path) -> str | None:
    """Go on with a run of the command line."""
    import contextlib
    import io
    import shutil

    import typer

    from glassnet.cli.runs import read_asked
    from glassnet.cli.training_run import run_training

    shutil.rmtree(folder / "run", ignore_errors=True)
    shutil.copytree(folder / "left", folder / "run")
    (folder / "run" / "run.json").write_bytes(content)

    def use() -> None:
        with contextlib.suppress(typer.Exit), contextlib.redirect_stdout(io.StringIO()):
            run_training(read_asked(folder / "run", {}), folder / "run", resumed=True)

    return said(use)


def other_json(content: bytes, rng: random.Random) -> bytes:
    """JSON that is changed, flipped or cut."""
    if rng.random() < 0.8:
        return as_text(changed(json.loads(content), rng), rng).encode()
    return rng.choice((flipped, cut))(content, rng)


def left_run(folder: Path) -> bytes:
    """The run.json of a run in `folder`/left that goes on."""
    import contextlib
    import io
    import os

    import typer

    import glassnet.cli.training_run as cli
    from glassnet.cli.folders import run_folder
    from glassnet.cli.runs import RunRequest
    from glassnet.tables.fitting.recipe import Recipe
    from glassnet.tables.fitting.request import TableRequest

    os.chdir(folder)
    ending = vars(cli)["end_run"]
    vars(cli)["end_run"] = lambda _: None
    rng = random.Random(0)
    rows = "".join(f"{(x := rng.random()):.3f},{rng.random():.3f},{'ab'[x > 0.5]}\n" for _ in range(60))
    (folder / "t.csv").write_text("u,v,y\n" + rows)
    recipe = Recipe(hidden=(3,), epochs=4, engine="numpy", stop_after=2)
    asked = RunRequest(str(folder / "t.csv"), TableRequest("y", None, recipe), "1", "glassnet train t.csv")
    with contextlib.suppress(typer.Exit), contextlib.redirect_stdout(io.StringIO()):
        cli.run_training(asked, run_folder(folder / "left"))
    vars(cli)["end_run"] = ending
    return (folder / "left" / "run.json").read_bytes().replace(b'"stop_after": 2', b'"stop_after": null')


def limited(n_bytes: int) -> None:
    """Let this process have so much memory and no more."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


def main(kind: str, seed: int, count: int) -> None:
    """Try many of one kind, and print what went wrong."""
    import faulthandler
    import os
    import signal

    os.environ.setdefault("GLASSNET_ENGINE", "numpy")
    faulthandler.enable()
    folder = Path(tempfile.mkdtemp())

    def late(*_: Any) -> None:
        raise Raw("it took more than 20 s")

    signal.signal(signal.SIGALRM, late)
    one = KINDS[kind](folder)
    limited(4 << 30)

    def watched(rng: random.Random) -> None:
        signal.alarm(20)
        one(rng)
        signal.alarm(0)

    found = tried(count, seed, watched)
    print(f"{kind}: {len(found)} of {count}", *found, sep="\n")


def of_models(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a model of a network."""
    whole = examples(folder)["network"]
    return lambda rng: try_model(rng.choice(WAYS)(whole, rng), folder, None)


def of_tables(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a model of a table."""
    models = table_models(folder)

    def one(rng: random.Random) -> None:
        whole, frame = rng.choice(models)
        try_model(rng.choice(WAYS)(whole, rng), folder, frame)

    return one


def of_forecasters(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a forecaster: a repeated season, or linear maps, of golden files."""
    from tests.golden import forecasters, make

    names, plan = ("linear-shared", "linear-apart-log", "seasonal-naive"), forecasters.plan()
    whole = [(make.FORECASTERS / f"{name}.safetensors").read_bytes() for name in names]
    return lambda rng: try_forecaster(rng.choice(WAYS)(rng.choice(whole), rng), folder, plan)


def of_checkpoints(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a checkpoint."""
    made = examples(folder)

    def one(rng: random.Random) -> None:
        content, kind = rng.choice(made["checkpoints"])
        way = rng.choice(WAYS)
        try_checkpoint(way(content, rng), folder, lambda net, **more: made["fit"](net, kind, **more), made["new"])

    return one


def of_histories(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a history."""
    import glassnet as gn

    xor = gn.datasets.xor()
    net = gn.Network([gn.Dense(4, "tanh"), gn.Dense(2, "softmax")], engine="numpy")
    history = net.fit(
        xor.X, xor.y, loss="cross_entropy", optimizer=gn.Adam(gn.Cosine(0.1)), epochs=3, metrics=["accuracy"],
        validation=(xor.X, xor.y), penalty=gn.L2(gn.Cosine(0.1)), seed=0,
    )  # fmt: skip
    whole = history.save(folder / "h.json").read_bytes()
    return lambda rng: try_history(other_json(whole, rng), folder, drawn=rng.random() < 0.05)


def of_logs(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a CSV log."""
    whole = b"epoch,loss,learning_rate,seconds\n1,0.5,0.1,0.0\n"
    odd = (b"", b"\0", b"\xff\xfe", b'"', b"\r", b"\n\n", b"a" * 200_000, b'"' * 3, b",", b"\xef\xbb\xbf")

    def one(rng: random.Random) -> None:
        place = rng.randrange(len(whole))
        made = whole[:place] + rng.choice(odd) + whole[place:]
        try_log(rng.choice((made, flipped(made, rng), cut(made, rng))), folder)

    return one


def of_runs(folder: Path) -> Callable[[random.Random], Any]:
    """One try with a run.json."""
    whole = left_run(folder)
    return lambda rng: try_run(other_json(whole, rng), folder)


KINDS = {
    "model": of_models, "table": of_tables, "checkpoint": of_checkpoints, "history": of_histories, "log": of_logs,
    "run": of_runs, "forecaster": of_forecasters,
}  # fmt: skip

if __name__ == "__main__":
    import sys

    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
