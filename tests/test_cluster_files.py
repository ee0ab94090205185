"""The files for clusters in the docs have the syntax of their kind."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "cluster" / "mpi.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_job_of_slurm_is_a_script():
    if (bash := shutil.which("bash")) is None:
        pytest.skip("there is no bash")
    for script in blocks("bash"):
        assert script.startswith("#!/bin/bash\n#SBATCH ")
        assert subprocess.run([bash, "-n"], input=script, text=True, capture_output=True).stderr == ""


def test_the_job_of_kubernetes_names_its_parts():
    yaml = pytest.importorskip("yaml")
    (job,) = map(yaml.safe_load, blocks("yaml"))
    assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v2beta1", "MPIJob")
    replicas = {name: part["replicas"] for name, part in job["spec"]["mpiReplicaSpecs"].items()}
    command = job["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["command"]
    assert command[1:3] == ["-n", str(replicas["Worker"])]
    for part in job["spec"]["mpiReplicaSpecs"].values():
        mounted = {m["name"] for c in part["template"]["spec"]["containers"] for m in c.get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in part["template"]["spec"].get("volumes", [])}
