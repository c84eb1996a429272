"""Runs commands in this process, on a database that holds a little of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner, Result
from conftest import NOW
from copies import made_once, store_at
from fakes import article, feed, topic
from filled import HOUR, bring

from monitor.cli import main
from monitor.model import Unread
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.store.transaction import Transaction

ONE = feed("https://one.example/feed", title="One", interval=3000.0)
TWO = feed("https://two.example/feed", title="Two", interval=3000.0)
BROKEN = feed("https://broken.example/feed", title="Broken")
FEEDS = [ONE, TWO, BROKEN, feed("https://off.example/", title="Off"), feed("https://new.example/n")]
TOPICS = [topic("dprk-troops", "북한군", "troops"), topic("icbm", "ICBM", none=("parade",))]
KOREAN = article(
    "북한군 쿠르스크 배치", "우크라이나", lang="ko", publisher="Yonhap", published_at=NOW
)
LONG = "North Korea fires an ICBM " + "far " * 50 + "away"
LAUNCH = article(LONG, "It, and its troops", publisher="NHK", id="2", published_at=NOW)
EDITED = article(
    "Edited: the ICBM", "It, and its troops", publisher="NHK", id="2", link=LAUNCH.link
)


@made_once
async def fill(path: Path) -> None:
    """Three polls: hits, a near miss, a duplicate, an edit; alerts in three states."""
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync(FEEDS, NOW - HOUR))
        for each in (ONE, TWO):
            await bring(store, each, [], NOW - HOUR, topics=TOPICS)
        unread = [Unread((digest("broken"),), "no title")]
        others = [article("ICBM parade"), article("Weather")]
        await bring(store, ONE, [KOREAN, *others], NOW, topics=TOPICS, unread=unread)
        await bring(store, TWO, [LAUNCH, KOREAN], NOW + HOUR, topics=TOPICS)
        await bring(store, TWO, [EDITED], NOW + 2 * HOUR, topics=TOPICS)
        await store.write(end_of_the_day)


def end_of_the_day(tx: Transaction) -> None:
    """One alert was sent, one failed; a feed is failing, another one was switched off."""
    at = NOW + 3 * HOUR
    for each in tx.feeds.claim(at, at + HOUR, at_most=99, per_host=99, host_delay=0):
        if each.url == BROKEN.url:
            tx.feeds.record_poll(each, at, at + HOUR, error="http-500")
    tx.feeds.sync([each for each in FEEDS if each.title != "Off"], at)
    [sent] = tx.outbox.claim(at, at + HOUR, {"desk": 0})
    tx.outbox.mark_sent(sent, "ref", at)
    [failed] = tx.outbox.claim(at, at + HOUR, {"desk": 0})
    tx.outbox.mark_failed(failed, "too_long", None)


def invoke(*arguments: str, db: Path | None = None, given: str | None = None) -> Result:
    """Run a command as in a pipe; `given` is what the pipe brings."""
    options = ["--db", str(db)] if db else []
    return CliRunner().invoke(main, [*options, *arguments], input=given, prog_name="monitor")


def done(*arguments: str, db: Path | None = None) -> str:
    """What a command that succeeds prints to stdout."""
    result = invoke(*arguments, db=db)
    assert result.exit_code == 0, result.output
    return result.stdout
