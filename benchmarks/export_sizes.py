"""Sizes of exported files beside those of sklearn-onnx, emlearn and m2cgen, for the same network with relu.

`python -m benchmarks.export_sizes` prints them; a library that is not installed is left out with a line.
"""

# mypy: disable-error-code="import-not-found,import-untyped"
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import chdir
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from benchmarks.model import Model
from glassnet.exports.targets.text import counted

MODEL = Model()
ROW = f"float x[{MODEL.widths[0]}]"
OURS = f'#include "net.h"\nvoid run(const {ROW}, float *out) {{ net_predict(x, out); }}\n'
EMLEARN = f'#include "em.h"\nfloat run(const {ROW}) {{ return em_predict(x, {MODEL.widths[0]}); }}\n'
Sizes = dict[str, int]


def rows() -> Any:
    """Rows that the ranges of 8 bits are measured on."""
    return np.asarray(MODEL.inputs(1000), np.float32)


def own_network() -> gn.Network:
    """The network with its parameters."""
    layers = [gn.Dense(width, "relu") for width in MODEL.widths[1:-1]]
    net = gn.Network([*layers, gn.Dense(MODEL.widths[-1])], engine="numpy").build(MODEL.widths[0], seed=0)
    for number, (W, b) in enumerate(MODEL.parameters()):
        net.arrays[f"{number}.W"][...], net.arrays[f"{number}.b"][...] = W, b
    return net


def sklearn_network() -> Any:
    """The same as an estimator of scikit-learn."""
    from sklearn.neural_network import MLPRegressor

    found = MLPRegressor(hidden_layer_sizes=MODEL.widths[1:-1], max_iter=1).fit(rows()[:300], rows()[:300, 0])
    found.coefs_, found.intercepts_ = map(list, zip(*MODEL.parameters(), strict=True))
    return found


def compiled(folder: Path, main: str, *flags: str) -> int:
    """Bytes of code, data and reserved memory of one function, by gcc -Os."""
    (folder / "main.c").write_text(main)
    subprocess.run(["gcc", "-std=gnu99", "-Os", *flags, "-c", "main.c"], cwd=folder, check=True, capture_output=True)
    said = subprocess.run(["size", "main.o"], cwd=folder, check=True, capture_output=True, text=True).stdout
    return sum(map(int, said.splitlines()[1].split()[:3]))


def of_glassnet(folder: Path, **asked: Any) -> Sizes:
    """What `export` writes."""
    gn.export(own_network(), folder / "net.h", **asked)
    found = {"C source": (folder / "net.h").stat().st_size, "compiled": compiled(folder, OURS)}
    if not asked:
        for name, file in (("ONNX", "net.onnx"), ("JavaScript", "net.mjs"), ("Python", "net.py")):
            gn.export(own_network(), folder / file)
            found[name] = (folder / file).stat().st_size
    return found


def whole(folder: Path) -> Sizes:
    """The same in whole numbers alone."""
    gn.export(own_network(), folder / "net.h", dtype="int8", rows=rows(), fixed_point=True)
    main = OURS.replace("float *out", "int32_t *out")
    return {"C source": (folder / "net.h").stat().st_size, "compiled": compiled(folder, main)}


def of_sklearn_onnx(folder: Path) -> Sizes:
    """The ONNX file of scikit-learn's estimator."""
    from skl2onnx import to_onnx

    return {"ONNX": len(to_onnx(sklearn_network(), rows()[:1]).SerializeToString())}


def of_emlearn(folder: Path) -> Sizes:
    """The C source of emlearn, with its own headers."""
    import emlearn

    with chdir(folder):  # where it leaves a folder of its own
        emlearn.convert(sklearn_network(), dtype="float").save(file="em.h", name="em")
    source = (folder / "em.h").read_text()
    main = EMLEARN if "em_predict(" in source else EMLEARN.replace("em_predict", "em_regress1")
    flags = f"-I{emlearn.includedir}"
    return {"C source": len(source), "compiled": compiled(folder, main, flags)}


def of_m2cgen(folder: Path) -> Sizes:
    """The C source of m2cgen."""
    import m2cgen

    return {"C source": len(m2cgen.export_to_c(sklearn_network()))}


PEERS: dict[str, tuple[str, Callable[[Path], Sizes]]] = {
    "glassnet, float32": ("glassnet", of_glassnet),
    "glassnet, int8": ("glassnet", lambda folder: of_glassnet(folder, dtype="int8", rows=rows())),
    "glassnet, int8 in fixed point": ("glassnet", whole),
    "sklearn-onnx": ("skl2onnx", of_sklearn_onnx),
    "emlearn, float": ("emlearn", of_emlearn),
    "m2cgen": ("m2cgen", of_m2cgen),
}
COLUMNS = ("ONNX", "C source", "compiled", "JavaScript", "Python")


def lines() -> list[str]:
    """A table in Markdown, and a line for each library that gave nothing."""
    found = [f"| exported by | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    missing = []
    for name, (package, sizes) in PEERS.items():
        try:
            with tempfile.TemporaryDirectory() as folder:
                given = sizes(Path(folder))
        except (ImportError, NotImplementedError, subprocess.CalledProcessError) as error:
            missing.append(f"{name}: left out ({' '.join(str(error).split())[:150]}).")
            continue
        cells = (f"{given[column]:,}" if column in given else "" for column in COLUMNS)
        found.append(f"| {name} ({package} {version(package)}) | {' | '.join(cells)} |")
    n = sum(W.size + b.size for W, b in MODEL.parameters())
    title = f"{'-'.join(map(str, MODEL.widths))} with relu, {counted(n, 'number')}, in bytes; compiled by gcc -Os."
    return [title, "", *found, "", *missing]


if __name__ == "__main__":
    print("\n".join(lines()) if shutil.which("gcc") else "gcc is not installed: sizes are of compiled files.")
