"""The reference of JSON: each command with `--json` is in it, with the fields that it prints."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.diagnostics.sample_server import SAMPLE, sample_server
from scripts.manual import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parent.parent / "docs" / "reference.md").read_text("utf-8")
COMMANDS = [entry.path for entry in entries() if any("--json" in name for name, _ in entry.options)]
# What to call where the command alone does not do: arguments, or a second way of calling it.
CALLS = {
    "monitor show": "monitor show {article}",
    "monitor views delete": "monitor views delete icbm",
    "monitor stories show": "monitor stories show 1 --why",
    "monitor topics suggest": "monitor topics suggest {article}",
    "monitor explain": "monitor explain {article}",
    "monitor timeline": "monitor timeline --topic icbm",
    "monitor evidence export": "monitor evidence export 1 --output {bundle}",
    "monitor evidence verify": "monitor evidence verify {bundle}",
    "monitor feeds check": 'monitor feeds check "Pacific Wire"',
    "monitor alerts show": "monitor alerts show 1",
    "monitor alerts retry": "monitor alerts retry --all",
    "monitor alerts test": "monitor alerts test console",
    "monitor silence add": "monitor silence add --topic icbm --duration 8h",
    "monitor silence expire": "monitor silence expire 1",
    "monitor doctor": "monitor doctor --offline",
    "monitor db backup": "monitor db backup {copy}",
    "monitor db restore": "monitor db restore {copy}",
    "monitor db prune": "monitor db prune --dry-run",
}
IN_WORDS = {
    "monitor config get",
    "monitor topics review",
    "monitor feeds discover",
    "monitor alerts routes",
}
MORE = [("monitor coverage", "monitor coverage --missed"), ("monitor hits", "monitor hits --near")]
LAST = ["monitor views delete", "monitor silence expire", "monitor db restore"]  # these change


def documented(command: str) -> set[str]:
    """The fields under a command's heading."""
    section = TEXT.partition(f"\n### `{command}`\n")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def leaves(value: Any, known: set[str], path: str = "") -> Iterator[str]:
    """Yield the fields of a JSON value, down to those that are documented as one."""
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield from leaves(each, known, path)
    elif path in known or (value and not isinstance(value, dict)):
        yield path
    elif value is None or value in ("", 0, [], {}):  # may be a list of what is documented
        yield from () if any(name.startswith(f"{path}.") for name in known) else (path,)
    else:
        for key, each in value.items():
            prefix = f"{path}." if path else ""
            named = any(name.startswith(f"{prefix}NAME") for name in known)
            yield from leaves(each, known, f"{prefix}{'NAME' if named else key}")


def as_value(text: str) -> Any:
    """What JSON says; the text itself where it is none, so that one test fails and not all."""
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.slow
def test_each_command_with_json_has_its_place_in_the_reference() -> None:
    headings = re.findall(r"^### `(monitor [a-z ]+)`$", TEXT, re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each command prints after two polls of the sample feeds."""
    folder = tmp_path_factory.mktemp("reference")
    with as_file(SAMPLE / "config.yaml") as config, sample_server(datetime.now(UTC)) as server:
        runner = CliRunner(
            env={
                "MONITOR_CONFIG": str(config),
                "MONITOR_DB": str(folder / "monitor.db"),
                "MONITOR_DEMO": server.url,
            }
        )

        def run(line: str) -> str:
            return runner.invoke(main, shlex.split(line)[1:], catch_exceptions=False).stdout

        run("monitor run --once")
        server.publish("second")
        run("monitor run --once")
        article = json.loads(run("monitor hits --json"))[0]["id"]
        run(f"monitor feedback add {article} good")
        run("monitor hits --topic icbm --save icbm")
        calls = [(name, CALLS.get(name, name)) for name in COMMANDS if name not in IN_WORDS]
        calls.sort(key=lambda call: (call[0] != "monitor silence add", call[0] in LAST))
        found: dict[str, list[Any]] = {}
        for name, line in [*MORE, *calls]:
            filled = line.format(
                article=article, copy=folder / "copy.db", bundle=folder / "bundle.zip"
            )
            found.setdefault(name, []).append(as_value(run(f"{filled} --json")))
        return found


@pytest.mark.slow
@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in IN_WORDS])
def test_the_fields_of_a_command_are_those_of_the_reference(
    command: str, printed: dict[str, list[Any]]
) -> None:
    assert [value for value in printed[command] if isinstance(value, str)] == []
    known = documented(command)
    found = {path for value in printed[command] for path in leaves(value, known) if path}
    if command == "monitor alerts show":
        known = documented("monitor alerts")
    if command == "monitor stats":  # the same rows are a list of their own with `--by channel`
        known -= set(printed[command][0]["channels"][0])
    assert found <= known
    assert {name for name in known - found if "." not in name} == set()
