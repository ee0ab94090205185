# Two commands for a newcomer: `make demo` and `make test`. Everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test test-kernels test-peers docs bench bench-quick bench-tabular lint format types clean
help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/demo: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[cli,tables,plots]"
	@touch $@

.venv/dev: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

.venv-bench/ready: pyproject.toml benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[fast]" --requirement benchmarks/requirements.txt
	@touch $@

.venv-peers/ready: pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]" torch==2.13.0
	@touch $@

demo: .venv/demo ## install, train on the bundled Iris table, show where the results lie
	$(BIN)/glassnet train iris --out runs/iris

test: .venv/dev  ## everything that CI checks: format, lint, types, tests on both engines, the site
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	GLASSNET_ENGINE=numpy $(BIN)/pytest --numprocesses=auto --ignore=tests/engine/compiled --cov --cov-report=
	GLASSNET_ENGINE=compiled $(BIN)/pytest --numprocesses=auto --cov --cov-append --cov-report=term:skip-covered --cov-fail-under=95
	$(MAKE) docs

test-kernels: .venv/dev  ## the numeric tests on other kernels of OpenBLAS, with 2 threads and with 1
	$(BIN)/python tests/kernels.py $(ARGS)

test-peers: .venv-peers/ready ## losses, gradients and update rules beside PyTorch's autograd and optimisers; no part of `make test`
	.venv-peers/bin/pytest --numprocesses=0 tests/peers $(ARGS)

docs: .venv/dev  ## build the site into docs/_build, running the gallery; a warning is an error
	rm -rf docs/examples  # the gallery shows what the library does now
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs docs/_build

bench: .venv-bench/ready ## everything that is measured beside other libraries; ends with the goals that are not met
	.venv-bench/bin/python -m benchmarks.run $(ARGS)

bench-quick: .venv-bench/ready ## the rows that decide the goals in minutes, written to benchmarks/results/quick.md
	.venv-bench/bin/python -m benchmarks.run --quick $(ARGS)

bench-tabular: .venv/dev ## the tabular suite: glassnet's estimators beside others on fifteen tables
	$(BIN)/python -m benchmarks.tabular $(ARGS)

format: .venv/dev ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:           ## remove the environment and what the tools leave behind
	rm -rf .venv .venv-bench .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage runs dist docs/_build docs/examples
