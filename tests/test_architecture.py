"""The architecture: imports point downward, files stay short, the base install needs NumPy alone."""

import ast
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import glassnet

ROOT = Path(glassnet.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LAYERS = [
    "habits",
    "errors", "calls", "extras", "files", "glyphs", "figure", "drawing", "formulas", "layers", "engine", "taping",
    "training", "listeners", "predictor", "summary", "copies", "typing", "network",
    "many", "reinforcement", "insight", "pictures", "tables", "tuning", "forecasting", "exports", "importing",
    "loading", "demos", "sklearn", "serving", "playing", "starting", "cli", "__main__",
]  # fmt: skip
# What lies lower than its name says: formulas know errors only, and files read no more than arrays.
ALLOWED = {"files": {"formulas"}}


def package(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


@cache
def nodes(path):
    """All that the syntax tree of a file holds, the module first."""
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def import_statements(path):
    """The statements of a file that import something, wherever in the file."""
    return [node for node in nodes(path) if isinstance(node, (ast.Import, ast.ImportFrom))]


def imports(path):
    """The glassnet modules that a file imports, wherever in the file."""
    for node in import_statements(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("glassnet"):
            yield node.module
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("glassnet"))


def upward(path):
    """The modules that a file imports though they lie no lower."""
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if own in ("__init__", "demos"):
        return []  # the public face, and programs that use it
    allowed = {*LAYERS[: LAYERS.index(own) + 1], *ALLOWED.get(own, ()), *(["__init__"] if own == "cli" else [])}
    return [module for module in imports(path) if package(module) not in allowed]


def test_imports_point_downward():
    assert {path: found for path in FILES if (found := upward(path))} == {}


def test_no_property_holds_a_lock_while_it_is_computed():
    """`glassnet.calls.cached_property` is that of functools without the lock of Python 3.11."""
    own, text = ROOT / "calls.py", re.compile(r"functools(\.| import .*)cached_property")
    assert [path for path in FILES if path != own and text.search(path.read_text())] == []


# Within a package: none imports from those after it.
ORDERS = {
    "tables": [
        "datasets", "splitting", "number_format", "values", "encoding", "splits", "reading", "sources", "calibration",
        "distributions", "model_checks", "network_outputs", "update_record", "table_fields", "compared",
        "seen_rows", "pipeline", "scored", "predictor", "insight", "model", "judging", "fitting", "updating",
        "reporting",
    ],
    "engine/compiled": ["math", "runtime", "codegen", "windows"],
    "importing": ["allowance", "files", "pieces", "recognition", "onnx", "keras", "torch"],
}  # fmt: skip
MODULES = {".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path for path in FILES}


def imported_modules(path):
    """The modules that a file imports, also those named in `from package import module`."""
    for node in import_statements(path):
        if isinstance(node, ast.ImportFrom):
            named = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from {name if name in MODULES else node.module for name in named} & MODULES.keys()
        if isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & MODULES.keys()


@pytest.mark.parametrize("folder", ORDERS)
def test_the_parts_of_a_package_import_downward(folder):
    order, prefix = ORDERS[folder], f"glassnet.{folder.replace('/', '.')}."
    assert {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")} <= {*order}
    for name, path in MODULES.items():
        own = name.removeprefix(prefix).split(".")[0]
        if name.startswith(prefix) and own in order:
            used = {m.removeprefix(prefix).split(".")[0] for m in imported_modules(path) if m.startswith(prefix)}
            assert not used & {*order[order.index(own) + 1 :]}, name


def test_no_modules_import_each_other_in_a_circle():
    files = {name: path for name, path in MODULES.items() if name != "glassnet.__init__"}
    TopologicalSorter({name: [*imported_modules(path)] for name, path in files.items()}).prepare()  # or CycleError


def test_the_files_that_the_design_and_the_steps_for_contributors_name_are_there():
    top = Path(__file__).parents[1]
    text = (top / "docs" / "design.md").read_text() + (top / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`([a-z_/]+/[a-z_]+\.py)`", text))
    places = (ROOT, ROOT / "engine" / "compiled", top)
    assert len(named) > 30
    assert {name for name in named if not any((place / name).exists() for place in places)} == set()


def test_the_design_names_every_package():
    text = (Path(__file__).parents[1] / "docs" / "design.md").read_text()
    packages = [path.parent.relative_to(ROOT).as_posix() + "/" for path in ROOT.glob("*/**/__init__.py")]
    assert [name for name in packages if f"`{name}`" not in text and f"`{Path(name).name}/`" not in text] == []


def test_no_folder_holds_more_modules_than_one_sees_at_a_glance():
    modules = Counter(path.parent for path in FILES if path.stem != "__init__")
    assert {folder.name: n for folder, n in modules.items() if n > 16} == {}


# One concept each, which splitting would make harder to find.
LONGER = {
    "formulas/activations.py",
    "formulas/initializers.py",
    "formulas/losses.py",
    "formulas/schedules.py",
    "formulas/update_rules.py",
    "network.py",
}


def test_every_file_opens_with_a_sentence_and_has_fewer_than_300_lines():
    for path in FILES:
        docstring = ast.get_docstring(nodes(path)[0])
        assert docstring, path
        assert docstring.splitlines()[0].rstrip().endswith((".", "…)", ":")), path
        most = 500 if path.relative_to(ROOT).as_posix() in LONGER else 300
        assert path.read_text().count("\n") < most, path


def test_only_tables_of_names_are_formatted_by_hand():
    """Elsewhere the formatter decides: `fmt: skip` ends a constant, such as a dict of symbols."""
    for path in FILES:
        lines = [line for line in path.read_text().splitlines() if line.endswith("# fmt: skip")]
        assert all(re.fullmatch(r"[\])}]+  # fmt: skip", line) for line in lines), path


# Statements without the docstring; and what takes as many parameters as the thing of another library that it is like.
LONGEST = 45
MOST_PARAMETERS = 16
AS_ELSEWHERE = {
    "engine/compiled/runtime/register_blocks.py sums_of_runs": "instructions of a block, built one after the other",
    "engine/compiled/runtime/register_blocks.py block": "the same",
    "sklearn/classifier.py __init__": "scikit-learn's parameters",
    "sklearn/regressor.py __init__": "scikit-learn's parameters",
}


def n_lines(node: ast.AST) -> int:
    """How many lines a statement or a function has."""
    return getattr(node, "end_lineno", 0) - getattr(node, "lineno", 0) + 1


def functions():
    """(the place, how many lines it has beside its docstring, how many parameters) of every function."""
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                told = n_lines(node.body[0]) if ast.get_docstring(node) else 0
                own = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                named = [each for each in own if each.arg not in ("self", "cls")]
                yield f"{path.relative_to(ROOT).as_posix()} {node.name}", n_lines(node) - told, len(named)


def test_functions_are_short_and_have_few_parameters():
    found = {place: (n, m) for place, n, m in functions() if n > LONGEST or m > MOST_PARAMETERS}
    assert found.keys() == AS_ELSEWHERE.keys(), found


def annotated_parameters(path):
    """(the function, the parameter, its type as it is written) of every parameter with a type."""
    for node in nodes(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own = node.args
            several = filter(None, (own.vararg, own.kwarg))
            for parameter in (*own.posonlyargs, *own.args, *own.kwonlyargs, *several):
                if parameter.annotation is not None:
                    yield node.name, parameter.arg, ast.unparse(parameter.annotation).strip("'\"")


def test_fewer_than_8_percent_of_the_parameters_with_a_type_have_the_type_any():
    found = [(path, *each) for path in FILES for each in annotated_parameters(path)]
    bare = [(path, function, name) for path, function, name, written in found if written == "Any"]
    share = len(bare) / len(found)
    most = Counter(str(path.relative_to(ROOT)) for path, *_ in bare).most_common(10)
    assert share < 0.08, f"{len(bare)} of {len(found)} ({share:.1%}); most are in {dict(most)}"


def test_no_two_test_files_have_one_name():
    files = [path for path in Path(__file__).parent.rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    assert {name for name, n in Counter(path.name for path in files).items() if n > 1} == set()  # pytest takes one


def run(code, **environment):
    python = [sys.executable, "-c", code]
    return subprocess.run(python, capture_output=True, text=True, check=True, env=os.environ | environment).stdout


def test_importing_glassnet_imports_numpy_and_the_standard_library_alone():
    loaded = "{module.split('.')[0] for module in sys.modules}"
    found = set(ast.literal_eval(run(f"import sys; from glassnet import *; print({loaded})"))) - sys.stdlib_module_names
    assert {name for name in found if not name.startswith("_")} - {"numpy", "glassnet", "cython_runtime"} == set()


def test_the_first_prediction_imports_no_more_than_it_needs(tmp_path):
    model = glassnet.Network([glassnet.Dense(2, "softmax")]).build(4, seed=0).save(tmp_path / "model.safetensors")
    use = f"glassnet.load({str(model)!r}).predict([[1.0, 2.0, 3.0, 4.0]])"
    code = f"import sys, glassnet; before = set(sys.modules); {use}; print([sorted(before), sorted(sys.modules)])"
    before, after = ast.literal_eval(run(code, GLASSNET_ENGINE="numpy"))
    assert {module for module in before if module.startswith(("glassnet", "numpy"))} == {"glassnet"}
    slow = {
        "dataclasses",
        "pathlib",
        "hashlib",
        "_hashlib",
        "numpy.ma",
        "numpy.random",
        "glassnet.tables",
        "glassnet.insight",
        "glassnet.training.loop",
        "glassnet.training.metrics",
        "glassnet.training.blocks",
        "glassnet.engine.job",
        "glassnet.formulas.losses",
        "glassnet.formulas.update_rules",
    }
    assert slow & set(after) == set()


def test_public_names_are_the_same_for_type_checkers():
    stub = ast.parse((ROOT / "__init__.pyi").read_text())
    lines = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    packages = lines.pop(0)
    assert (packages.module, [name.name for name in packages.names]) == ("glassnet", vars(glassnet)["PACKAGES"])
    assert {name.name: line.module for line in lines for name in line.names} == {
        name: f"glassnet.{module}" for name, module in vars(glassnet)["HOMES"].items()
    }
    assert isinstance(stub.body[-1], ast.Assign)
    assert sorted(ast.literal_eval(stub.body[-1].value)) == glassnet.__all__


def test_public_names_are_imported_when_they_are_first_used():
    assert {name: getattr(glassnet, name) for name in glassnet.__all__}.keys() <= set(dir(glassnet))
    assert glassnet.load is glassnet.loading.load
    with pytest.raises(AttributeError, match="module 'glassnet' has no attribute 'Dens'"):
        getattr(glassnet, "Dens")  # noqa: B009


KERAS_FILE = (
    "file = __import__('zipfile').ZipFile('KERAS', 'w'); file.writestr('config.json', '{}'); "
    "file.writestr('model.weights.h5', ''); file.close(); gn.from_keras('KERAS')"
)


@pytest.mark.parametrize(
    ("use", "module", "extra"),
    [
        pytest.param("gn.History().plot()", "matplotlib", "plots", marks=pytest.mark.long),
        ("gn.datasets.iris().to_polars()", "polars", "tables"),
        pytest.param(
            "gn.Network([gn.Dense(1)]).fit([[1.0]], [1], loss='huber', optimizer='lbfgs')",
            "scipy",
            "lbfgs",
            marks=pytest.mark.long,
        ),
        ("__import__('glassnet.cli').cli.main()", "typer", "cli"),
        pytest.param("gn.listeners.TensorBoard('run')", "tensorboardX", "tensorboard", marks=pytest.mark.long),
        pytest.param("gn.listeners.MLflow()", "mlflow", "mlflow", marks=pytest.mark.long),
        pytest.param("gn.listeners.LiveFigure()", "IPython", "notebook", marks=pytest.mark.long),
        pytest.param("gn.tune(gn.datasets.iris().to_polars(), 'species')", "optuna", "tune", marks=pytest.mark.long),
        ("__import__('glassnet.sklearn')", "sklearn", "sklearn"),
        ("sys.argv[1:] = ['serve', 'm']; __import__('glassnet.cli').cli.main()", "uvicorn", "serve"),
        pytest.param(
            "sys.argv[1:] = ['playground']; __import__('glassnet.cli').cli.main()",
            "websockets",
            "playground",
            marks=pytest.mark.long,
        ),
        pytest.param(KERAS_FILE, "h5py", "keras", marks=pytest.mark.long),
    ],
)
def test_a_missing_extra_gives_one_sentence_that_names_it(use, module, extra, tmp_path):
    use = use.replace("KERAS", str(tmp_path / "model.keras"))
    code = f"""
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == {module!r}: raise ImportError(name)
sys.meta_path.insert(0, Hide())
import glassnet as gn
try: {use}
except gn.MissingExtra as error: print(error)
except SystemExit as end: print('exit', end.code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = f'needs {module}: pip install "glassnet[{extra}]"'
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
