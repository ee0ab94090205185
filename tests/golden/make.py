"""Write the golden files that are not there yet: `python -m tests.golden.make`.

A golden file is a model as a user of its day saved it, with rows and what the model predicted for them. It is never
written anew: each later version must read it and predict the same. The folder says the version of the format.
"""

import json
from pathlib import Path
from typing import Any

import glassnet as gn
from glassnet.files import checkpoint_file, model_file
from glassnet.forecasting import saving
from glassnet.formulas.elementary import Array
from glassnet.tables.reading.read import read_file
from tests.golden import forecasters, networks, tables
from tests.golden.runs import DONE, run

HERE = Path(__file__).parent
MODELS = HERE / f"model-{model_file.FORMAT_VERSION}"
FORECASTERS = HERE / f"forecaster-{saving.FORMAT_VERSION}"
CHECKPOINTS = HERE / f"checkpoint-{checkpoint_file.FORMAT_VERSION}"


def decimals(array: Array) -> Any:
    """The shortest texts that stand for these numbers in their own type, as numbers for JSON."""
    return [decimals(row) for row in array] if array.ndim else float(str(array[()]))


def write_json(path: Path, **fields: Any) -> None:
    """A field a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    path.write_text("{" + ",\n ".join(lines) + "}\n", encoding="utf-8", newline="\n")


def write_network(path: Path, net: gn.Network, X: Array, y: Array) -> None:
    """A network, rows, what it says of them, and its loss and metrics."""
    net.save(path)
    net = gn.Network.load(path)  # on the NumPy engine, whatever it was trained on
    net.engine_name = "numpy"
    evaluated = net.evaluate(X, y) if net.loss else {}
    outputs = decimals(net.predict(X))
    write_json(path.with_suffix(".json"), X=X.tolist(), y=y.tolist(), outputs=outputs, evaluated=evaluated)


def write_table(path: Path, target: str, **more: Any) -> None:
    """A table model, later rows as a file, and what it says of them."""
    rows = path.with_suffix(".csv")
    rows.write_text(tables.text(target, slice(tables.rows_of(target))), encoding="utf-8", newline="\n")
    tables.trained(rows, target, **more).save(path)
    rows.write_text(tables.text(target, slice(tables.rows_of(target), None)), encoding="utf-8", newline="\n")
    model = gn.TableModel.load(path)
    for network in model.networks:
        network.engine_name = "numpy"
    frame = read_file(rows).frame
    write_json(
        path.with_suffix(".json"),
        predictions=model.predict(frame).tolist(),
        outputs=decimals(model.outputs(frame)),
        **({} if model.interval is None else {"ends": model.predict_interval(frame).tolist()}),
    )


def write_forecaster(path: Path, name: str) -> None:
    """A forecaster, and what it forecasts."""
    forecaster = forecasters.fitted(name)
    forecaster.save(path)
    found = gn.forecasting.Forecaster.load(path).predict(forecasters.plan())
    write_json(path.with_suffix(".json"), **forecasters.in_json(found))


def write_checkpoint(path: Path) -> None:
    """A checkpoint of a run that has not ended, and the parameters at its end."""
    run(DONE, checkpoint=gn.Checkpoint(path))
    net = run(resume=path)
    write_json(path.with_suffix(".json"), parameters=net.parameters.tolist(), state=net.state.tolist())


def main() -> None:
    """Write what is missing."""
    MODELS.mkdir(exist_ok=True)
    CHECKPOINTS.mkdir(exist_ok=True)
    FORECASTERS.mkdir(exist_ok=True)
    for name, given in networks.made().items():
        if not (path := MODELS / f"{name}.safetensors").exists():
            write_network(path, *given)
    for target in tables.TABLES:
        if not (path := MODELS / f"table-{target}.safetensors").exists():
            write_table(path, target)
    for name, (target, more) in tables.WHOLE.items():
        if not (path := MODELS / f"{name}.safetensors").exists():
            write_table(path, target, **more)
    for name in forecasters.MADE:
        if not (path := FORECASTERS / f"{name}.safetensors").exists():
            write_forecaster(path, name)
    if not (path := CHECKPOINTS / "run.safetensors").exists():
        write_checkpoint(path)


if __name__ == "__main__":
    main()
