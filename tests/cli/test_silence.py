"""`monitor silence`: what is held back, listed, and ended."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import ONE, TOPICS, TWO, done, fill, invoke
from copies import store_at
from fakes import article
from filled import HOUR, SMALL, bring, move_into_empty_home

from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from datetime import datetime


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture
def database() -> Path:
    path = Path("monitor.db")
    asyncio.run(fill(path))
    return path


def silences(path: Path, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done("silence", "list", *options, "--json", db=path))
    return found


def test_a_silence_is_listed_with_all_that_it_asks_for(database: Path) -> None:
    options = ["--topic", "icbm", "--term", "the parade", "--publisher", "TASS"]
    comment = ["--comment", "the anniversary"]
    said = done("silence", "add", *options, "--duration", "3d", *comment, db=database)

    assert said.startswith("Silence 1 holds until ")
    [row] = silences(database)
    names = ("id", "topic", "term", "publisher", "story", "comment", "held")
    assert [row[name] for name in names] == [
        1,
        "icbm",
        "the parade",
        "TASS",
        None,
        "the anniversary",
        0,
    ]
    assert row["by"]


def test_a_story_is_silenced_by_its_id(database: Path) -> None:
    done("silence", "add", "--story", "1", "--duration", "1w", db=database)
    [row] = silences(database)
    assert (row["story"], bool(row["story_title"])) == (1, True)


def test_a_silence_that_is_expired_is_listed_only_if_asked_for(database: Path) -> None:
    done("silence", "add", "--term", "parade", "--duration", "8h", db=database)
    assert done("silence", "expire", "1", db=database) == "Silence 1 has ended.\n"
    assert silences(database) == []
    assert [row["id"] for row in silences(database, "--all")] == [1]


def test_a_silence_that_was_ended_by_hand_reminds_nobody(database: Path) -> None:
    done("silence", "add", "--term", "parade", "--duration", "30d", db=database)
    done("silence", "expire", "1", db=database)

    async def ended() -> list[Any]:
        from datetime import timedelta  # noqa: PLC0415

        from monitor.service.clock import utc_now  # noqa: PLC0415

        now: datetime = utc_now()
        async with store_at(database) as store:
            return await store.write(
                lambda tx: tx.silences.ended(now - timedelta(hours=1), now + timedelta(hours=1))
            )

    assert asyncio.run(ended()) == []


def test_for_programs_there_is_json(database: Path) -> None:
    added = json.loads(
        done("silence", "add", "--term", "parade", "--duration", "8h", "--json", db=database)
    )
    assert (added["id"], added["ends_at"][-1]) == (1, "Z")
    assert json.loads(done("silence", "expire", "1", "--json", db=database)) == {"expired": 1}


def test_what_a_silence_would_hold_is_shown_before_it_is_made(database: Path) -> None:
    now = utc_now()

    async def lately() -> None:
        async with store_at(database) as store:
            for each in (ONE, TWO):
                await bring(store, each, [], now - HOUR, topics=TOPICS)
            fresh = [
                replace(each, published_at=now, id=f"fresh {each.title}", link=f"{each.link}?2")
                for each in (article("The ICBM was launched"), article("An ICBM with troops"))
            ]
            await bring(store, ONE, fresh, now, topics=TOPICS)

    asyncio.run(lately())
    wanted = ("silence", "add", "--topic", "icbm", "--duration", "1h", "--dry-run")
    *_, held, said = done(*wanted, db=database).splitlines()

    assert held.endswith("\ticbm\tExample\tThe ICBM was launched")  # the other has a topic more
    start = "1 of 2 articles with a hit in the last 7 days would have been held back."
    assert said == f"{start} Nothing was stored."
    assert json.loads(done(*wanted, "--json", db=database))["held"] == 1
    assert silences(database) == []


def test_what_a_silence_has_held_back_is_counted(database: Path) -> None:
    done("silence", "add", "--term", "parade", "--duration", "8h", db=database)

    async def hold() -> None:
        async with store_at(database) as store:
            await store.write(
                lambda tx: tx.db.execute(
                    "UPDATE alerts SET state = 'silenced', reason = 'silence 11; silence 1'"
                    " WHERE id = 1"
                )
            )

    asyncio.run(hold())
    assert [row["held"] for row in silences(database)] == [1]


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ([], "name what to silence"),
        (["--term", "…"], "needs a letter"),
        (["--topic", "icbn"], "did you mean `icbm`?"),
        (["--story", "99"], "there is no story 99"),
        (["--term", "x", "--duration", "8 hours"], "expected 30m, 8h, 3d or 2w"),
        (["--term", "x", "--duration", "0h"], "expected 30m, 8h, 3d or 2w"),
        (["--term", "x", "--duration", "9999d"], "366d at most"),
    ],
)
def test_what_makes_no_sense_is_refused_with_advice(
    database: Path, options: list[str], advice: str
) -> None:
    Path("config.yaml").write_text(SMALL, encoding="utf-8")
    result = invoke("silence", "add", "--duration", "8h", *options, db=database)
    assert result.exit_code in {1, 2}
    assert advice in result.output
    assert silences(database) == []


def test_a_silence_that_is_not_there_cannot_be_ended(database: Path) -> None:
    result = invoke("silence", "expire", "7", db=database)
    assert result.exit_code == 1
    assert "there is no silence 7 in force" in result.output


def test_no_database_is_made_by_a_silence() -> None:
    result = invoke("silence", "add", "--term", "x", "--duration", "8h", db=Path("none.db"))
    assert result.exit_code == 1
    assert not Path("none.db").exists()


def test_a_person_is_told_that_there_are_no_silences(database: Path) -> None:
    assert "There are no silences." in invoke("silence", "list", db=database).stderr


def test_the_list_reads_only(database: Path) -> None:
    with Reader(database) as reader:
        assert reader.silences() == []
