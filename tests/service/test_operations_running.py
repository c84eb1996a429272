"""The operations channel of a running service, by its Slack."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from fakes import item, rss
from installation import until

if TYPE_CHECKING:
    import asyncio

    from installation import Installation

pytestmark = pytest.mark.slow
HOUR = 3_600.0
DAY = 24 * HOUR


@pytest.fixture
async def running(site: Installation) -> asyncio.subprocess.Process:
    """The service with two feeds and an operations channel; it has polled both."""
    site.feeds.documents |= {"a": rss(item("Weather")), "b": rss(item("Sports"))}
    site.write("a", "b")
    site.replace("polling:", "operations: {channel: desk}\npolling:")
    process = await site.start()
    await until(lambda: site.log().count('"polled"') > 1)
    return process


def titles(site: Installation) -> list[str]:
    return [message["text"].splitlines()[0] for message in site.slack.posted]


def change(site: Installation, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(site.database, timeout=10)) as db, db:
        db.execute(sql, values)


async def restart(site: Installation, process: asyncio.subprocess.Process) -> None:
    """Its operations tick comes at once when it starts, then each minute."""
    process.send_signal(signal.SIGTERM)
    await process.wait()
    await site.start()


async def test_a_refused_reload_is_told_once(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    good = site.config.read_text(encoding="utf-8")
    site.replace("title: ICBM", "titel: ICBM")
    running.send_signal(signal.SIGHUP)
    await until(lambda: len(site.events("reload refused")) == 2)
    running.send_signal(signal.SIGHUP)
    await until(lambda: len(site.events("reload refused")) == 4)
    await until(lambda: site.slack.posted)
    site.config.write_text(good, encoding="utf-8")
    running.send_signal(signal.SIGHUP)
    await until(lambda: site.events("reloaded"))

    assert len(titles(site)) == 1
    assert "The changed configuration is refused" in titles(site)[0]
    assert "did you mean `title`?" in str(site.slack.posted[0])


async def test_a_feed_that_fails_for_a_day_is_told_and_so_is_its_recovery(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    site.feeds.documents["a"] = 500
    await until(lambda: site.rows("SELECT 1 FROM feeds WHERE failures > 0"))
    change(site, "UPDATE feeds SET failing_since = failing_since - ?", DAY)
    await restart(site, running)
    await until(lambda: site.slack.posted)
    assert "is failing" in titles(site)[0]

    site.feeds.documents["a"] = rss(item("Weather"))
    change(site, "UPDATE feeds SET due_at = 0")
    await until(lambda: not site.rows("SELECT 1 FROM feeds WHERE failures > 0"))
    change(site, "UPDATE notified SET at = at - ?", HOUR)
    await restart(site, site.processes[-1])
    await until(lambda: len(site.slack.posted) > 1)
    assert "is well again" in titles(site)[1]


async def test_a_heartbeat_that_was_missed_is_sent_at_the_start(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    await until(lambda: site.rows("SELECT 1 FROM notified WHERE subject = 'heartbeat'"))
    change(site, "UPDATE notified SET at = ?", time.time() - 2 * DAY)
    await restart(site, running)
    await until(lambda: site.slack.posted)
    assert "Heartbeat" in titles(site)[0]
    assert "2 feeds" in titles(site)[0]


async def test_a_single_run_tells_it_too(
    site: Installation, running: asyncio.subprocess.Process
) -> None:
    running.send_signal(signal.SIGTERM)
    await running.wait()
    change(site, "UPDATE notified SET at = ?", time.time() - 2 * DAY)
    assert await site.finish("--once") == 0
    assert "Heartbeat" in titles(site)[0]
