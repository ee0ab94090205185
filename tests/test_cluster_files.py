"""The files for clusters in the docs have the syntax of their kind."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[1] / "docs" / "cluster"


def blocks(page: str, kind: str) -> list[str]:
    found = re.findall(rf"^```{kind}\n(.*?)^```", (PAGES / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.mark.parametrize("page", ["mpi.md", "search.md"])
def test_the_job_of_slurm_is_a_script(page):
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    for script in blocks(page, "bash"):
        assert script.startswith("#!/bin/bash\n#SBATCH ")
        assert subprocess.run([bash, "-n"], input=script, text=True, capture_output=True).stderr == ""


def test_the_job_of_kubernetes_names_its_parts():
    yaml = pytest.importorskip("yaml")
    (job,) = map(yaml.safe_load, blocks("mpi.md", "yaml"))
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v2beta1", "MPIJob")
    replicas = {name: part["replicas"] for name, part in job["spec"]["mpiReplicaSpecs"].items()}
    command = job["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["command"]
    assert command[1:3] == ["-n", str(replicas["Worker"])]
    for part in job["spec"]["mpiReplicaSpecs"].values():
        mounted = {m["name"] for c in part["template"]["spec"]["containers"] for m in c.get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in part["template"]["spec"].get("volumes", [])}


def test_the_jobs_of_kubernetes_begin_a_search_and_join_it():
    yaml = pytest.importorskip("yaml")
    (jobs,) = map(list, map(yaml.safe_load_all, blocks("search.md", "yaml")))
    assert [(job["apiVersion"], job["kind"]) for job in jobs] == [("batch/v1", "Job")] * 2
    containers = [job["spec"]["template"]["spec"]["containers"][0] for job in jobs]
    for job, container in zip(jobs, containers, strict=True):
        pod = job["spec"]["template"]["spec"]
        assert pod["restartPolicy"] == "OnFailure"
        assert {m["name"] for m in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    begins, joins = (container["command"] for container in containers)
    assert "--join" in joins and "--trials" not in joins
    assert begins[:5] == joins[:5] and begins[begins.index("--storage") + 1] == joins[joins.index("--storage") + 1]
