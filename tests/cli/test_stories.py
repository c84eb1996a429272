"""`monitor stories`: the list, and one story with why its reports belong to it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from commands import ONE, TOPICS, TWO, done, invoke
from conftest import NOW
from copies import store_at
from fakes import article
from filled import HOUR, bring, move_into_empty_home

if TYPE_CHECKING:
    from pathlib import Path

FIRST = article(
    "North Korea fires ICBM from Sunan",
    "The ICBM flew 1,000 km from Sunan and fell into the sea near Hokkaido, said Tokyo's Hamada.",
    publisher="One",
    published_at=NOW - HOUR,
)
SECOND = article(
    "ICBM fell near Hokkaido, Japan says",
    "Hamada said that the ICBM, fired at Sunan, flew 1000 km before it fell.",
    publisher="Two",
    published_at=NOW,
)
OTHER = article(
    "US tests Minuteman ICBM in California",
    "The unarmed ICBM was launched at Vandenberg, the Air Force said.",
    publisher="Two",
    published_at=NOW,
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stories") / "monitor.db"

    async def fill() -> None:
        async with store_at(path) as store:
            await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW - HOUR))
            await bring(store, ONE, [FIRST], NOW - HOUR, topics=TOPICS)
            await bring(store, TWO, [SECOND, OTHER], NOW, topics=TOPICS)

    asyncio.run(fill())
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def test_stories_are_listed_with_their_reports_and_publishers(filled: Path) -> None:
    rows = json.loads(done("stories", "--json", db=filled))
    counts = {row["title"]: (row["articles"], row["publishers"]) for row in rows}
    assert counts == {FIRST.title: (2, 2), OTHER.title: (1, 1)}
    assert {tuple(row["topics"]) for row in rows} == {("icbm",)}


def test_in_a_pipe_stories_are_lines_of_cells(filled: Path) -> None:
    lines = done("stories", db=filled).splitlines()
    assert lines[0] == "ID\tLast\tTopics\tReports\tPublishers\tIndependent\tTitle\tGloss"
    assert len(lines) == 3


def test_stories_are_also_csv(filled: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(done("stories", "--csv", db=filled))))
    assert [row["articles"] for row in rows if row["title"] == FIRST.title] == ["2"]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--publishers", "2"], 1),
        (["--topic", "ICBM"], 2),
        (["--since", "2024-10-31T18:00"], 2),
        (["--since", "2024-11-01"], 0),
        (["--until", "2024-10-31T18:00"], 1),
        (["--limit", "1"], 1),
    ],
)
def test_stories_are_chosen(filled: Path, options: list[str], count: int) -> None:
    assert len(json.loads(done("stories", *options, "--json", db=filled))) == count


def test_where_there_is_none_it_says_so(filled: Path) -> None:
    found = invoke("stories", "--publishers", "99", db=filled)
    assert "No such stories." in found.stderr


def story_id(filled: Path) -> str:
    rows = json.loads(done("stories", "--publishers", "2", "--json", db=filled))
    return str(rows[0]["id"])


def test_a_story_is_shown_with_publishers_figures_and_reports(filled: Path) -> None:
    text = done("stories", "show", story_id(filled), db=filled)
    assert text.splitlines()[0] == FIRST.title
    assert "publisher: One, since 2024-10-31 17:00" in text
    assert "figure: 1,000 km" in text
    assert "places: sunan" in text
    assert SECOND.title in text
    assert "compared with" not in text


def test_why_each_report_belongs_to_its_story_is_told_in_words(filled: Path) -> None:
    text = done("stories", "show", story_id(filled), "--why", db=filled)
    assert "began the story" in text
    assert "compared with its only article: " in text
    assert "@sunan +" in text


def test_a_story_as_json_holds_the_evidence(filled: Path) -> None:
    story = json.loads(done("stories", "show", story_id(filled), "--json", db=filled))
    first, second = story["reports"]
    assert (first["why"]["by"], second["why"]["by"]) == ("first", "evidence")
    assert second["why"]["chosen"]["story"] == story["id"]
    assert story["publisher_reports"][0]["publisher"] == "One"


def test_a_story_that_is_not_there_is_an_error(filled: Path) -> None:
    found = invoke("stories", "show", "77", db=filled)
    assert (found.exit_code, found.stderr) == (
        1,
        "Error: there is no story 77; `monitor stories` lists IDs\n",
    )


def test_options_of_the_list_do_not_go_before_show(filled: Path) -> None:
    assert invoke("stories", "--limit", "3", "show", "1", db=filled).exit_code == 2
