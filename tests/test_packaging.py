"""What is packaged: versions that were tried, pins of dependencies, and files of the sources."""

from __future__ import annotations

import re
import tomllib

from conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(written: str) -> str:
    """Name of a distribution in a requirement, as indexes compare names (PEP 503)."""
    found = _NAME.match(written)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_the_pythons_of_the_classifiers_are_those_that_nox_tries() -> None:
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    tried = re.findall(r'"(3\.\d+)"', noxfile.partition("PYTHONS = ")[2].partition("\n")[0])
    prefix = "Programming Language :: Python :: 3."
    named = [each for each in PROJECT["project"]["classifiers"] if each.startswith(prefix)]
    assert [each.rpartition(" ")[2] for each in named] == tried
    assert PROJECT["project"]["requires-python"] == f">={tried[0]}"


def test_each_dependency_has_its_version_in_the_constraints() -> None:
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    names = {normal(line) for line in pinned if "==" in line}
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = {
        normal(each)
        for each in [*PROJECT["project"]["dependencies"], *(e for x in extras for e in x)]
    } - {"monitor-desk"}
    assert wanted - names == set()


def test_the_sources_have_what_the_tests_read() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert [name for name in included if not (ROOT / name).exists()] == []
    assert {"monitor", "tests", "docs", "scripts", "benchmarks", "noxfile.py"} <= set(included)


def test_the_wheel_has_the_program_alone() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["monitor"]
    assert (ROOT / "monitor" / "py.typed").exists()
    assert not list((ROOT / "monitor").rglob("test_*.py"))
