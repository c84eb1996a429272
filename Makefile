# `make demo` and `make test` need Python 3.11 or newer, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Twice quiet: pip shows errors only. Once, it warns of each folder that an index might have had.
INSTALL := $(BIN)/pip --quiet --quiet --disable-pip-version-check install --constraint constraints.txt
# A process a core; more than four find too little to do for what each has to load.
PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=worksteal

.PHONY: demo test lint format size docs man kept constraints dist sbom install uninstall clean

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
	$(BIN)/codespell *.md changelog.d docs monitor/cli monitor/web/templates

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The base install on the disk, as it is in a virtual environment of its own, and its largest parts.
size:
	rm -rf build/size && $(PYTHON) -m venv build/size
	build/size/bin/pip --quiet --quiet install --constraint constraints.txt '.$(if $(WITH),[$(WITH)])'
	build/size/bin/pip --quiet --quiet uninstall --yes pip setuptools
	du -sm build/size/lib/python*/site-packages/* | sort -rn | head -15
	du -sm build/size | cut -f1 | xargs printf 'install: %s MB\n'

# The documents as a site, in `build/site`; a link that leads nowhere is an error.
docs: .venv/docs
	$(BIN)/python scripts/documentation.py
	$(BIN)/zensical build --clean --strict

# A page of man(1) for each command; what is packed afterwards has them.
man: .venv/base
	rm -rf build/man && $(BIN)/python scripts/manual.py build/man

# Renews constraints.txt: the newest versions that all extras allow, together.
constraints:
	rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	build/constraints/bin/pip --quiet --quiet install --editable '.[dev,browser,terms]'
	build/constraints/bin/pip freeze --exclude-editable > constraints.txt

# What a first start would make in seconds, beside the program; what is packed afterwards has it.
kept: .venv/base
	$(BIN)/python scripts/kept_files.py

# The packages, with their README checked as an index would show it, in dist/.
dist: build/tools man kept
	rm -rf dist && build/tools/bin/python -m build --outdir dist .
	build/tools/bin/twine check --strict dist/*

# The software bill of materials of the base install, in CycloneDX.
sbom: build/tools
	rm -rf build/sbom && $(PYTHON) -m venv build/sbom
	build/sbom/bin/pip --quiet --quiet install --constraint constraints.txt '.$(if $(WITH),[$(WITH)])'
	build/sbom/bin/pip --quiet --quiet uninstall --yes pip setuptools
	build/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file build/monitor-desk.cdx.json build/sbom/bin/python

build/tools:
	$(PYTHON) -m venv $@
	$@/bin/pip --quiet --quiet install build twine cyclonedx-bom || { rm -rf $@; exit 1; }

# As a service of this machine (`sudo make install`), or into the tree of a package by DESTDIR.
# A configuration that is there stays. Upgrades are the same command.
PREFIX ?= /opt/monitor
EXTRAS ?= suggest
LOCAL ?= /usr/local
TREE := $(DESTDIR)$(PREFIX)
UNITS := monitor.service monitor-web.service monitor-backup.service monitor-backup.timer
# Where shells look for completions, below LOCAL.
bash := share/bash-completion/completions/monitor
zsh := share/zsh/site-functions/_monitor
fish := share/fish/vendor_completions.d/monitor.fish
SHELLS := bash zsh fish
MANUAL := share/man/man1

install:
	$(PYTHON) -m venv $(TREE)
	$(TREE)/bin/python -m pip --quiet --quiet --disable-pip-version-check install --upgrade --constraint constraints.txt '.$(if $(EXTRAS),[$(EXTRAS)])'
	grep -Ilr --null '^#!$(TREE)' $(TREE)/bin | xargs -0 sed -i '1s|$(TREE)|$(PREFIX)|'
	install -d $(DESTDIR)$(LOCAL)/bin $(foreach each,$(SHELLS),$(dir $(DESTDIR)$(LOCAL)/$($(each)))) $(DESTDIR)/etc/systemd/system
	ln -sfn $(PREFIX)/bin/monitor $(DESTDIR)$(LOCAL)/bin/monitor
	$(foreach each,$(SHELLS),$(TREE)/bin/python -m monitor completion $(each) > $(DESTDIR)$(LOCAL)/$($(each)) &&) true
	$(TREE)/bin/python scripts/kept_files.py
	$(TREE)/bin/python scripts/manual.py $(DESTDIR)$(LOCAL)/$(MANUAL)
	for unit in $(UNITS); do \
	  sed 's|/opt/monitor|$(PREFIX)|g' systemd/$$unit > $(DESTDIR)/etc/systemd/system/$$unit; done
	install -Dm644 systemd/monitor.sysusers.conf $(DESTDIR)/etc/sysusers.d/monitor.conf
	install -Dm644 systemd/monitor.tmpfiles.conf $(DESTDIR)/etc/tmpfiles.d/monitor.conf
	test -e $(DESTDIR)/etc/monitor/config.yaml || install -Dm640 config.yaml $(DESTDIR)/etc/monitor/config.yaml
	test -n "$(DESTDIR)" || { systemd-sysusers monitor.conf && systemd-tmpfiles --create monitor.conf && systemctl daemon-reload; }

# The configuration, the database and the user stay.
uninstall:
	test -n "$(DESTDIR)" || systemctl disable --now $(UNITS)
	cd $(DESTDIR)/etc/systemd/system && rm -f $(UNITS)
	rm -f $(DESTDIR)/etc/sysusers.d/monitor.conf $(DESTDIR)/etc/tmpfiles.d/monitor.conf
	rm -f $(DESTDIR)$(LOCAL)/bin/monitor $(foreach each,$(SHELLS),$(DESTDIR)$(LOCAL)/$($(each)))
	rm -f $(DESTDIR)$(LOCAL)/$(MANUAL)/monitor.1 $(DESTDIR)$(LOCAL)/$(MANUAL)/monitor-*.1
	rm -rf $(TREE)

clean:
	rm -rf .venv build dist .coverage*

.venv/base: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[suggest]'
	$(BIN)/python scripts/kept_files.py
	touch $@

.venv/dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(INSTALL) --editable '.[dev]'
	$(BIN)/python scripts/kept_files.py
	touch .venv/base $@

.venv/docs: .venv/dev
	$(INSTALL) --editable '.[docs]'
	touch $@
