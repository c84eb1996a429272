"""Pages of the desk on a large database: time, processor time, bytes, and the ratio to a floor.

    python benchmarks/web.py                        100,000 articles, 10,000 hits, 2,000 stories
    python benchmarks/web.py --articles 1000000     search on a million
    python benchmarks/web.py --readers 50           so many readers at a time, too

The floor is bare aiohttp that answers with the newest hits of SQLite as JSON. Processor times count
where other programs run beside; they hold the client's part as well, about a millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import ClientSession, web

from monitor.config.schema import WebSettings
from monitor.matching.coordinates import coordinates
from monitor.store.database import open_database
from monitor.store.fulltext import split
from monitor.web.app import serving_desk
from monitor.web.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400.0
WORDS = [
    "minister",
    "troops",
    "border",
    "talks",
    "missile",
    "launch",
    "region",
    "officials",
    "say",
    "after",
    "report",
    "new",
    "attack",
    "president",
    "city",
    "power",
    "water",
    "election",
    "market",
    "court",
    "strike",
    "drone",
    "ship",
    "export",
    "summit",
    "army",
]
FOREIGN = {
    "ko": "북한군 쿠르스크 지역 배치 발표",
    "ru": "военные сообщили о пуске ракеты в области",
}
TOPICS = ["dprk-troops", "kursk", "icbm", "sudan", "taiwan"]
SETS = [*(f"place:{name}" for name in list(coordinates())[:84]), "actor:russia", "actor:ukraine",
        "actor:north_korea", "actor:troops", "weapon:drone", "action:attack"]  # fmt: skip
PAGES = {
    "now": "/",
    "stories": "/stories",
    "story": "/stories/{story}",
    "search": "/hits",
    "search, word": "/hits?q=missile",
    "search, words": "/hits?q=missile+launch+troops",
    "search, 북한군": "/hits?q=북한군",
    "search, filters": "/hits?topic=kursk&lang=en&since=30d",
    "hits.csv": "/hits.csv?limit=500",
    "search, view": "/hits?view=kursk",
    "hits.atom": "/hits.atom?topic=kursk",
    "map": "/map",
    "map, 30 days": "/map?days=30&topic=kursk&place=kursk",
    "map.json": "/map.json?days=30",
    "article": "/articles/{article}",
    "topics": "/topics",
    "topic": "/topics/kursk",
    "feeds": "/feeds",
    "feed": "/feeds/1",
    "alerts": "/alerts",
    "about": "/about",
}
ROUNDS = 15
FEEDS = 400


def fill(path: Path, articles: int, hits: int, stories: int) -> None:
    """Make a database of ninety days: random words, hits spread over topics and stories."""
    feeds = FEEDS
    chance = random.Random(7)  # noqa: S311 - the same numbers in each run
    db = open_database(path)
    now = time.time()
    with db.conn:
        db.conn.execute("PRAGMA synchronous = OFF")
        db.conn.executemany(
            "INSERT INTO feeds (id, url, host, title, publisher, country, lang, kind, enabled,"
            " private, due_at, first_polled_at, ok_at) VALUES (?,?,?,?,?,?,?,?,1,0,?,?,?)",
            [(n, f"https://{n}.example/rss", f"{n}.example", f"Feed {n}", f"Publisher {n}",
              chance.choice(["KR", "UA", "GB"]), "en", chance.choice(["wire", "state"]),
              now + n, now - 90 * DAY, now - n) for n in range(1, feeds + 1)],
        )  # fmt: skip
        db.conn.executemany(
            "INSERT INTO stories VALUES (?, ?, ?)",
            [(n, f"Story {n}", now - (stories - n) * 90 * DAY / stories) for n in
             range(1, stories + 1)],
        )  # fmt: skip
        _articles(db.conn, chance, articles=articles, hits=hits, stories=stories)
        db.conn.execute(
            "INSERT INTO saved_views VALUES ('kursk', '{\"topic\": \"kursk\"}', 'me', ?)", (now,)
        )
        db.conn.execute("ANALYZE")
    db.close()


def _articles(
    db: sqlite3.Connection, chance: random.Random, *, articles: int, hits: int, stories: int
) -> None:
    now, feeds = time.time(), FEEDS
    every = articles // hits
    for n in range(1, articles + 1):
        at = now - (articles - n) * 90 * DAY / articles
        lang = chance.choice(["en", "en", "en", "ko", "ru"])
        title = " ".join(chance.choices(WORDS, k=9)) + " " + FOREIGN.get(lang, "")
        text = " ".join(chance.choices(WORDS, k=45))
        feed, is_hit = chance.randint(1, feeds), n % every == 0
        story = 1 + (n // every - 1) * stories // hits if is_hit else None
        db.execute(
            "INSERT INTO articles VALUES (?,?,?,?,?,?,?,?,?,?)",
            (n, feed, f"https://{feed}.example/{n}", f"Publisher {feed}", lang, at, at,
             n.to_bytes(8, "big"), n, story),
        )  # fmt: skip
        db.execute(
            "INSERT INTO versions VALUES (?,?,?,?,?,?)", (n, n, title, text, n.to_bytes(8), at)
        )
        db.execute(
            "INSERT INTO versions_fts (rowid, title, text) VALUES (?,?,?)", (n, split(title), text)
        )
        outcome = "hit" if is_hit else "no-match"
        db.execute("INSERT INTO entries VALUES (?,?,?,?,?,'',?)",
                   (n, feed, n, f"Publisher {feed}", outcome, at))  # fmt: skip
        if is_hit:
            _hit(db, chance, n, title=title, story=story, at=at)


def _hit(
    db: sqlite3.Connection, chance: random.Random, n: int, *, title: str, story: int | None,
    at: float,
) -> None:  # fmt: skip
    topic = chance.choice(TOPICS)
    end = title.index(" ")
    evidence = json.dumps([[title[:end], "title", 0, end]])
    db.execute(
        "INSERT INTO matches (article_id, version_id, topic, topic_digest, reason, evidence,"
        " seen_at) VALUES (?,?,?,'d','',?,?)",
        (n, n, topic, evidence, at),
    )
    _features(db, chance, n)
    db.execute("INSERT INTO figures (article_id, value, unit, approx, said_by) VALUES"
               " (?,?,'troops','','Seoul')", (n, chance.randint(1, 20) * 500))  # fmt: skip
    db.execute(
        "INSERT INTO alerts (key, channel, story_id, article_id, topics, state, digest, created_at,"
        " sent_at) VALUES (?,'desk',?,?,?,'sent','',?,?)",
        (f"k{n}", story, n, json.dumps([topic]), at, at),
    )


def _features(db: sqlite3.Connection, chance: random.Random, n: int) -> None:
    sets = json.dumps(sorted(chance.sample(SETS, k=8)))
    db.execute("INSERT INTO article_features VALUES (?,?,x'','',NULL,0,'{}')", (n, sets))


class Taken(NamedTuple):
    """The median time and the mean processor time of a page in milliseconds, and its bytes."""

    time: float
    processor: float
    size: int


async def measured(session: ClientSession, url: str) -> Taken:
    """Return what a page takes, packed as browsers ask for it."""
    times, size = [], 0
    before = time.process_time()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        async with session.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
            size = len(await answer.read())
            answer.raise_for_status()
        times.append((time.perf_counter() - begun) * 1000)
    processor = (time.process_time() - before) * 1000 / ROUNDS
    return Taken(median(times), processor, size)


async def floor(session: ClientSession, path: Path) -> Taken:
    """Return the time of bare aiohttp and SQLite for the newest fifty hits, in milliseconds."""

    def read() -> bytes:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            sql = (
                "SELECT topic, title, url, publisher, seen_at FROM hits ORDER BY seen DESC LIMIT 50"
            )
            return json.dumps(db.execute(sql).fetchall()).encode()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=await asyncio.to_thread(read))

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        return await measured(session, f"http://127.0.0.1:{runner.addresses[0][1]}/")
    finally:
        await runner.cleanup()


def config_beside(path: Path) -> Path:
    """Write the configuration of the topics beside the database, and return its path."""
    topics = "".join(f"\n  - {{id: {each}, title: {each}, any: [{each}]}}" for each in TOPICS)
    found = path.with_name("config.yaml")
    found.write_text(f"feeds: [{{url: https://1.example/rss}}]\ntopics:{topics}\n", "utf-8")
    return found


async def run(path: Path, readers: int) -> None:
    """Measure each page, then many readers at a time, and print what came of it."""
    with sqlite3.connect(path) as db:
        [last] = db.execute("SELECT max(id) AS article, max(story_id) AS story FROM articles")
    pages = {name: page.format(article=last[0], story=last[1]) for name, page in PAGES.items()}
    async with ClientSession(auto_decompress=False) as session:
        least = await floor(session, path)
        print(f"{'':18} {'time':>10} {'processor':>10} {'wire':>9}  to the floor")
        print(f"{'floor':18} {least.time:7.1f} ms {least.processor:7.1f} ms")
        async with serving_desk(
            Desk(path, config_beside(path)), WebSettings(), "127.0.0.1", 0
        ) as url:
            for name, page in pages.items():
                took = await measured(session, url + page)
                ratio = took.processor / least.processor
                print(f"{name:18} {took.time:7.1f} ms {took.processor:7.1f} ms"
                      f" {took.size / 1024:6.1f} KB {ratio:6.1f} ×")  # fmt: skip
            if readers:
                begun = time.perf_counter()
                paths = list(_many(readers, list(pages.values())))
                await asyncio.gather(*(measured(session, url + each) for each in paths))
                rate = readers * ROUNDS / (time.perf_counter() - begun)
                print(f"{readers} readers: {rate:.0f} pages a second")


def _many(readers: int, pages: list[str]) -> Iterator[str]:
    for number in range(readers):
        yield pages[number % len(pages)]


def main() -> None:
    """Make the database, or take one that was made before, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--stories", type=int, default=2_000)
    parser.add_argument("--readers", type=int, default=0)
    parser.add_argument("--database", type=Path, help="made here, and used again")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = given.database or Path(folder) / "monitor.db"
        if not path.exists():
            fill(path, given.articles, given.hits, given.stories)
        asyncio.run(run(path, given.readers))


if __name__ == "__main__":
    main()
