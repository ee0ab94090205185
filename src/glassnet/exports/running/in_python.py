"""Exported Python files, run in this process."""

from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import numpy as np

from glassnet.exports.running.case import CannotRun, Case, Given


def run(case: Case) -> Given:
    """What the file gives for its rows."""
    module = imported(case)
    if case.rows is not None:
        shape = case.program.input_shape
        with np.errstate(all="ignore"):
            return Given(np.asarray(module.predict(case.rows.reshape(-1, *shape)), np.float64))
    with np.errstate(all="ignore"):
        values, *ends = module.forward(case.given)
    if not case.program.outputs.classes:
        return Given(values, *ends)
    places = {name: k for k, name in enumerate(module.CLASSES)}
    return Given(values, labels=np.array([places[name] for name in module.predict(case.given)], np.intp))


def imported(case: Case) -> Any:
    """The file as a module that nothing else can import."""
    spec = spec_from_file_location("exported", case.path)
    if spec is None or spec.loader is None:
        raise CannotRun(f"{case.path} cannot be imported.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
