"""`--follow`: a real process beside a database that grows."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import KOREAN, LAUNCH, ONE, TOPICS, invoke
from conftest import NOW
from copies import store_at
from filled import HOUR, bring, move_into_empty_home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from monitor.store.database import Store

DB = Path("monitor.db")
LAUNCH_HITS = ("dprk-troops", "icbm")
# the command, which looks again sooner than for a reader
SOON = "from monitor.cli import follow, main; follow._PAUSE = 0.1; main()"


@pytest.fixture
async def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A database with one hit."""
    move_into_empty_home(tmp_path, monkeypatch)
    async with store_at(DB) as store:
        await store.write(lambda tx: tx.feeds.sync([ONE], NOW - HOUR))
        await bring(store, ONE, [], NOW - HOUR, topics=TOPICS)
        await bring(store, ONE, [KOREAN], NOW, topics=TOPICS)
        yield store


async def test_a_new_hit_is_printed_once_it_comes_and_ctrl_c_ends_it(store: Store) -> None:
    command = [sys.executable, "-c", SOON, "--db", str(DB), "hits", "--nl", "--follow"]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert process.stdout
    assert process.stderr
    async with asyncio.timeout(300):
        assert json.loads(await process.stdout.readline())["title"] == KOREAN.title
        assert await process.stderr.readline() == b"Waiting for more; Ctrl-C ends it.\n"
        await bring(store, ONE, [LAUNCH], NOW + HOUR, topics=TOPICS)
        come = [json.loads(await process.stdout.readline()) for _ in LAUNCH_HITS]
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert {(row["title"], row["topic"]) for row in come} == {
        (LAUNCH.title, each) for each in LAUNCH_HITS
    }


def test_whole_documents_cannot_be_followed() -> None:
    result = invoke("stories", "--follow", "--json")
    assert result.exit_code == 2
    assert "--follow prints lines" in result.stderr
