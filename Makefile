# `make demo` and `make test` need Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Twice quiet: pip shows errors only. Once, it warns of each folder that an index might have had.
INSTALL := $(BIN)/pip --quiet --quiet --disable-pip-version-check install --constraint constraints.txt
# A process a core; more than four find too little to do for what each has to load.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=worksteal

.PHONY: demo test lint format size clean

demo: .venv/base
	$(BIN)/monitor demo

test: .venv/dev
	$(BIN)/pytest $(PARALLEL) $(ARGS)

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_changelog.py

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The base install, measured in a virtual environment of its own.
size:
	rm -rf build/size && $(PYTHON) -m venv build/size
	build/size/bin/pip --quiet --quiet install --constraint constraints.txt .
	build/size/bin/pip --quiet --quiet uninstall --yes pip setuptools
	du -sm build/size | cut -f1 | xargs printf 'base install: %s MB\n'

clean:
	rm -rf .venv build dist .coverage*

.venv/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	touch $@

.venv/dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[dev]'
	touch .venv/base $@
