"""The other commands: what they print, how all of them fail, their help, what they load."""

from __future__ import annotations

import asyncio
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from shutil import which

import click
import pytest
from commands import done, fill, invoke
from copies import store_at
from filled import SMALL, move_into_empty_home
from rich.cells import cell_len

from monitor.cli import main
from monitor.config.load import load

MONITOR = str(Path(sys.executable).with_name("monitor"))  # as it is installed


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


# ── coverage ──────────────────────────────────────────────────────────────────────────────────

OUTCOMES = ("hit", "near_miss", "no_match", "duplicate", "unread")


def test_coverage_adds_up(database: Path) -> None:
    report = json.loads(done("coverage", "--json", db=database))

    total = report["total"]
    assert total == {
        "entries": 6,
        "hit": 2,
        "near_miss": 1,
        "no_match": 1,
        "duplicate": 1,
        "unread": 1,
    }
    for feed_row in report["feeds"]:
        assert feed_row["entries"] == sum(feed_row[name] for name in OUTCOMES)
    for name in total:
        assert total[name] == sum(feed_row[name] for feed_row in report["feeds"])
    assert sum(row["alerts"] for row in report["alerts"]) == 2


def test_coverage_shows_feeds_their_state_and_alerts(database: Path) -> None:
    *rows, _, alerts = [line.split("\t") for line in done("coverage", db=database).splitlines()]

    assert {row[0]: row[-1] for row in rows[1:-1]} == {
        "One": "ok",
        "Two": "ok",
        "Broken": "http-500",
        "Off": "off",
        "n": "not polled yet",
    }
    assert rows[-1][:7] == ["Total", "6", "2", "1", "1", "1", "1"]
    assert alerts == [
        "Alerts, one for an article in a channel: 1 desk: failed (too_long), 1 desk: sent"
    ]


def test_coverage_of_an_empty_database(tmp_path: Path) -> None:
    async def make() -> None:
        async with store_at(tmp_path / "monitor.db"):
            pass

    asyncio.run(make())
    assert done("coverage", db=tmp_path / "monitor.db").endswith("channel: none\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 80, 90])
@pytest.mark.parametrize("command", ["hits", "coverage", "feeds", "alerts", "stories"])
def test_a_table_fits_its_terminal(
    database: Path, monkeypatch: pytest.MonkeyPatch, command: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    with redirect_stdout(Terminal()) as terminal:
        main(["--db", str(database), command], standalone_mode=False)

    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert len(lines) > 3
    assert max(map(cell_len, lines)) <= width
    if command in {"hits", "stories"}:
        [headline] = [line for line in lines if "North Korea fires an ICBM" in line]
        assert cell_len(headline[headline.index("North") :]) >= width // 2 - 4  # it ends at a word


# ── how commands fail, help, and what they load ───────────────────────────────────────────────


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["run", "--dry-run"],
        ["run", "--twice"],
        ["run", "feed"],
        ["hits", "--since", "2999-01-01"],
        ["hits", "--since", "24"],
        ["hits", "--since", "2024-13-01"],
        ["hits", "--until", "99999999999d"],
        ["hits", "--until", "0001-01-01T00:00+14:00"],
        ["hits", "--limit", "0"],
        ["hits", "--tz", "Mars/Base"],
        ["hits", "--tz", "Europe"],
        ["hits", "--tz", "../UTC"],
        ["show"],
        ["show", "first"],
        ["coverage", "--since", "7d"],
        ["coverage", "--missed", "--publishers", "1"],
        ["feeds", "nonsense"],
        ["feeds", "check"],
        ["feeds", "--failing", "check", "https://news.example/"],
        ["alerts", "--state", "lost"],
        ["alerts", "--limit", "0"],
        ["alerts", "retry"],
        ["alerts", "retry", "1", "--all"],
        ["alerts", "retry", "0"],
        ["alerts", "retry", "9" * 30],
        ["alerts", "--state", "failed", "retry", "--all"],
        ["alerts", "test"],
        ["db"],
        ["db", "backup"],
        ["db", "backup", "."],
        ["db", "prune", "--articles", "old"],
        ["--db", ".", "hits"],
    ],
    ids=" ".join,
)
def test_a_mistaken_command_line_ends_with_exit_code_2(arguments: list[str]) -> None:
    result = invoke(*arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: monitor" in result.stderr


@pytest.mark.parametrize("arguments",
    [["hits"], ["show", "1"], ["coverage"], ["feeds"], ["alerts"], ["alerts", "retry", "--all"],
     ["status"], ["db", "backup", "copy.db"], ["db", "prune", "--articles", "1d", "--hits", "1d"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("content", [None, b"no database" * 1_000, b""])
def test_a_database_that_cannot_be_read_ends_with_exit_code_1(
    arguments: list[str], content: bytes | None
) -> None:
    path = Path("monitor.db")
    if content is not None:
        path.write_bytes(content)
    result = invoke(*arguments, db=path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


def test_check_counts_what_it_found() -> None:
    Path("config.yaml").write_text(SMALL, encoding="utf-8")

    assert done("check") == "config.yaml: 1 feed, 1 topic, 1 channel; no mistakes\n"


def test_check_reports_mistakes_and_ends_with_exit_code_2() -> None:
    Path("config.yaml").write_text(SMALL.replace("url", "uri"), encoding="utf-8")
    result = invoke("check")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "config.yaml:2:5: feeds[0].url: is required",
        "config.yaml:2:5: feeds[0].uri: unknown key; did you mean `url`?",
        "2 mistakes; nothing was started.",
    ]


def test_what_check_shows_is_a_configuration() -> None:
    Path("config.yaml").write_text(f"{SMALL}polling: {{interval: 90s}}\n", encoding="utf-8")
    Path("shown.yaml").write_text(done("check", "--show"), encoding="utf-8")

    one, two = load(Path("config.yaml")), load(Path("shown.yaml"))
    assert (one.feeds, one.topics, one.polling) == (two.feeds, two.topics, two.polling)
    assert (one.channels, one.retention, one.database) == (
        two.channels,
        two.retention,
        two.database,
    )


def commands() -> list[str]:
    return main.list_commands(click.Context(main))


def test_help_lists_each_command() -> None:
    text = done("--help")

    assert set(commands()) == {
        "init",
        "run",
        "doctor",
        "completion",
        "demo",
        "check",
        "hits",
        "show",
        "inbox",
        "evidence",
        "stories",
        "topics",
        "explain",
        "backtest",
        "coverage",
        "feeds",
        "alerts",
        "silence",
        "stats",
        "brief",
        "mcp",
        "export",
        "timeline",
        "feedback",
        "views",
        "open",
        "config",
        "web",
        "status",
        "db",
    }
    assert [text.count(f"\n  {name} ") for name in commands()] == [1] * len(commands())


def test_help_tells_what_one_begins_with_and_what_one_reads_apart() -> None:
    sections = done("--help").split("\n\n")

    [begin] = [each for each in sections if each.startswith("Begin:")]
    [read] = [each for each in sections if each.startswith("Read:")]
    assert [line.split()[0] for line in begin.splitlines()[1:4]] == ["demo", "init", "check"]
    assert read.splitlines()[1].split()[:2] == ["hits", "List"]


@pytest.mark.parametrize("name", commands())
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    text = done(name, "-h")

    example = text[text.rindex("Example") :]
    assert f"monitor {name}" in example or f"{name} --show" in example


def test_reading_commands_load_nothing_heavy(database: Path) -> None:
    program = (
        "import sys; from monitor.cli import main\n"
        "for command in sys.argv[2:]:\n"
        "    main(['--db', sys.argv[1], *command.split()], standalone_mode=False)\n"
        "    heavy = {'spacy', 'aiohttp', 'apscheduler', 'pydantic', 'sqlite_utils'}\n"
        "    print('loaded by', command, set(sys.modules) & heavy)\n"
    )
    reading = ["hits 북한", "show 1", "coverage", "feeds", "alerts", "status", "db verify",
               "db backup copy.db"]  # fmt: skip
    command = [sys.executable, "-c", program, str(database), *reading]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    told = [line for line in printed.splitlines() if line.startswith("loaded by")]
    assert told == [f"loaded by {each} set()" for each in reading]
    assert len(printed.splitlines()) > 2 * len(told)


def test_a_run_on_a_damaged_database_ends_with_a_message() -> None:
    Path("config.yaml").write_text(SMALL, encoding="utf-8")
    Path("monitor.db").write_text("no database" * 1_000, encoding="utf-8")
    command = [MONITOR, "--db", "monitor.db", "run", "--once"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("Error: monitor.db: the database is damaged")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hit"], "No such command 'hit'. Did you mean 'hits'?"),
        (["hits", "--topci", "icbm"], "Did you mean '--topic'?"),
        (["hits", "--db", "x.db"], "--db goes before the command: monitor --db FILE hits …"),
        (["feeds", "chek"], "Did you mean 'check'?"),
        (["hits", "--json", "--csv"], "--json or --csv, not both"),
    ],
)
def test_what_was_meant_is_said(arguments: list[str], said: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_help_is_a_command_too() -> None:
    assert done("help") == done("--help")
    assert done("help", "feeds", "check") == done("feeds", "check", "--help")


def test_a_list_may_be_called_list() -> None:
    Path("config.yaml").write_text(SMALL, encoding="utf-8")
    assert done("topics", "list", "--json") == done("topics", "--json")


@pytest.mark.skipif(not which("bash"), reason="needs bash")
def test_bash_completes_commands_options_and_values() -> None:
    folder = Path(sys.executable).parent
    lines = [f'PATH="{folder}:$PATH"; source <(monitor completion bash)']
    for words in (
        "monitor al",
        "monitor feeds ch",
        "monitor hits --to",
        "monitor alerts --state to",
    ):
        asked = f"COMP_WORDS=({words}) COMP_CWORD={len(words.split()) - 1}"
        lines.append(f"{asked}; COMPREPLY=(); _monitor_completion monitor; echo ${{COMPREPLY[@]}}")
    shown = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split("\n")[:4] == ["alerts", "check", "--topic", "too-old"]
