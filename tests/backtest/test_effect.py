"""What a changed topic would have done with the stored articles, as the workbench shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from copies import store_at
from fakes import article, feed, topic
from filled import enter

from monitor.backtest.effect import Bench, Effect, Job
from monitor.matching.language.refusal import ExpressionError

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model import Topic
    from monitor.store.transaction import Transaction

NOW = datetime(2024, 10, 31, 12, tzinfo=UTC)
TITLES = {
    "North Korea tests an ICBM": "en",
    "A ballistic missile falls into the sea": "en",
    "Pjöngjang testet Interkontinentalrakete ICBM": "de",
    "Wheat prices rise": "en",
}
LIVE = topic("icbm", "ICBM")


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    path = tmp_path / "monitor.db"

    def fill(tx: Transaction) -> None:
        tx.feeds.sync([feed("https://one.example/feed")], NOW)
        for title, lang in TITLES.items():
            enter(tx, 1, article(title, lang=lang, published_at=NOW), NOW)

    async with store_at(path) as store:
        await store.write(fill)
    return path


def effect(database: Path, changed: Topic, *examples: tuple[str, bool], text: str = "") -> Effect:
    day_before = NOW - timedelta(days=1)
    return Bench().effect(Job(database, LIVE, changed, {}, day_before, 100, examples, text))


def expression(match: str) -> Topic:
    return replace(LIVE, any=(), match=match)


def titles(rows: tuple[dict[str, object], ...]) -> list[object]:
    return [row["title"] for row in rows]


def test_a_wider_topic_shows_the_articles_it_gains(database: Path) -> None:
    found = effect(database, topic("icbm", "ICBM", "ballistic missile"))

    assert (found.articles, found.hits_before, found.hits, found.gained_count) == (4, 2, 3, 1)
    assert titles(found.gained) == ["A ballistic missile falls into the sea"]
    assert found.lost == ()


def test_a_narrower_topic_shows_the_articles_it_loses(database: Path) -> None:
    found = effect(database, topic("icbm", "Interkontinentalrakete"))

    assert (found.hits_before, found.hits, found.lost_count) == (2, 1, 1)
    assert titles(found.lost) == ["North Korea tests an ICBM"]


def test_hits_are_told_by_language_before_and_after(database: Path) -> None:
    found = effect(database, topic("icbm", "Interkontinentalrakete"))

    assert found.languages == (("de", 1, 1), ("en", 1, 0))


def test_a_near_miss_says_what_it_lacks(database: Path) -> None:
    changed = expression('"ballistic missile" AND sea AND Japan')
    found = effect(database, changed)

    [near] = found.near
    assert near["title"] == "A ballistic missile falls into the sea"
    assert "Japan" in near["reason"]


def test_an_example_that_does_the_contrary_is_told(database: Path) -> None:
    found = effect(database, LIVE, ("An ICBM was tested", True), ("ICBM museum opens", False))

    assert found.failing == ("should not hit: ICBM museum opens",)


def test_a_pasted_text_is_explained(database: Path) -> None:
    found = effect(database, LIVE, text="An ICBM was tested")

    assert found.explanation is not None
    assert effect(database, LIVE).explanation is None


def test_a_mistake_in_an_expression_is_told_to_who_tries_it(database: Path) -> None:
    with pytest.raises(ExpressionError):
        effect(database, expression("ICBM AND ("))
