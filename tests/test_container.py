"""The container's files name what is there: sources, commands, paths."""

from __future__ import annotations

import json
import re

from conftest import ROOT
from ruamel.yaml import YAML

from monitor.cli import main

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = YAML(typ="safe").load(ROOT / "compose.yaml")


def instructions(name: str) -> list[str]:
    joined = CONTAINERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    kept = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[:-1] for line in instructions("COPY") if "--from" not in line]
    sources = {source for sources in copied for source in sources}
    assert sources
    assert [each for each in sources if not (ROOT / each).exists() or f"!{each}" not in kept] == []


def test_every_command_is_one_of_the_program() -> None:
    health = json.loads(instructions("HEALTHCHECK")[0].partition("CMD ")[2])
    commands = [health[1], json.loads(instructions("CMD")[0])[0]]
    commands += [service["command"][0] for service in COMPOSE["services"].values()]
    assert [each for each in commands if each not in main.list_commands(None)] == []  # type: ignore[arg-type]
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["monitor"]


def test_it_runs_without_root_and_writes_to_its_volume_only() -> None:
    assert instructions("USER") == ["monitor"]
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    [environment] = instructions("ENV")
    assert "MONITOR_DB=/data/" in environment
    for service in COMPOSE["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "data:/data" in service["volumes"]
