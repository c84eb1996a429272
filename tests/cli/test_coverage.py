"""`monitor coverage`: the ledger for programs, and what may have been missed."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, fill, invoke
from copies import store_at
from fakes import article, feed, topic
from filled import DAY, HOUR, MINUTE, bring, move_into_empty_home

from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from monitor.model import Article
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

TOPICS = [topic("icbm", "ICBM", none=("parade",))]
A, B, C, D = (
    feed(f"https://{name}.example/", title=name.upper(), publisher=f"Paper {name.upper()}")
    for name in "abcd"
)
HEADLINE = "North Korea fires an ICBM"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("coverage") / "monitor.db"
    asyncio.run(make(path, utc_now()))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


async def make(path: Path, now: datetime) -> None:
    """Three of four feeds had the story of today; the fourth usually has such stories."""
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([A, B, C, D], now - 9 * DAY))
        for each in (A, B, C, D):
            await carry(store, each, [], now - 9 * DAY)
        for days in (8, 6):
            for each in (A, B, C, D):
                await carry(store, each, [said(each, f"ICBM test {days}")], now - days * DAY)
        for hours, each in ((5, A), (4, B), (3, C)):
            await carry(store, each, [said(each, HEADLINE)], now - hours * HOUR)
        await carry(store, A, [article("ICBM parade", publisher="A")], now - HOUR)
        await store.write(tell_apart)
        await store.write(lambda tx: fail(tx, now - 6 * HOUR))


def tell_apart(tx: Transaction) -> None:
    """Make a story of the articles with one headline, however stories are recognised."""
    told = tx.db.execute(
        "SELECT v.title, min(a.seen_at) FROM articles a JOIN versions v ON v.id = a.version_id"
        " WHERE v.title <> 'ICBM parade' GROUP BY v.title"
    ).fetchall()
    for title, started_at in told:
        story = tx.db.execute(
            "INSERT INTO stories (title, started_at) VALUES (?, ?)", (title, started_at)
        ).lastrowid
        tx.db.execute(
            "UPDATE articles SET story_id = ? WHERE version_id IN"
            " (SELECT id FROM versions WHERE title = ?)",
            (story, title),
        )


def said(each: Any, title: str) -> Article:
    return article(title, publisher=each.publisher, link=each.url + title.replace(" ", "-"))


async def carry(store: Store, each: Any, articles: Sequence[Article], at: datetime) -> None:
    def due(tx: Transaction) -> None:
        tx.db.execute("UPDATE feeds SET due_at = ? WHERE url = ?", (at.timestamp(), each.url))

    await store.write(due)
    await bring(store, each, articles, at, topics=TOPICS)


def fail(tx: Transaction, since: datetime) -> None:
    """The fourth feed was not read since then."""
    tx.db.execute("UPDATE feeds SET due_at = ? WHERE url = ?", (since.timestamp(), D.url))
    for due in tx.feeds.claim(since, since + MINUTE, at_most=99, per_host=99, host_delay=0):
        if due.url == D.url:
            tx.feeds.record_poll(due, since, since + DAY, error="timeout")
    tx.feeds.release_leases(since)


# ── what may have been missed ─────────────────────────────────────────────────────────────────


def missed(database: Path, *options: str) -> Any:
    return json.loads(done("coverage", "--missed", "--json", *options, db=database))


def test_a_story_of_several_publishers_is_told_with_the_feeds_that_did_not_have_it(
    database: Path,
) -> None:
    newest = missed(database)["stories"][0]

    assert (newest["title"], newest["topics"]) == (HEADLINE, ["icbm"])
    assert newest["publishers"] == [A.publisher, B.publisher, C.publisher]
    assert [(each["title"], each["url"]) for each in newest["missed_by"]] == [("D", D.url)]


def test_a_feed_that_was_not_read_meanwhile_is_excused(database: Path) -> None:
    [miss] = missed(database)["stories"][0]["missed_by"]

    assert miss["why"] == "not read: failing: timeout"


def test_a_story_that_all_had_was_missed_by_nobody(database: Path) -> None:
    stories = missed(database, "--since", "9d")["stories"]

    assert [len(story["publishers"]) for story in stories] == [3, 4, 4]
    assert [len(story["missed_by"]) for story in stories] == [1, 0, 0]


def test_how_many_publishers_make_a_story_can_be_said(database: Path) -> None:
    assert missed(database, "--publishers", "4", "--since", "24h")["stories"] == []


def test_a_publisher_that_repeats_another_s_text_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    asyncio.run(make(path, utc_now()))
    with closing(sqlite3.connect(path)) as db, db:
        ids = [
            row[0]
            for row in db.execute(
                "SELECT a.id FROM articles a JOIN versions v ON v.id = a.version_id"
                " WHERE v.title = ? ORDER BY a.id",
                (HEADLINE,),
            )
        ]
        db.execute(
            "INSERT OR REPLACE INTO article_features"
            " (article_id, sets, signature, credited, copy_of, roundup, why)"
            " VALUES (?, '[]', x'', '', ?, 0, '{}')",
            (ids[1], ids[0]),
        )

    assert HEADLINE not in [story["title"] for story in missed(path)["stories"]]
    assert HEADLINE in [story["title"] for story in missed(path, "--publishers", "2")["stories"]]


def test_near_misses_come_with_what_was_in_the_way(database: Path) -> None:
    [near] = missed(database)["near_misses"]

    assert (near["title"], near["topic"]) == ("ICBM parade", "icbm")
    assert "parade" in near["reason"]


def test_feeds_that_are_down_are_told_with_how_long(database: Path) -> None:
    [outage] = missed(database)["outages"]

    assert (outage["feed"], outage["reason"], outage["until"]) == ("D", "failing: timeout", None)
    assert 6 * 3600 <= outage["seconds"] < 7 * 3600


def test_the_report_for_people(database: Path) -> None:
    text = done("coverage", "--missed", db=database)
    stories, near, outages = text.split("\n\n")

    assert stories.splitlines()[0] == "2 stories that several publishers carried"
    assert stories.splitlines()[2].split("\t")[1:] == [
        "3",
        HEADLINE,
        "D (not read: failing: timeout)",
    ]
    assert near.splitlines()[0] == "1 near miss, the nearest to a hit first"
    assert "D\t" in outages
    assert "goes on\t6 h\tfailing: timeout" in outages


def test_the_report_as_csv(database: Path) -> None:
    lines = done("coverage", "--missed", "--csv", db=database).splitlines()
    first = next(csv.DictReader(lines))

    assert (first["title"], first["missed_by"]) == (HEADLINE, "D")
    assert first["publishers"] == "; ".join(each.publisher for each in (A, B, C))


def test_of_an_empty_database_nothing_was_missed(tmp_path: Path) -> None:
    async def empty() -> None:
        async with store_at(tmp_path / "monitor.db"):
            pass

    asyncio.run(empty())
    report = missed(tmp_path / "monitor.db")
    assert (report["stories"], report["near_misses"], report["outages"]) == ([], [], [])


# ── the ledger for programs ───────────────────────────────────────────────────────────────────


def test_the_ledger_as_csv(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "monitor.db"))
    lines = done("coverage", "--csv", db=tmp_path / "monitor.db").splitlines()
    rows = {row["title"]: row for row in csv.DictReader(lines)}

    assert (rows["One"]["entries"], rows["One"]["hit"], rows["One"]["near_miss"]) == ("4", "1", "1")
    assert rows["Broken"]["error"] == "http-500"


@pytest.mark.parametrize("option", [("--since", "7d"), ("--publishers", "2"), ("--tz", "UTC")])
def test_options_of_the_report_need_it(option: tuple[str, str]) -> None:
    result = invoke("coverage", *option)
    assert result.exit_code == 2
    assert " with --missed" in result.stderr
