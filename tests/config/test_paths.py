"""Where the configuration and the database are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from filled import SMALL, move_into_empty_home

from monitor.cli import main
from monitor.config.load import load
from monitor.config.paths import config_path, database_path, time_zone
from monitor.errors import ConfigError

OPTION = Path("option")


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def write(path: Path, text: str = SMALL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# ── the configuration ─────────────────────────────────────────────────────────────────────────


def test_the_configuration_is_looked_for_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [write(tmp_path / "etc" / "monitor" / "config.yaml")]
    assert config_path(None) == found[-1]
    found.append(write(Path("config.yaml")))
    assert config_path(None) == found[-1]
    monkeypatch.setenv("MONITOR_CONFIG", "elsewhere.yaml")
    assert config_path(None) == Path("elsewhere.yaml")

    assert config_path(OPTION) == OPTION


def test_without_xdg_folders_the_configuration_is_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    path = write(tmp_path / "home" / ".config" / "monitor" / "config.yaml")

    assert config_path(None) == path


def test_where_there_is_no_configuration_the_places_are_named() -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml or .*etc/monitor/config\.yaml.*--config"):
        config_path(None)


@pytest.mark.parametrize("arguments", [["check"], ["--config", "missing.yaml", "check"], ["run"]])
def test_a_missing_configuration_ends_with_exit_code_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "1 mistake; nothing was started" in result.stderr


# ── the database ──────────────────────────────────────────────────────────────────────────────


def databases(option: Path | None = None) -> set[Path]:
    """The database for reading commands, and that of `run`: one and the same."""
    path = Path("config.yaml")
    return {database_path(option, None), load(path, option).database}


def test_the_database_is_looked_for_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path("config.yaml"))
    assert databases() == {tmp_path / "var" / "monitor" / "monitor.db"}
    write(Path("config.yaml"), f"{SMALL}database: /data/news.db\n")
    assert databases() == {Path("/data/news.db")}
    monkeypatch.setenv("MONITOR_DB", "elsewhere.db")
    assert databases() == {Path("elsewhere.db")}

    assert databases(OPTION) == {OPTION}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("news.db", "{tmp}/conf/news.db"),
        ("../data/news.db", "{tmp}/conf/../data/news.db"),
        ("~/news.db", "{tmp}/home/news.db"),
        ("${DATA}/news.db", "{tmp}/data/news.db"),
    ],
)
def test_a_database_in_the_configuration_counts_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, expected: str
) -> None:
    monkeypatch.setenv("DATA", str(tmp_path / "data"))
    path = write(tmp_path / "conf" / "config.yaml", f"{SMALL}database: {named}\n")

    wanted = Path(expected.format(tmp=tmp_path))
    assert database_path(None, path) == load(path).database == wanted


@pytest.mark.parametrize("text", ["feeds: [", "- a list", "database: 5", "", "a: 1\na: 2"])
def test_reading_commands_pass_over_mistakes_in_the_configuration(
    tmp_path: Path, text: str
) -> None:
    write(Path("config.yaml"), text)

    assert database_path(None, None) == tmp_path / "var" / "monitor" / "monitor.db"


def test_what_reading_commands_need_is_read_once_and_anew_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = tmp_path / "cache" / "monitor"
    path = write(Path("config.yaml"), "database: a.db\ndelivery: {timezone: Asia/Seoul}\n")
    assert [database_path(None, path), time_zone(path)] == [Path("a.db"), "Asia/Seoul"]
    assert len(list(kept.iterdir())) == 1

    write(path, "database: b.db\n")

    assert [database_path(None, path), time_zone(path)] == [Path("b.db"), ""]
    assert len(list(kept.iterdir())) == 2


def test_no_secret_of_the_configuration_is_in_the_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = "channels: {desk: {type: slack, token: xoxb-1}}\ndatabase: a.db\n"

    assert database_path(None, write(Path("config.yaml"), text)) == Path("a.db")

    files = (tmp_path / "cache" / "monitor").iterdir()
    assert [b"xoxb" in path.read_bytes() for path in files] == [False]


def test_reading_commands_need_no_configuration(tmp_path: Path) -> None:
    assert database_path(None, None) == tmp_path / "var" / "monitor" / "monitor.db"


def test_check_shows_the_database_that_run_would_use(monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path("config.yaml"))
    monkeypatch.setenv("MONITOR_DB", "elsewhere.db")

    result = CliRunner().invoke(main, ["check", "--show"])
    assert "database: elsewhere.db\n" in result.stdout
