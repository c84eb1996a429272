"""What is an edit of a known entry, and what is another article."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article, item
from filled import scan_of
from hypothesis import given
from hypothesis import strategies as st
from newsroom import Newsroom, opened
from polls import after

from monitor.model import MatchedArticle
from monitor.pipeline.decide import Draft, Edit, NewArticle
from monitor.pipeline.identity import Resemblance, Words, compared, is_same_entry
from monitor.store.ledger import Known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.model import Article
    from monitor.pipeline.decide import Intent
    from monitor.store.database import Store

DRONE = ("Drone hits refinery", "An oil refinery burns after a drone attack, the governor said")
ARREST = ("Governor arrested", "Investigators detained the head of the region over fortifications")
ALIKE, DIFFERENT, UNKNOWN = Words


@pytest.mark.parametrize(
    ("same", "other", "words", "is_same"),
    [
        (2, 0, ALIKE, True), (2, 0, DIFFERENT, True), (2, 0, UNKNOWN, True),
        (1, 1, ALIKE, True), (1, 1, DIFFERENT, False), (1, 1, UNKNOWN, False),
        (1, 0, ALIKE, True), (1, 0, DIFFERENT, False), (1, 0, UNKNOWN, True),
        (0, 2, ALIKE, True), (0, 2, DIFFERENT, False), (0, 2, UNKNOWN, False),
    ],
)  # fmt: skip
def test_the_table_of_cases(same: int, other: int, words: Words, is_same: bool) -> None:  # noqa: FBT001
    assert is_same_entry(Resemblance(same, other, words)) == is_same


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (DRONE, DRONE, ALIKE),
        (DRONE, ARREST, DIFFERENT),
        (DRONE, (DRONE[0], ""), ALIKE),
        (DRONE, ("Two killed as drone hits refinery", DRONE[1]), ALIKE),
        (("ALERT", DRONE[1]), ("ALERT", ARREST[1]), DIFFERENT),
        (("Расширение", ""), ("Пожар", ""), DIFFERENT),
        (("🔥", ""), ("🔥", ""), ALIKE),
        (("🔥", ""), ("🚀", ""), DIFFERENT),
    ],
)
def test_words_are_alike_that_an_edit_may_leave(
    one: tuple[str, str], other: tuple[str, str], words: Words
) -> None:
    assert compared(one, other) is compared(other, one) is words


KEYS = st.sampled_from([b"key.no.1", b"key.no.2", b"key.no.3"])
ENTRIES = st.tuples(KEYS, KEYS, st.sampled_from([DRONE, ARREST]))


def entry(id_key: bytes, link_key: bytes, words: tuple[str, str]) -> Article:
    return replace(article(*words), id_key=b"i" + id_key, link_key=b"l" + link_key)


def enter(known: Known, each: Article) -> tuple[Known, Intent]:
    scan = replace(scan_of(), scanned=(MatchedArticle(each),))
    [intent] = Draft(known).decide(scan, 1, NOW)
    return after(known, [intent]), intent


@given(st.lists(ENTRIES, min_size=1, max_size=8), ENTRIES)
def test_whatever_was_served_before_no_words_get_lost(
    before: list[tuple[bytes, bytes, tuple[str, str]]], last: tuple[bytes, bytes, tuple[str, str]]
) -> None:
    known = Known()
    for each in before:
        known, _ = enter(known, entry(*each))
    known, intent = enter(known, entry(*last))
    assert intent.entry.article_id
    assert known.texts[intent.entry.article_id] == last[2]

    known, again = enter(known, entry(*last))
    assert again.entry.id == intent.entry.id
    assert not again.is_first


@given(ENTRIES, ENTRIES)
def test_another_article_is_one_whose_words_and_one_key_at_least_differ(
    first: tuple[bytes, bytes, tuple[str, str]], second: tuple[bytes, bytes, tuple[str, str]]
) -> None:
    known, _ = enter(Known(), entry(*first))
    _, intent = enter(known, entry(*second))
    differs = first[2] != second[2] and first[:2] != second[:2]
    assert type(intent) is (NewArticle if differs else Edit)


# ── on the path ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    async with opened(store, now) as newsroom:
        newsroom.serve("a", item("Weather"))
        await newsroom.poll()
        yield newsroom


def numbered(place: int, words: tuple[str, str], link: str, now: datetime) -> str:
    return item(f"ICBM: {words[0]}", now, text=words[1], name=f"{place}", link=link)


LINKS = ("https://news.example/drone", "https://news.example/arrest")


async def test_an_id_that_means_a_place_in_the_document_hides_no_article(room: Newsroom) -> None:
    room.serve("a", numbered(1, DRONE, LINKS[0], room.now))
    await room.poll(hours=1)
    newest_first = ((ARREST, LINKS[1]), (DRONE, LINKS[0]))
    room.serve("a", *[numbered(n, *each, room.now) for n, each in enumerate(newest_first, 1)])
    [polled] = await room.poll(hours=1)
    assert polled.articles == 1
    assert room.ledger()["hit"] == 2
    [again] = await room.poll(hours=1)
    assert (again.articles, room.ledger()["entries"]) == (0, 3)


async def test_a_link_that_all_alerts_share_hides_no_article(room: Newsroom) -> None:
    for place, words in enumerate((DRONE, ARREST), 1):
        room.serve("a", numbered(place, words, "https://news.example/alerts", room.now))
        await room.poll(hours=1)
    assert room.ledger()["hit"] == 2


async def test_entries_side_by_side_with_the_same_words_are_entries_of_their_own(
    room: Newsroom,
) -> None:
    alerts = [item("ICBM alert", room.now, name=f"a-{number}") for number in range(3)]
    with_image = [
        each.replace("<description>", "<description>&lt;img src='x'&gt;") for each in alerts
    ]
    room.serve("a", alerts[0], *with_image[1:2])
    await room.poll(hours=1)
    assert room.ledger()["entries"] == 3
    room.serve("a", alerts[0], *with_image[1:])
    await room.poll(minutes=30)
    assert room.ledger()["entries"] == 4


async def test_a_feed_that_renumbers_what_it_served_brings_nothing_new(room: Newsroom) -> None:
    text = "A text that is long enough not to be written twice by chance, as sentences are. " * 2
    room.serve("a", item("ICBM", room.now, text=text, name="old"))
    await room.poll(hours=1)
    room.serve("a", item("ICBM", room.now, text=text, name="new"))
    [polled] = await room.poll(hours=1)
    assert (polled.articles, polled.renamed, room.ledger()["entries"]) == (0, 1, 2)
