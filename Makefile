# Two commands for a newcomer: `make demo` and `make test`. Everything is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
SUITE := $(BIN)/pytest --numprocesses=auto
ALONE := POLARS_MAX_THREADS=1  # a process of tests on each core; `make test-long` leaves polars its threads
WIDE := --hypothesis-profile=wide
ENGINES := $(or $(ENGINE),numpy compiled)
ifneq ($(filter-out numpy compiled,$(ENGINES)),)
$(error ENGINE is numpy or compiled, not $(ENGINE))
endif
unexport PYTHONDONTWRITEBYTECODE  # dozens of processes import the same modules, which are compiled once
COMMA := ,
define NEWLINE


endef
# An environment in the folder $(1) with the packages $(2): by uv, in seconds, or by pip where uv cannot be had.
define environment
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check uv && \
		$(1)/bin/uv pip install --quiet --python $(1)/bin/python $(2) || \
		$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endef

.PHONY: help demo test test-long test-kernels test-lowest test-pythons test-all test-peers test-spark page docs bench bench-quick bench-tabular bench-apart bench-splits bench-forecasting \
	lint types format clean
help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

.venv/demo: pyproject.toml
	$(call environment,.venv,--editable ".[cli$(COMMA)tables$(COMMA)plots]")
	@touch $@

.venv/dev: pyproject.toml
	$(call environment,.venv,--editable ".[dev]")
	@touch $@

.venv-bench/ready: pyproject.toml benchmarks/requirements.txt
	$(call environment,.venv-bench,--editable ".[fast]" --requirement benchmarks/requirements.txt)
	@touch $@

.venv-bench-forecasting/ready: pyproject.toml benchmarks/forecasting_requirements.txt
	$(call environment,.venv-bench-forecasting,--editable ".[tables]" --requirement benchmarks/forecasting_requirements.txt)
	@touch $@

.venv-bench-apart/ready: pyproject.toml benchmarks/apart/requirements.txt
	$(call environment,.venv-bench-apart,--editable ".[fast$(COMMA)tables$(COMMA)sklearn$(COMMA)plots]" --requirement benchmarks/apart/requirements.txt)
	@touch $@

.venv-lowest/ready: pyproject.toml tests/lowest.py .venv/dev
	mkdir -p .venv-lowest
	$(BIN)/python tests/lowest.py > .venv-lowest/lowest.txt
	$(call environment,.venv-lowest,--editable ".[dev]" --constraint .venv-lowest/lowest.txt)
	@touch $@

.venv-peers/ready: pyproject.toml
	$(call environment,.venv-peers,--editable ".[dev]" torch==2.13.0 keras==3.15.1)
	@touch $@

.venv-spark/ready: pyproject.toml
	$(call environment,.venv-spark,--editable ".[tables]" pyspark==4.3.0 pandas pyarrow hypothesis pytest pytest-xdist)
	@touch $@

demo: .venv/demo ## install, train on the bundled Iris table, show where the results lie
	$(BIN)/glassnet train iris --out runs/iris --force

# `make test` alone is all; with ARGS or ENGINE it is the tests alone that are named, on both engines or on one.
ifeq ($(strip $(ARGS)$(ENGINE)),)
test: lint  ## everything a change must pass; or some tests: ARGS="tests/layers -k norm", on one engine: ENGINE=numpy
	$(MAKE) --no-print-directory --jobs=2 types docs  # neither uses more than one core
	$(if $(COVERAGE),$(BIN)/coverage erase)
	GLASSNET_ENGINE=numpy $(ALONE) $(SUITE) -m "not long and not compiled" $(COVERAGE)
	GLASSNET_ENGINE=compiled $(ALONE) $(SUITE) tests -m "not long and not once" $(COVERAGE)
	$(if $(COVERAGE),$(BIN)/coverage report --skip-covered --fail-under=95)
else
test: .venv/dev
	$(foreach engine,$(ENGINES),GLASSNET_ENGINE=$(engine) $(BIN)/pytest $(or $(ARGS),--numprocesses=auto -m "not long")$(NEWLINE))
endif

test-long: .venv/dev  ## what `make test` leaves out: long tests on both engines, wide searches of hypothesis
	GLASSNET_ENGINE=numpy $(SUITE) -m "long and not compiled or hypothesis and once" $(WIDE) $(ARGS)
	GLASSNET_ENGINE=compiled $(SUITE) -m "(long or hypothesis) and not once" $(WIDE) $(ARGS)

test-kernels: .venv/dev  ## the numeric tests on other kernels of OpenBLAS: one with 2 threads, one with 1
	$(BIN)/python tests/kernels.py $(ARGS)

test-lowest: .venv-lowest/ready  ## the tests with the lowest versions that pyproject.toml allows
	GLASSNET_ENGINE=numpy .venv-lowest/bin/pytest $(or $(ARGS),--numprocesses=auto -m "not long and not hypothesis")

test-pythons:    ## the tests on each Python of this machine, or on PYTHONS="3.12 3.13"
	$(PYTHON) tests/pythons.py $(PYTHONS) -- $(ARGS)

test-all: COVERAGE := --cov --cov-append --cov-report=
test-all: test test-long test-kernels  ## what CI runs: all of these, the first with a measure of coverage

test-peers: .venv-peers/ready  ## losses, gradients, update rules and imports next to PyTorch's and Keras'; no part of `make test`
	.venv-peers/bin/pytest --numprocesses=0 tests/peers $(ARGS)

test-spark: .venv-spark/ready ## predictions by Spark on this machine; needs Java (Debian: default-jre-headless); no part of `make test`
	.venv-spark/bin/pytest --numprocesses=0 -W default tests/spark $(ARGS)

page:            ## build the page of the playground anew from frontend/; needs Node, which nothing else does
	cd frontend && npm ci --no-audit --no-fund && npx tsc && node build.mjs

docs: .venv/dev  ## build the site into docs/_build, running the gallery; a warning is an error
	rm -rf docs/examples  # the gallery shows what the library does now
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs docs/_build
	@echo "The site: file://$(CURDIR)/docs/_build/index.html"

bench: .venv-bench/ready ## everything that is measured beside other libraries; ends with the goals that are not met
	.venv-bench/bin/python -m benchmarks.run $(ARGS)

bench-quick: .venv-bench/ready ## the rows that decide the goals in minutes, written to benchmarks/results/quick.md
	.venv-bench/bin/python -m benchmarks.run --quick $(ARGS)

bench-tabular: .venv/dev ## the tabular suite: glassnet's estimators beside others on fifteen tables
	$(BIN)/python -m benchmarks.tabular $(ARGS)

bench-apart: .venv-bench-apart/ready ## the tabular estimators on sixteen tables that no setting was chosen on, beside others fitted there
	.venv-bench-apart/bin/python -m benchmarks.apart $(ARGS)

bench-splits: .venv-bench-apart/ready ## the same on ten further splits of the suite's small tables
	.venv-bench-apart/bin/python -m benchmarks.apart.further_splits $(ARGS)

bench-forecasting: .venv/dev .venv-bench-forecasting/ready ## the forecasters on hourly series, beside what others have published
	$(BIN)/python -m benchmarks.forecasting $(ARGS)

lint: .venv/dev  ## format and lint, as ruff sees them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/dev  ## mypy
	$(BIN)/mypy

format: .venv/dev ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:           ## remove the environment and what the tools leave behind
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage runs dist docs/_build docs/examples
