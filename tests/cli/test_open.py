"""`monitor open`: a browser on a terminal, else the address."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from commands import KOREAN, LAUNCH, done, fill, invoke
from filled import move_into_empty_home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("open") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def shown(database: Path, **environment: str) -> str:
    """What `monitor open 1` shows on a real terminal."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "monitor", "--db", str(database), "open", "1"],
            check=True, stdout=theirs, stderr=theirs, env=os.environ | environment,
        )  # fmt: skip
        return os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_into_a_pipe_the_addresses_are_printed(database: Path) -> None:
    assert done("open", "1", "4", db=database).splitlines() == [KOREAN.link, LAUNCH.link]


def test_on_a_terminal_the_browser_gets_the_address(database: Path, tmp_path: Path) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o755)
    assert shown(database, BROWSER=str(browser)).split() == [KOREAN.link]
    assert seen.read_text(encoding="utf-8").strip() == KOREAN.link


def test_on_a_terminal_without_a_display_the_address_is_printed(database: Path) -> None:
    address, *advice = shown(database).splitlines()
    assert address == KOREAN.link
    assert advice == ["There is no browser with a display here: open the address."]


def test_an_article_that_is_not_there_is_an_error(database: Path) -> None:
    result = invoke("open", "99", db=database)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no article 99; `monitor hits` lists IDs" in result.stderr
