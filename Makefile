# Everything sets itself up: a virtual environment in .venv with the pinned packages of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CASE ?= kazakhstan
COUNT ?= 10000
KILLS ?= 200
SEED ?= 1

.PHONY: plan test lint docs bench fuzz kill clean

plan: $(VENV)/plan  ## plan a case (CASE=name or folder)
	@$(BIN)/capcoop plan $(CASE)

test: $(VENV)/dev lint  ## lint, types, then all tests
	$(BIN)/python -m pytest

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/dev  ## write the generated pages again
	$(BIN)/python docs/generate.py

bench: $(VENV)/bench  ## time and memory as ratios, beside the peers (BENCH=--quick, BENCH=--write)
	$(BIN)/python bench/run.py $(BENCH)

fuzz: $(VENV)/dev  ## mutated cases: nothing but a sentence or a right plan (COUNT, SEED)
	$(BIN)/python tests/fuzz/fuzz.py --count $(COUNT) --seed $(SEED)

kill: $(VENV)/dev  ## runs killed at any moment: a whole run, or none (KILLS)
	$(BIN)/python tests/fuzz/kill.py --count $(KILLS) --seed $(SEED)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit("capcoop needs Python 3.11 or newer; say which: make plan PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/plan: $(VENV)/made pyproject.toml constraints.txt
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[excel,report]'
	@touch $@

$(VENV)/dev: $(VENV)/made pyproject.toml constraints.txt
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/plan

$(VENV)/bench: $(VENV)/dev bench/constraints.txt
	@echo "Setting up the peers (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --constraint bench/constraints.txt --editable '.[dev,bench]'
	@touch $@
