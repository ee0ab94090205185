"""Exported JavaScript modules, all of them imported by one run of Node."""

import datetime
import json
import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.exports.running.case import CannotRun, Case, Given, split

MODULES = (".mjs", ".js")  # the endings of files that Node imports
DRIVER = """
const cases = JSON.parse(require("node:fs").readFileSync(0, "utf8"), (key, value) =>
  value !== null && typeof value === "object" && "~number" in value ? Number(value["~number"]) : value);
(async () => {
  const found = [];
  for (const { path, rows } of cases) {
    const module = await import(path);
    found.push(rows.map((row) => {
      if (Array.isArray(row)) return [...module.predict(row)].map(String);
      const { value, ends } = module.forward(row);
      const numbers = [...value, ...(ends ?? [])].map(String);
      return module.classes ? [...numbers, String(module.classes.indexOf(module.predict(row).prediction))] : numbers;
    }));
  }
  console.log(JSON.stringify(found));
})();
"""


def node() -> str:
    """The Node of this machine."""
    found = shutil.which("node") or shutil.which("nodejs")
    if found is None:
        raise CannotRun("Node is not at hand, so the JavaScript module cannot be run here.")
    return found


def run_all(cases: Sequence[Case]) -> list[Given]:
    """What the modules give for their rows."""
    for case in cases:
        if case.path.suffix not in MODULES:
            raise CannotRun(f"Node imports files that end in .mjs or .js: {case.path.name} cannot be run.")
    asked = json.dumps([{"path": case.path.resolve().as_uri(), "rows": rows(case)} for case in cases])
    done = subprocess.run([node(), "-e", DRIVER], input=asked, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if re.match(r"\w*Error: ", line)] or [done.stderr.strip()]
        raise CannotRun(f"node ended with {done.returncode}: {lines[0][:300]}")
    found = json.loads(done.stdout)
    return [
        split(np.array([[*map(number, row)] for row in each], float), case.program)
        for each, case in zip(found, cases, strict=True)
    ]


def rows(case: Case) -> list[Any]:
    """The rows as JSON: numbers as texts, since JSON has no NaN."""
    if case.rows is not None:
        shaped = case.rows.reshape(-1, *case.program.input_shape)
        return [cell(row) for row in shaped.tolist()]
    names, columns = [*(case.given or {})], [*(case.given or {}).values()]
    return [dict(zip(names, map(cell, row), strict=True)) for row in zip(*columns, strict=True)]


def cell(value: Any) -> Any:
    """A value as the driver reads it."""
    if isinstance(value, list):
        return [cell(each) for each in value]
    if isinstance(value, datetime.timedelta):
        return cell(value / datetime.timedelta(days=1))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if value is None or isinstance(value, str | bool):
        return value
    return {"~number": text_of(float(value))}


def text_of(number: float) -> str:
    """A number as JavaScript writes it."""
    if math.isfinite(number):
        return repr(number)
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def number(text: str) -> float:
    """A number that JavaScript wrote."""
    return float(text.replace("Infinity", "inf"))
