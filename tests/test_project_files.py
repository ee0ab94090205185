"""The files around the code, for whoever hosts, cites or continues the project: valid, and in agreement."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import glassnet as gn
from tests.lowest import main

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCHEMAS = {
    "vendor.github-workflows": "workflows/*.yml",
    "custom.github-workflows-require-timeout": "workflows/*.yml",
    "vendor.github-issue-forms": "ISSUE_TEMPLATE/[!c]*.yml",
    "vendor.github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "vendor.dependabot": "dependabot.yml",
    "vendor.citation-file-format": "../CITATION.cff",
}
hosted = pytest.mark.skipif(not (ROOT / ".github").exists(), reason="this is an sdist, which has no .github")


def check(schema, *files):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    return subprocess.run(command, capture_output=True, text=True)


@hosted
@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_the_host_follow_their_schema(schema):
    pytest.importorskip("check_jsonschema")
    files = sorted((ROOT / ".github").glob(SCHEMAS[schema]))
    assert files
    done = check(schema, *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_workflow_with_a_slip_is_found(tmp_path):
    pytest.importorskip("check_jsonschema")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("on: push\njobs:\n  one:\n    runs_on: ubuntu-latest\n    steps:\n      - run: make test\n")
    assert check("vendor.github-workflows", wrong).returncode == 1


def test_the_lowest_versions_name_each_package_once(capsys):
    main()
    names = [line.partition("==")[0] for line in capsys.readouterr().out.splitlines()]
    assert "numpy" in names and "glassnet" not in names
    assert len(names) == len(set(names))  # two versions of one package cannot both be installed


def workflow(name):
    return (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")


@hosted
def test_the_targets_and_pythons_that_workflows_name_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target
        for path in (ROOT / ".github").rglob("*.yml")
        for target in re.findall(r"\bmake ([\w-]+)", path.read_text())
    }
    assert {target for target in named if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE)} == set()
    pythons = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)]
    assert workflow("tests.yml").count(f"python: {json.dumps(pythons)}") == 2
    assert PROJECT["requires-python"] == f">={pythons[0]}"


def test_the_citation_names_the_version_and_license_of_the_package():
    fields = dict(
        re.findall(r"^(\w+): (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert (fields["version"], fields["license"]) == (gn.__version__, PROJECT["license"])


def test_only_pyproject_says_where_the_project_lives():
    where = PROJECT["urls"]["Homepage"].split("/")[2]
    done = subprocess.run(["git", "grep", "-l", "-F", f"https://{where}"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 128:
        pytest.skip("this is no checkout")
    assert done.stdout.split() == ["pyproject.toml"]
