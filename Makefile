# `make help` lists the targets. Set-up runs again only when what it installs or builds has changed.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
PAGE := workflow/deepartist/explorer/page
SNAKEMAKE := $(VENV)/bin/snakemake --cores all
export MUSIC
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: run
run: setup ## the default run: synthesised music to tables and figures
	$(SNAKEMAKE)

.PHONY: report
report: run ## the default run, and a report of its tables and figures in results/report.html
	$(SNAKEMAKE) --report results/report.html

.PHONY: library
library: setup ## learn from your own music: make library MUSIC=DIR
	@test -d "$$MUSIC" || { echo "error: MUSIC='$$MUSIC' is not a folder; use make library MUSIC=DIR" >&2; exit 1; }
	@export MUSIC="$$(realpath -- "$$MUSIC")"; \
	learn=($(SNAKEMAKE) --directory runs/library --configfile configs/library.yaml); \
	"$${learn[@]}"; "$${learn[@]}" --report results/report.html
	@echo "tables, figures and models are in runs/library/results; open report.html there"

.PHONY: test
test: lint ## lint, then run all tests
	$(VENV)/bin/pytest --numprocesses 2 --no-loadscope-reorder

.PHONY: test-fast
test-fast: setup ## run the fast tests
	$(VENV)/bin/pytest -m "not slow"

.PHONY: bench
bench: setup ## measure speed against other libraries and the hardware; MUSIC=DIR takes real clips
	$(VENV)/bin/python benchmarks/bench.py

.PHONY: test-gpu
test-gpu: setup ## run the tests that need a CUDA GPU
	$(VENV)/bin/pytest -m gpu

.PHONY: bench-gpu
bench-gpu: setup ## measure training on a CUDA GPU
	$(VENV)/bin/python benchmarks/bench_gpu.py

.PHONY: browser
browser: ## install Chromium (Debian, as root); without it, tests of the report and the map are skipped
	command -v chromedriver || { apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver; }

.PHONY: player
player: ## install mpv (Debian, as root); without it, no player reads the playlists of the tests
	command -v mpv || { apt-get update && apt-get install -y --no-install-recommends mpv; }

.PHONY: test-cluster
test-cluster: setup slurm ## test the workflow on a real SLURM, started on this machine
	$(VENV)/bin/pytest tests/cluster

.PHONY: slurm
slurm: ## install SLURM (Debian, as root); without it, its tests are skipped
	command -v slurmctld || { apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge; }

.PHONY: docs
docs: setup ## build the documentation in docs/_build; no warning is allowed
	$(VENV)/bin/sphinx-build --fail-on-warning --keep-going -q docs docs/_build

.PHONY: linkcheck
linkcheck: setup ## visit the links of the documentation to other sites; needs the internet
	$(VENV)/bin/sphinx-build -b linkcheck -q docs docs/_build/linkcheck

.PHONY: lint
lint: setup ## check style, format, import layers and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile workflow/rules
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/mypy
	$(VENV)/bin/snakemake --lint

.PHONY: format
format: setup ## format all code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(VENV)/bin/snakefmt Snakefile workflow/rules

.PHONY: lock
lock: ## pin the newest versions that fit pyproject.toml in envs/requirements.lock
	$(PYTHON) -m venv --clear $(VENV).lock
	$(VENV).lock/bin/pip install --quiet --disable-pip-version-check --upgrade '.[test]'
	{ sed -n '/^#/p' envs/requirements.lock; \
	  $(VENV).lock/bin/pip freeze --all --exclude pip --exclude deepartist | sed 's/+.*//'; } > envs/requirements.lock.new
	mv envs/requirements.lock.new envs/requirements.lock
	rm -r $(VENV).lock

.PHONY: setup
setup: $(STAMP) ## make .venv and install what envs/requirements.lock pins

$(STAMP): envs/requirements.lock pyproject.toml hatch_build.py $(wildcard $(PAGE)/package*.json $(PAGE)/src/*)
	@echo "setting up $(VENV) with the packages of envs/requirements.lock: a minute or two"
	@while sleep 15 > /dev/null 2>&1; do echo "  still setting up, after $$SECONDS s"; done & trap "kill $$!" EXIT; \
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV); \
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r envs/requirements.lock; \
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	: fill the cache of numba here, in one process: several that write to it at a time can damage it; \
	$(VENV)/bin/python -c "from pathlib import Path; from deepartist.embeddings.describe_librosa import compile_once as c; c(Path('$(VENV)/.numba.lock'))"
	touch $@

.PHONY: clean
clean: ## remove results, runs and .venv
	rm -rf results runs .snakemake $(VENV)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14
