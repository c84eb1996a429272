"""Saved views: searches with a name, of pages and commands alike."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, fill, invoke
from conftest import NOW
from desks import Browser, browsing
from filled import HOUR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "monitor.db"


@pytest.fixture
async def desk(database: Path) -> AsyncIterator[Browser]:
    await fill(database)
    async with browsing(database, None, NOW + 3 * HOUR) as browser:
        yield browser


async def saved(*arguments: str, db: Path) -> None:
    """Run a command that writes, beside the loop of the test."""
    await asyncio.to_thread(done, *arguments, db=db)


def listed(database: Path) -> dict[str, Any]:
    rows = json.loads(done("views", "list", "--json", db=database))
    return {row["name"]: row["query"] for row in rows}


async def test_a_search_saved_on_the_page_is_a_view_of_page_and_command(
    desk: Browser, database: Path
) -> None:
    answer = await desk.post("/views", name=" Korean  troops ", q="북한군", lang="ko", page="3")
    assert answer.headers["Location"] == "/hits?view=Korean+troops&done=kept"
    assert listed(database) == {"Korean troops": {"q": "북한군", "lang": "ko"}}
    page = json.loads((await desk.get("/hits.json?view=korean+troops")).text)
    command = json.loads(done("hits", "--view", "korean TROOPS", "--json", db=database))
    assert [row["id"] for row in page["hits"]] == [row["id"] for row in command] != []
    assert "북한군" in (await desk.get("/hits.atom?view=Korean+troops")).text


async def test_what_is_given_beside_a_view_replaces_its_own(desk: Browser, database: Path) -> None:
    await saved("hits", "--topic", "icbm", "--save", "missiles", db=database)
    rows = json.loads(
        done("hits", "--view", "missiles", "--topic", "dprk-troops", "--json", db=database)
    )
    assert {row["topic"] for row in rows} == {"dprk-troops"}
    page = json.loads((await desk.get("/hits.json?view=missiles&topic=dprk-troops")).text)
    assert {row["topic"] for row in page["hits"]} == {"dprk-troops"}


async def test_a_span_stays_a_span_and_near_misses_stay_near_misses(
    desk: Browser, database: Path
) -> None:
    await saved(
        "hits", "--since", "2w", "--until", "2024-01-01", "--near", "--save", "x", db=database
    )
    assert listed(database)["x"] == {
        "since": "2w", "until": "2024-01-01T00:00:00+00:00", "near": "1",
    }  # fmt: skip
    assert (await desk.get("/hits?view=x")).heading.startswith("Near misses")


async def test_a_view_replaces_the_one_of_its_name_and_is_deleted_by_it(
    desk: Browser, database: Path
) -> None:
    await saved("hits", "--lang", "ko", "--save", "mine", db=database)
    await saved("hits", "--lang", "en", "--save", "MINE", db=database)
    assert listed(database) == {"MINE": {"lang": "en"}}
    await desk.post("/views/delete", name="mine")
    assert listed(database) == {}
    await saved("hits", "--lang", "en", "--save", "mine", db=database)
    await saved("views", "delete", "Mine", db=database)
    assert listed(database) == {}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "", "q": "x"}, "1 to 60 characters"),
        ({"name": "a" * 61, "q": "x"}, "1 to 60 characters"),
        ({"name": "all"}, "words or a filter"),
        ({"name": "soon", "since": "soon"}, "since: &#39;soon&#39; is no time"),
    ],
)
async def test_a_view_that_would_not_work_is_refused(
    desk: Browser, database: Path, fields: dict[str, str], text: str
) -> None:
    answer = await desk.post("/views", **fields)
    assert (answer.status, listed(database)) == (400, {})
    assert text in answer.text


async def test_an_unknown_view_is_named_with_the_nearest(desk: Browser, database: Path) -> None:
    await saved("hits", "--lang", "ko", "--save", "korean", db=database)
    result = invoke("hits", "--view", "koraen", db=database)
    assert result.exit_code == 2
    assert "no saved view `koraen`; did you mean `korean`?" in result.output
    deleted = await asyncio.to_thread(invoke, "views", "delete", "koraen", db=database)
    assert deleted.exit_code == 1
    assert (await desk.get("/hits?view=koraen")).status == 404
    assert (await desk.post("/views/delete", name="koraen")).status == 404


async def test_the_name_of_a_view_is_text_on_the_page(desk: Browser) -> None:
    hostile = '"><script>alert(1)</script>'
    await desk.post("/views", name=hostile, lang="ko")
    page = (await desk.get("/hits")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_the_list_reads_as_words(desk: Browser, database: Path) -> None:
    assert "monitor hits --save NAME" in invoke("views", "list", db=database).output
    await desk.post("/views", name="k", q="북한군", lang="ko")
    assert "북한군, lang ko" in done("views", "list", db=database)
    with closing(sqlite3.connect(database)) as db, db:
        assert db.execute("SELECT name FROM saved_view_list").fetchall() == [("k",)]
