"""Run the numeric tests on other kernels of OpenBLAS, one with two threads and one with one: `make test-kernels`.

OpenBLAS takes the kernels that suit the processor, and they differ in last bits. Those named here run on others too.
"""

import os
import subprocess
import sys

from numpy._core._multiarray_umath import __cpu_features__ as features  # type: ignore[import-not-found]

KERNELS = {"Haswell": ("AVX2", "FMA3"), "Nehalem": ("SSE42",)}  # and what a processor must have
THREADS = {"Haswell": "2", "Nehalem": "1"}  # each number once, as it changes the same sums of either kernel
LARGE = "tests/cli/test_large_files.py::test_a_large_file_is_trained_on_resumed_predicted_and_evaluated_in_pieces"
TESTS = (
    "tests/test_rows_apart.py", "tests/test_predictor.py", "tests/test_network.py", "tests/golden", "tests/engine",
    "tests/formulas/test_initializers.py", "tests/formulas/test_losses.py", "tests/layers",
    "tests/insight/test_gradient_check.py", "tests/insight/test_trace.py", "tests/estimators",
    "tests/training/test_determinism.py", "tests/training/test_initialization.py", "tests/training/test_large_data.py",
    "tests/training/test_metrics.py", "tests/training/test_steps.py",
    "tests/training/test_training.py", LARGE,
)  # fmt: skip
LEFT_OUT = (
    *(f"tests/estimators/test_{name}.py" for name in ("checks", "tabular_input", "tabular_splits")),
    *(f"tests/engine/test_{name}.py" for name in ("denormals", "plan")),
)
PYTEST = (
    "-m", "pytest", "--numprocesses=auto", "--quiet", "--no-header", "-m", "not long",
    "-k", "not compiled and not checks_pass",  # that engine's products are its own
    *(f"--ignore={path}" for path in LEFT_OUT),  # what is refused, which rows go where, and what memory holds
)  # fmt: skip
NAME = "from glassnet.engine.machine.blas import blas_of; print(getattr(blas_of(), 'name', 'unknown'))"


def kernel_found(environment: dict[str, str]) -> str:
    """The BLAS that NumPy has in an environment."""
    done = subprocess.run([sys.executable, "-c", NAME], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main(more: list[str]) -> int:
    """The status of the first run that fails, else 0."""
    for kernel, needed in KERNELS.items():
        if missing := [name for name in needed if not features.get(name)]:
            print(f"{kernel} kernels: skipped, as this processor has no {' and '.join(missing)}", flush=True)
            continue
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernel, "GLASSNET_ENGINE": "numpy"}
        if f"{kernel} kernels" not in (found := kernel_found(environment)):
            print(f"{kernel} kernels: skipped, as NumPy has another BLAS here ({found})", flush=True)
            continue
        threads = THREADS[kernel]
        print(f"{kernel} kernels, {threads} thread{'s' * (threads != '1')}", flush=True)
        run = [sys.executable, *PYTEST, *(more or TESTS)]
        if status := subprocess.run(run, env=environment | {"OMP_NUM_THREADS": threads}).returncode:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
