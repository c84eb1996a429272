"""The checks on every Python that is installed: `nox`, or `nox -s tests-3.12 -- -k digest`.

Interpreters that are not there are left out. `uv`, where it is installed, makes the environments.
"""

from __future__ import annotations

from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]  # those of the classifiers: the versions that were tried
LOCKED = ("--constraint", "constraints.txt")
nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "tests", "dist"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the default tests; what follows `--` goes to pytest."""
    session.install(*LOCKED, "--editable", ".[dev]")
    session.run("pytest", "--numprocesses=auto", "--dist=worksteal", *session.posargs)


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Run what `make lint` runs."""
    session.install(*LOCKED, "--editable", ".[dev]")
    for command in ("ruff format --check .", "ruff check .", "mypy", "lint-imports"):
        session.run(*command.split())
    session.run("python", "scripts/check_changelog.py")


@nox.session(python=PYTHONS[-1])
def dist(session: nox.Session) -> None:
    """Build the packages, check their texts, and run the tests from the source package alone."""
    session.install("build", "twine")
    folder = Path(session.create_tmp())
    session.run("python", "-m", "build", "--outdir", str(folder), ".")
    packages = sorted(folder.glob("monitor_desk-*"))
    session.run("twine", "check", "--strict", *map(str, packages))
    [source] = [path for path in packages if path.name.endswith(".tar.gz")]
    with session.chdir(folder):
        session.run("python", "-m", "tarfile", "-e", source.name, "source", silent=True)
        with session.chdir(next(Path("source").iterdir())):
            session.install(*LOCKED, "--editable", ".[dev]")
            session.run("pytest", "--numprocesses=auto", "--dist=worksteal", *session.posargs)
