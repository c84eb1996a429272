"""Topics tried on many stored articles: a sample of them, and all where it leaves doubt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fakes import article
from filled import SMALL, move_into_empty_home

from monitor.config.check_topics import ExampleCheck
from monitor.config.load import load

if TYPE_CHECKING:
    from monitor.model import Article

MANY = 10_000


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def tried(titles: list[str]) -> tuple[int, list[str]]:
    """Return how many articles with these titles a topic was tried on, and the warnings."""
    path = Path("config.yaml")
    path.write_text(SMALL, encoding="utf-8")
    made = 0

    def article_of(row: Any) -> Article:
        nonlocal made
        made += 1
        return article(row["title"])

    trial = ExampleCheck(load(path), article)
    rows = [{"title": title, "publisher": "A"} for title in titles]
    found = trial.warnings(rows, article_of)
    return made, found


def one_in(number: int) -> list[str]:
    """Return titles of which one in `number` is a hit."""
    return ["A flood" if place % number else "An ICBM" for place in range(MANY)]


def test_a_topic_that_hits_little_of_a_sample_is_tried_on_no_more() -> None:
    assert tried(one_in(99)) == (2_000, [])


def test_a_topic_that_hits_much_of_a_sample_is_tried_on_no_more() -> None:
    made, [warning] = tried(one_in(7))
    assert made == 2_000
    assert "hits about 15% of the last 10000 stored articles" in warning


def test_a_topic_whose_sample_leaves_doubt_is_tried_on_all() -> None:
    made, [warning] = tried(one_in(17))
    assert made > MANY
    assert "hits 6% of the last 10000 stored articles" in warning


def test_the_share_of_all_articles_decides_where_there_is_doubt() -> None:
    assert tried(one_in(21))[1] == []


def test_articles_that_come_in_turns_do_not_mislead_a_sample() -> None:
    assert tried(one_in(25))[1] == []
