"""`monitor brief` on the command line: to a file, to a channel, and refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from commands import done, fill, invoke
from filled import SMALL, move_into_empty_home

TIMES = ("--since", "2024-10-31", "--until", "2024-11-01T09:30:15.123")


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into_empty_home(tmp_path, monkeypatch)
    channels = "channels: {desk: {type: console}}\n"
    Path("config.yaml").write_text(SMALL + channels, encoding="utf-8")
    asyncio.run(fill(tmp_path / "monitor.db"))
    return tmp_path / "monitor.db"


def test_a_brief_is_printed_as_markdown(filled: Path) -> None:
    text = done("brief", *TIMES, db=filled)
    assert text.startswith("# Brief, 2024-10-31 00:00 to 2024-11-01 09:30 UTC\n")
    assert "## ICBM" in text


def test_a_pdf_is_written_into_a_file_the_same_each_time(filled: Path) -> None:
    pytest.importorskip("typst")
    for name in ("one.pdf", "two.pdf"):
        done("brief", *TIMES, "--format", "pdf", "--output", name, db=filled)
    assert Path("one.pdf").read_bytes() == Path("two.pdf").read_bytes()


def test_a_brief_goes_to_a_channel_once(filled: Path) -> None:
    assert "goes to desk" in done("brief", *TIMES, "--send", "desk", db=filled)
    assert "has this brief already" in done("brief", *TIMES, "--send", "desk", db=filled)
    assert "Brief, 2024-10-31" in done("alerts", "--kind", "notice", db=filled)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--topic", "icmb"), "did you mean `icbm`"),
        (("--send", "dekx"), "no channel `dekx`"),
        (("--output", "nowhere/brief.md"), "nowhere/brief.md cannot be written"),
        (("--until", "2024-10-30"), "--until must come after --since"),
        (("--draft",), "needs the section `assist`"),
    ],
)
def test_what_cannot_be_is_refused(filled: Path, given: tuple[str, ...], told: str) -> None:
    result = invoke("brief", *TIMES, *given, db=filled)
    assert result.exit_code != 0
    assert told in result.stderr
