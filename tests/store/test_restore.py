"""A backup put back: nothing is lost, and what may have been sent since is one digest."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import done, invoke
from conftest import NOW
from copies import store_at
from fakes import Recorder, article, context, feed, topic
from filled import MINUTE, bring, move_into_empty_home

from monitor.channels.formatting import heading
from monitor.model import DigestKind
from monitor.pipeline import deliver
from monitor.store.admin.restore import restore
from monitor.store.backup import back_up
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import Message
    from monitor.store.database import Store

DB, COPY = Path("monitor.db"), Path("copy.db")
ONE, TWO = (
    feed(f"https://{name}.example/feed", title=name, interval=1.0) for name in ("one", "two")
)
TOPICS = [topic()]
HEADLINES = (
    "Museum in Oslo shows a model of an ICBM", "Farmers find ICBM debris in a field of maize",
    "Film on the ICBM crews wins a prize at Cannes", "Parliament in Ottawa debates ICBM budget",
    "Old ICBM silo becomes a hotel in Arizona", "Chess champion compares his opening to an ICBM",
    "Toy maker withdraws plastic ICBM from shops", "Insurer refuses cover for ICBM transports",
    "Choir sings of the ICBM in Reykjavik",
)  # fmt: skip
ENTRIES = [article(title, link=f"https://one.example/{title}", id=title) for title in HEADLINES]


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


async def poll(store: Store, entries: int, at: datetime) -> None:
    """Both feeds are read; the first brings so many entries."""
    await bring(store, ONE, ENTRIES[:entries], at, topics=TOPICS)
    await bring(store, TWO, [], at, topics=TOPICS)


async def send(store: Store, at: datetime) -> list[Message]:
    """All that is due is sent; returns it."""
    channel = Recorder()
    desk = context(store, [ONE, TWO], TOPICS, {"desk": channel}, fetch=None, scan_one=None)
    while await deliver.deliver(desk, at):
        pass
    return channel.sent


async def lived() -> None:
    """Two stories sent, two waiting; then a backup, after which those and three more are sent."""
    async with store_at(DB) as store:
        await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW - MINUTE))
        await poll(store, 0, NOW - MINUTE)
        await poll(store, 2, NOW)
        assert len(await send(store, NOW + 2 * MINUTE)) == 2
        await poll(store, 4, NOW + 10 * MINUTE)
        back_up(DB, COPY)
        await poll(store, 7, NOW + 20 * MINUTE)
        assert len(await send(store, NOW + 30 * MINUTE)) == 5


def titles(message: Message) -> list[str]:
    return sorted(report.title for report in message.reports)


async def test_what_may_have_been_sent_since_the_backup_is_one_digest() -> None:
    await lived()
    at = NOW + 40 * MINUTE
    done = restore(DB, COPY, at)
    assert done.unknown == 2
    async with store_at(DB) as store:
        await store.write(lambda tx: tx.feeds.release_leases(at))
        assert await send(store, at + MINUTE) == []  # the feeds are read first
        await poll(store, 8, at + MINUTE)
        [digest] = await send(store, at + 3 * MINUTE)
        assert titles(digest) == sorted(HEADLINES[2:8])
        assert heading(digest) == (
            "Digest: 6 stories since the backup that was restored, some perhaps sent before"
        )
        await poll(store, 9, at + 10 * MINUTE)
        [message] = await send(store, at + 12 * MINUTE)
        assert (titles(message), message.digest) == ([HEADLINES[8]], None)


async def test_a_feed_that_cannot_be_read_holds_nothing_up_for_long() -> None:
    await lived()
    restore(DB, COPY, NOW + 40 * MINUTE)
    async with store_at(DB) as store:
        [digest] = await send(store, NOW + 46 * MINUTE)
    assert titles(digest) == sorted(HEADLINES[2:4])


async def test_digests_of_a_later_time_keep_it() -> None:
    await lived()
    async with store_at(DB) as store:
        later = {"at": (NOW + timedelta(days=1)).timestamp(), "kind": DigestKind.TIMED}
        await store.write(
            lambda tx: tx.db.execute("UPDATE alerts SET digest = :kind, state = 'pending',"
                                     " due_at = :at WHERE id = 1", later)
        )  # fmt: skip
        back_up(DB, Path("later.db"))
    restore(DB, Path("later.db"), NOW + 40 * MINUTE)
    with Reader(DB) as reader:
        assert [row["digest"] for row in reader.alerts() if row["due_at"]] == ["timed"]


def test_the_former_database_is_kept_beside_it() -> None:
    DB.write_bytes(b"damaged")
    Path("monitor.db-wal").write_bytes(b"its log")
    assert invoke("db", "restore", "nowhere.db", db=DB).exit_code == 1
    assert DB.read_bytes() == b"damaged"


def test_a_damaged_database_is_replaced_and_kept_with_its_log() -> None:
    asyncio.run(lived())
    for name, content in {"monitor.db": b"damaged", "monitor.db-wal": b"its log"}.items():
        Path(name).write_bytes(content)
    restore(DB, COPY, NOW + 40 * MINUTE)
    assert Path("monitor.db.before-restore").read_bytes() == b"damaged"
    assert Path("monitor.db.before-restore-wal").read_bytes() == b"its log"
    with Reader(DB) as reader:
        assert len(reader.alerts()) == 4
    assert not Path("monitor.db-wal").exists()


def test_what_is_no_backup_is_refused_and_changes_nothing() -> None:
    asyncio.run(lived())
    before = DB.read_bytes()
    Path("empty.db").touch()
    Path("text.db").write_text("text" * 1_000)
    for name in ("empty.db", "text.db", "monitor.db"):
        result = invoke("db", "restore", name, db=DB)
        assert (result.exit_code, result.stderr.startswith("Error: ")) == (1, True)
    with sole_worker(DB):
        assert "stop it first" in invoke("db", "restore", str(COPY), db=DB).stderr
    assert DB.read_bytes() == before


def test_the_command_says_what_happens_next() -> None:
    asyncio.run(lived())
    text = done("db", "restore", str(COPY), db=DB)
    assert "2 alerts of the backup, and what feeds bring first, may have been sent since" in text
    assert "What was there is now" in text
    assert "monitor.db.before-restore" in text
