"""The map: places that term sets named, on the right spot, in the days that were asked for."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from commands import fill
from conftest import NOW, ROOT
from desks import Browser, Tags, browsing
from filled import HOUR

from monitor.matching.coordinates import coordinates
from monitor.web.world import HEIGHT, PARTS, WIDTH, point

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TERMS = ROOT / "monitor" / "terms"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Browser]:
    await fill(tmp_path / "monitor.db")
    async with browsing(tmp_path / "monitor.db", None, NOW + 3 * HOUR) as browser:
        yield browser


async def _places(desk: Browser, query: str = "") -> dict[str, int]:
    found = json.loads((await desk.get(f"/map.json{query}")).text)
    return {row["place"]: row["stories"] for row in found["places"]}


def test_every_place_and_country_of_the_term_sets_has_coordinates() -> None:
    sets: set[str] = set()
    for name in ("places.toml", "countries.toml"):
        sets |= tomllib.loads((TERMS / name).read_text("utf-8")).keys()
    without_a_spot = {"kursk_submarine", "into_russia", "us_mainland", "infrastructure"}
    advice = "add a line to monitor/terms/coordinates.csv, or the set to those without a spot"
    assert sets - without_a_spot - coordinates().keys() == set(), advice
    assert coordinates().keys() - sets == set()


async def test_the_map_has_the_places_that_reports_name(desk: Browser) -> None:
    places = await _places(desk)
    assert (places["kursk"], places["north_korea"]) == (1, 2)
    assert "sudzha" not in places


async def test_an_event_whose_feed_says_where_stands_on_the_map(
    desk: Browser, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as db, db:
        db.execute(
            "INSERT INTO article_events SELECT id, 'severe', 41.2, 129.4 FROM articles"
            " WHERE story_id IS NOT NULL ORDER BY id LIMIT 1"
        )
    page = await desk.get("/map")
    assert '<rect class="event severe"' in page.text
    assert "41.2, 129.4" in page.text


async def test_a_topic_and_days_narrow_the_map(desk: Browser) -> None:
    assert "kursk" not in await _places(desk, "?topic=icbm")
    assert "kursk" in await _places(desk, "?topic=dprk-troops")
    before = (NOW - timedelta(days=1)).date()
    assert await _places(desk, f"?days=30&day={before}") == await _places(desk, "?day=-1") == {}


async def test_a_click_on_a_place_lists_its_stories(desk: Browser) -> None:
    page = await desk.get("/map?place=kursk")
    assert '<h2 id="there">Kursk' in page.text
    assert "북한군 쿠르스크 배치" in page.text


async def test_the_timeline_counts_the_stories_of_each_topic_and_day(desk: Browser) -> None:
    days = json.loads((await desk.get("/map.json")).text)["days"]
    assert {topic: (len(row), sum(row), row[-1]) for topic, row in days.items()} == {
        "dprk-troops": (60, 2, 2),
        "icbm": (60, 1, 1),
    }


async def test_the_table_has_what_the_picture_has(desk: Browser) -> None:
    page = (await desk.get("/map?part=europe")).text
    circles = [tag for tag, _ in Tags(page).tags if tag == "circle"]
    assert len(circles) == page.count('<th scope="row"><a href="/map?part=europe&amp;place=')


@pytest.mark.parametrize("query", ["day=yesterday", "day=2026-02-30", "days=2", "part=moon"])
async def test_what_the_map_cannot_show_is_said(desk: Browser, query: str) -> None:
    page = await desk.get(f"/map?{query}")
    assert page.status == 400
    assert query.partition("=")[2] in page.text


async def test_a_database_without_stories_says_what_to_do(desk: Browser, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "monitor.db")) as db, db:
        db.execute("DELETE FROM article_features")
        db.execute("UPDATE articles SET story_id = NULL")
    page = await desk.get("/map")
    assert page.status == 200
    assert "No story of these days names a place" in page.text


def test_places_stand_where_the_outlines_were_drawn_for_them() -> None:
    """The points that d3-geo gives for the projection of `scripts/world_map.mjs`."""
    assert point(0, 11) == (500, 244)
    assert point(37.57, 126.98) == pytest.approx((789.76, 108.84), abs=0.01)
    assert point(38.9, -77.04) == pytest.approx((281.78, 104.48), abs=0.01)
    assert point(-55, -68) == pytest.approx((326.61, 432.03), abs=0.01)


def test_every_place_is_inside_the_picture_and_each_part_shows_some() -> None:
    points = [point(each.latitude, each.longitude) for each in coordinates().values()]
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)
    for part in PARTS.values():
        left, top, width, height = map(float, part.view.split())
        inside = [x for x, y in points if left < x < left + width and top < y < top + height]
        assert len(inside) >= 3, part.name
