"""A path at which there can be no database is told with its place in the configuration."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import invoke
from filled import SMALL, move_into_empty_home

from monitor.config.paths import not_to_be_made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

NOBODY = 65_534
AT = "config.yaml:7:11: database: "


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def ran(database: object, *command: str) -> Result:
    Path("config.yaml").write_text(f"{SMALL}database: {database}\n", encoding="utf-8")
    return invoke(*command)


@contextmanager
def closed_folder() -> Iterator[Path]:
    """A folder in which the tests cannot write; root becomes another user for that."""
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if is_root:
                os.seteuid(0)
            Path(name).chmod(0o755)


@pytest.mark.parametrize("command", [["check"], ["run", "--once"]])
def test_a_folder_is_no_database(tmp_path: Path, command: list[str]) -> None:
    result = ran(tmp_path, *command)
    assert result.exit_code == 2
    advice = f"{tmp_path} is a folder: name a file in it, such as {tmp_path / 'monitor.db'}"
    assert result.stderr.startswith(f"{AT}{advice}\n")


def test_the_root_of_all_folders_is_no_database() -> None:
    assert f"{AT}/ is a folder: name a file in it" in ran("/", "run", "--once").stderr


def test_a_path_below_a_file_is_no_database() -> None:
    result = ran("config.yaml/monitor.db", "check")
    assert result.exit_code == 2
    assert f"{AT}{Path('config.yaml').absolute()} is a file, no folder: name" in result.stderr


def test_a_name_that_is_too_long_is_no_database() -> None:
    result = ran("x" * 300, "check")
    assert (result.exit_code, result.stderr.startswith(f"{AT}the path of the data")) == (2, True)


@pytest.mark.parametrize("path", ["x" * 300, "config.yaml/monitor.db"])
def test_a_run_on_what_can_be_no_database_ends_with_what_to_do(path: str) -> None:
    result = ran("a.db", "--db", path, "run", "--once")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "name " in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_home_of_a_user_who_is_not_there_is_no_place_for_a_database() -> None:
    assert (
        f"{AT}`database: ~nobody-here/a.db`: there is no"
        in ran("'~nobody-here/a.db'", "check").stderr
    )


def test_another_path_on_the_command_line_counts_instead(tmp_path: Path) -> None:
    assert ran("/", "--db", str(tmp_path / "a.db"), "check").exit_code == 0


def test_a_folder_that_the_environment_names_is_no_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MONITOR_DB", "/")
    result = ran("a.db", "run", "--once")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: / is a folder, no regular file: name another file\n",
    )


def test_a_place_where_this_user_cannot_write_is_told_with_what_to_do() -> None:
    with closed_folder() as folder:
        wrong = not_to_be_made(folder / "new" / "monitor.db")
    assert wrong.startswith(f"this user cannot make a file in {folder}: name another file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_the_check_warns_of_a_place_where_this_user_cannot_write_and_the_run_fails() -> None:
    with closed_folder() as folder:
        checked, failed = ran(folder / "a.db", "check"), ran(folder / "a.db", "run", "--once")
    assert (checked.exit_code, failed.exit_code) == (0, 1)
    assert f"warning: {AT}this user cannot make" in checked.stderr
    assert f"Error: {AT}this user cannot make" in failed.stderr
