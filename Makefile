# `make demo` and `make test` need Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo test lint format size clean

demo: .venv/base
	$(BIN)/monitor demo

test: .venv/dev
	$(BIN)/pytest $(ARGS)

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
	build/size/bin/pip --quiet install --constraint constraints.txt .
	build/size/bin/pip --quiet uninstall --yes pip setuptools
	du -sm build/size | cut -f1 | xargs printf 'base install: %s MB\n'

clean:
	rm -rf .venv build dist

.venv/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip --quiet --disable-pip-version-check install --constraint constraints.txt --editable .
	touch $@

.venv/dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip --quiet --disable-pip-version-check install --constraint constraints.txt --editable '.[dev]'
	touch .venv/base $@
