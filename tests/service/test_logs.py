"""The form of the log: JSON, and in the journal a priority before each line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LOG = """
import logging, structlog
from monitor.service import logs
logs.configure(logging.DEBUG)
log = structlog.get_logger()
log.debug("one")
log.info("two", title="in\\ntwo lines")
log.warning("three")
log.error("four")
try:
    raise ValueError("five")
except ValueError:
    log.exception("five")
logging.getLogger("a library").critical("six")
"""


def stderr(folder: Path, *args: str, inode: int = 0, **environment: str) -> list[str]:
    """Run Python with stderr in a file that is the journal's, or, by `inode`, another one."""
    path = folder / "stderr"
    with path.open("wb") as file:
        status = os.fstat(file.fileno())
        stream = f"{status.st_dev}:{status.st_ino + inode}"
        environment = {**os.environ, "JOURNAL_STREAM": stream, **environment}
        subprocess.run([sys.executable, *args], stderr=file, env=environment, check=False)
    return path.read_text(encoding="utf-8").splitlines()


def test_in_the_journal_each_event_has_the_priority_of_its_level(tmp_path: Path) -> None:
    lines = stderr(tmp_path, "-c", LOG)
    assert [line[:3] for line in lines] == ["<7>", "<6>", "<4>", "<3>", "<3>", "<2>"]
    events = [json.loads(line[3:])["event"] for line in lines]
    assert events == ["one", "two", "three", "four", "five", "six"]


@pytest.mark.parametrize(("inode", "variable"), [(1, {}), (0, {"JOURNAL_STREAM": "nonsense"})])
def test_a_log_that_is_not_the_journal_has_no_priorities(
    tmp_path: Path, inode: int, variable: dict[str, str]
) -> None:
    lines = stderr(tmp_path, "-c", LOG, inode=inode, **variable)
    events = [json.loads(line)["event"] for line in lines]
    assert events == ["one", "two", "three", "four", "five", "six"]


def test_a_time_in_an_event_is_written_to_the_second(tmp_path: Path) -> None:
    due = "datetime.fromisoformat('2026-11-30T17:40:04.790630+01:00')"
    said = f"from datetime import datetime\nlog.warning('late', due_at={due})"
    lines = stderr(tmp_path, "-c", f"{LOG}\n{said}", inode=1)
    assert json.loads(lines[-1])["due_at"] == "2026-11-30T16:40:04Z"


BAR = """
import logging, structlog
from monitor.cli import output
from monitor.service import logs
logs.configure(logging.DEBUG)
output._PATIENCE = -1.0
with output.progress_bar("Polling", "feeds") as progress:
    progress(1, 3)
    structlog.get_logger().warning("failed", feed="a")
"""


def test_on_a_terminal_an_event_stands_above_the_progress_bar() -> None:
    ours, terminal = pty.openpty()
    subprocess.run([sys.executable, "-c", BAR], stderr=terminal, check=True)
    os.close(terminal)
    written = os.read(ours, 100_000).decode()
    os.close(ours)
    [row] = [row for row in written.splitlines() if "failed" in row]
    assert "Polling" not in row.rpartition("\x1b[2K")[2]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_on_a_terminal_an_event_has_colours_unless_none_are_wanted(
    no_color: str, *, coloured: bool
) -> None:
    ours, terminal = pty.openpty()
    env = os.environ | {"NO_COLOR": no_color, "TERM": "xterm"}
    one_line = LOG.partition("log.info")[0]
    subprocess.run([sys.executable, "-c", one_line], stderr=terminal, env=env, check=True)
    os.close(terminal)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "one" in shown
    assert ("\x1b[" in shown) == coloured


def test_in_the_journal_each_mistake_of_the_configuration_is_an_error(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("topics: []\nnonsense: 1\nmore: 2\n", encoding="utf-8")
    lines = stderr(tmp_path, "-m", "monitor", "--config", str(config), "run")
    assert [line[:3] for line in lines] == ["<3>"] * len(lines)
    assert "nonsense: unknown key" in "".join(lines)
    assert lines[-1].endswith("nothing was started.")
