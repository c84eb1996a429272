"""The history of a subject in the database: a year of it in no time, and like stories before."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from commands import ONE, TWO
from conftest import NOW
from copies import store_at
from fakes import article, topic
from filled import DAY, bring
from measured import took

from monitor.errors import InputError
from monitor.matching.terms.termsets import TermSet, all_sets
from monitor.store.database import open_database
from monitor.store.queries.stories import StoryFilter, StoryReader
from monitor.store.queries.subjects import subject_of

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.store.queries.rows import Row

YEAR = timedelta(days=365)
TOPICS = [topic("strikes", "drone", "drones"), topic("kursk", "Kursk")]
OWN = {"plants": TermSet("plants", (("en", "refinery"), ("en", "oil depot")))}


REPORTS = [
    ("Drone attack on oil refinery in Kursk, governor says", 45),
    ("Kursk: drone attack sets oil depot on fire", 41),
    ("Drone attack on Belgorod leaves two wounded", 20),
    ("Drone attack on Kursk cuts power in three towns", 2),
]


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.db"
    async with store_at(path) as store:
        first = NOW - 60 * DAY
        await store.write(lambda tx: tx.feeds.sync([ONE, TWO], first))
        await bring(store, ONE, [], first, topics=TOPICS)
        for number, (title, days) in enumerate(REPORTS):
            at = NOW - days * DAY
            new = article(title, id=str(number), publisher="One", published_at=at)
            await bring(store, ONE, [new], at, topics=TOPICS)
    return path


def _history(path: Path, written: str = "", of_topic: str = "", days: float = 365) -> Row:
    subject = subject_of(written, of_topic, all_sets(OWN))
    with StoryReader(path) as reader:
        return reader.history(subject, NOW - days * DAY, NOW)


async def test_a_term_set_is_found_under_all_its_names(database: Path) -> None:
    found = _history(database, "@kursk")
    assert (found["of"], found["reports"], found["stories"]) == ("@kursk", 3, 3)


async def test_the_longest_silence_lies_between_two_reports(database: Path) -> None:
    silence = _history(database, "@kursk")["silence"]
    assert (silence["days"], silence["lasts"]) == (39.0, False)
    assert _history(database, "@belgorod")["silence"]["lasts"] is True


async def test_the_first_report_of_all_may_be_older_than_the_time_asked_for(
    database: Path,
) -> None:
    found = _history(database, "@kursk", days=30)
    assert (found["reports"], found["first_at"]) == (1, "2024-09-16T18:00:00Z")


async def test_words_and_a_topic_narrow_each_other(database: Path) -> None:
    assert _history(database, "oil depot")["reports"] == 1
    assert _history(database, "drone attack", "kursk")["reports"] == 3
    assert _history(database, of_topic="strikes")["reports"] == 4


async def test_the_terms_of_a_set_of_ones_own_are_looked_up(database: Path) -> None:
    assert _history(database, "@plants")["reports"] == 2


@pytest.mark.parametrize(
    ("written", "told"),
    [("@kurks", "did you mean `kursk`"), ("…", "a letter or a digit"), ("", "say of what")],
)
def test_a_subject_that_cannot_be_is_refused(written: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        subject_of(written, "", all_sets({}))


async def test_a_story_knows_those_of_the_same_place_and_act_before_it(database: Path) -> None:
    with StoryReader(database) as reader:
        [latest] = [row["id"] for row in reader.stories(StoryFilter(since=NOW - 3 * DAY))]
        found = reader.before(latest, NOW)
        assert found is not None
        assert (found["place"], found["act"], found["stories"]) == (
            "place:kursk",
            "action:attack",
            2,
        )
        assert found["days_ago"] == 41
        assert [row["title"] for row in found["latest"]] == [REPORTS[1][0], REPORTS[0][0]]


async def test_a_day_with_many_reports_is_a_peak_with_its_headline(tmp_path: Path) -> None:
    path = tmp_path / "year.db"
    generate(path, hits=2_000)
    peaks = _history(path, "@kursk")["peaks"]
    assert peaks[0]["reports"] > 100
    assert peaks[0]["headline"] == "Event 0"
    days = [peak["day"] for peak in peaks]
    assert len(set(days)) == len(days)


def generate(path: Path, hits: int) -> None:
    """A year of hits in stories of five reports each, and one day on which Kursk has many."""
    chance = random.Random(22)  # noqa: S311 - the same year each time
    names = [f"actor:number_{n}" for n in range(200)] + [f"place:number_{n}" for n in range(200)]
    open_database(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO feeds (id, url, host, title, publisher, country, lang, kind, enabled,"
            " private, due_at) VALUES (1, 'https://a.example', 'a', '', '', '', '', '', 1, 0, 0)"
        )
        start = (NOW - YEAR).timestamp()
        for number in range(hits):
            story = number // 5
            at = start + 365 * 86_400 * number / hits
            sets = chance.sample(names, 8)
            if number < hits // 10:  # one busy day, far from the present
                story, at = 0, start + 30 * 86_400 + number
            if story % 10 == 0:
                sets += ["place:kursk", "action:attack"]
            _insert(db, number + 1, story + 1, at, json.dumps(sets))


def _insert(db: sqlite3.Connection, article_id: int, story: int, at: float, sets: str) -> None:
    title = f"Event {story - 1}"
    db.execute("INSERT OR IGNORE INTO stories VALUES (?, ?, ?)", (story, title, at))
    values = (article_id, f"https://a.example/{article_id}", at, at, article_id, story)
    db.execute(
        "INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at,"
        " title_key, version_id, story_id) VALUES (?, 1, ?, 'One', 'en', ?, ?, x'', ?, ?)",
        values,
    )
    text = f"{title} in Kursk: " + "what the report says, " * 20
    version = (article_id, article_id, title, text, at)
    db.execute("INSERT INTO versions VALUES (?, ?, ?, ?, x'', ?)", version)
    db.execute(
        "INSERT INTO versions_fts (rowid, title, text) VALUES (?, ?, ?)", (article_id, title, text)
    )
    db.execute(
        "INSERT INTO matches (article_id, version_id, topic, topic_digest, reason, evidence,"
        " seen_at) VALUES (?, ?, 'kursk', '', '', '[]', ?)",
        (article_id, article_id, at),
    )
    db.execute(
        "INSERT INTO article_features (article_id, sets, signature, credited, roundup, why)"
        " VALUES (?, ?, ?, '', 0, ?)",
        (article_id, sets, bytes(256), json.dumps({"why": "x" * 600})),
    )


@pytest.mark.slow
@pytest.mark.parametrize("asked", ["@kursk", "event", "topic"])
@pytest.mark.unmeasured
def test_a_year_of_sixty_thousand_hits_takes_less_than_a_second(
    asked: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "year.db"
    if not path.exists():
        generate(path, hits=60_000)
    written, of_topic = ("", "kursk") if asked == "topic" else (asked, "")
    assert took(lambda: _history(path, written, of_topic)) < 1.0
    with StoryReader(path) as reader:
        assert took(lambda: reader.before(11_001, NOW)) < 1.0
        assert (reader.before(11_001, NOW) or {})["stories"] > 900
