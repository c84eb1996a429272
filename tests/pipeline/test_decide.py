"""What becomes of the entries that a poll brought: decided without a database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article
from filled import HOUR, found, scan_of
from hypothesis import given
from polls import POLLS, Poll, after

from monitor.model import Match, MatchedArticle, Scan, Unread
from monitor.pipeline.decide import (
    Copy,
    Draft,
    Edit,
    NewArticle,
    PrunedEntry,
    UnreadEntry,
    batches,
)
from monitor.store.ledger import Known, LedgerEntry, NextIds, Outcome, StoredArticle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.model import Article
    from monitor.pipeline.decide import Intent

ONE, TWO = 1, 2  # ids of the feeds
STORY = article("North Korea fires an ICBM", "Off its eastern coast", id="a-1")
HIT, MISS = found(STORY), found(STORY, reason="cancelled by “parade”")
BROKEN = Unread((b"broken.1",), "no title and no text")


def scan(*brought: Article | MatchedArticle, unread: Sequence[Unread] = ()) -> Scan:
    matched = (each if isinstance(each, MatchedArticle) else MatchedArticle(each)
               for each in brought)  # fmt: skip
    return replace(scan_of(unread=unread), scanned=tuple(matched))


def hit(each: Article, *topics: str) -> MatchedArticle:
    return MatchedArticle(each, tuple(found(each, topic) for topic in topics or ("icbm",)))


def knowing(*brought: Article | MatchedArticle, feed_id: int = ONE, at: datetime = NOW) -> Known:
    """What is known after a feed brought these."""
    return after(Known(), Draft(Known()).decide(scan(*brought), feed_id, at))


def only(known: Known, each: Article | MatchedArticle, at: datetime = NOW) -> Intent:
    [intent] = Draft(known).decide(scan(each), ONE, at)
    return intent


def kinds(intents: Sequence[Intent]) -> list[type[Intent]]:
    return [type(intent) for intent in intents]


# ── one entry ─────────────────────────────────────────────────────────────────────────────────


def test_of_nothing_nothing_becomes() -> None:
    assert Draft(Known()).decide(scan(), ONE, NOW) == ()


def test_an_entry_that_nobody_knows_brings_an_article() -> None:
    intent = only(Known(NextIds(7, 8, 9)), STORY)
    assert isinstance(intent, NewArticle)
    assert intent.entry == LedgerEntry(9, ONE, 7, STORY.publisher, Outcome.NO_MATCH, NOW)
    assert intent.article == StoredArticle(7, 8, {STORY.digest: 8})


@pytest.mark.parametrize(
    ("matches", "outcome", "hits"),
    [
        ((), Outcome.NO_MATCH, ()),
        ((MISS,), Outcome.NEAR_MISS, ()),
        ((MISS, found(STORY, "kursk")), Outcome.HIT, ("kursk",)),
    ],
    ids=["no match", "a near miss", "a hit"],
)
def test_the_outcome_is_the_best_over_all_topics(
    matches: tuple[Match, ...], outcome: Outcome, hits: tuple[str, ...]
) -> None:
    intent = only(Known(), MatchedArticle(STORY, matches))
    assert (intent.entry.outcome, intent.hits) == (outcome, hits)


def test_the_same_again_changes_nothing() -> None:
    intent = only(knowing(hit(STORY)), hit(STORY), NOW + HOUR)
    assert isinstance(intent, Edit)
    assert intent.text
    assert (intent.is_first, intent.is_change) == (False, False)
    assert (intent.keys, intent.taken, intent.hits) == ((), (), ())
    assert (intent.text.is_new, intent.text.replaces) == (False, False)


def test_an_edit_is_a_text_that_readers_see_from_now_on() -> None:
    edited = replace(STORY, text="In the east", digest=b"edited..")
    intent = only(knowing(STORY), hit(edited))
    assert isinstance(intent, Edit)
    assert intent.text
    assert (intent.text.is_new, intent.text.replaces, intent.is_current) == (True, True, True)
    assert (intent.entry.outcome, intent.hits) == (Outcome.HIT, ("icbm",))


def test_a_text_that_comes_back_is_no_new_version() -> None:
    edited = replace(STORY, text="In the east", digest=b"edited..")
    known = knowing(STORY, edited)
    intent = only(known, STORY)
    assert isinstance(intent, Edit)
    assert intent.text
    assert (intent.text.text.id, intent.text.is_new, intent.text.replaces) == (1, False, True)


def test_an_edit_that_matches_less_keeps_the_better_outcome() -> None:
    edited = replace(STORY, text="A parade", digest=b"edited..")
    assert only(knowing(hit(STORY)), edited).entry.outcome is Outcome.HIT


def test_what_another_feed_brought_is_a_copy() -> None:
    intent = only(knowing(hit(STORY), feed_id=TWO), hit(STORY))
    assert isinstance(intent, Copy)
    assert (intent.entry.id, intent.entry.article_id) == (2, 1)
    assert (intent.entry.outcome, intent.is_first) == (Outcome.DUPLICATE, True)


def test_a_copys_own_text_is_kept_only_for_a_new_hit() -> None:
    known = knowing(hit(STORY), feed_id=TWO)
    other = replace(STORY, text="Over Kursk", digest=b"another.")
    same, more = only(known, hit(other)), only(known, hit(other, "icbm", "kursk"))
    assert isinstance(same, Copy)
    assert isinstance(more, Copy)
    assert (same.text, same.entry.outcome) == (None, Outcome.DUPLICATE)
    assert more.text
    assert ([match.topic for match in more.text.matches], more.hits) == (["kursk"], ("kursk",))
    assert (more.text.replaces, more.is_current, more.entry.outcome) == (False, False, Outcome.HIT)


def test_a_text_of_the_same_publisher_is_a_copy_for_a_time_whatever_its_link() -> None:
    moved = replace(STORY, link_key=b"another.", id_key=b"another2")
    known = knowing(STORY, feed_id=TWO)
    assert isinstance(only(known, moved, NOW + 11 * HOUR), Copy)
    assert isinstance(only(known, moved, NOW + 13 * HOUR), NewArticle)
    assert isinstance(only(known, replace(moved, publisher="Else")), NewArticle)


def test_of_several_twins_the_first_that_was_stored_counts() -> None:
    known = knowing(STORY, feed_id=TWO)
    apart = Draft(Known(NextIds(5, 5, 5))).decide(scan(STORY), 3, NOW)
    intent = only(after(known, apart), STORY)
    assert intent.entry.article_id == 1


def test_an_entry_under_a_new_id_is_recognised_by_its_words_for_a_time() -> None:
    renamed = replace(STORY, link_key=b"another.", id_key=b"another2")
    soon, late = (only(knowing(STORY), renamed, NOW + hours * HOUR) for hours in (11, 13))
    assert isinstance(soon, Edit)
    assert (soon.renamed, set(soon.keys)) == (True, {b"another.", b"another2"})
    assert (type(late), late.renamed) == (NewArticle, False)


def test_words_recognise_the_newest_entry_that_has_them() -> None:
    known = knowing(STORY)
    late = only(known, replace(STORY, link_key=b"another.", id_key=b"another2"), NOW + 13 * HOUR)
    assert late.taken == (STORY.content_key,)


def test_an_entry_whose_article_was_pruned_is_no_news() -> None:
    known = knowing(hit(STORY))
    entry = known.entries[1]._replace(article_id=None)
    intent = only(replace(known, entries={1: entry}, articles={}), hit(STORY))
    assert (type(intent), intent.is_first, intent.is_change) == (PrunedEntry, False, False)


# ── entries that could not be read ────────────────────────────────────────────────────────────


def test_an_entry_that_could_not_be_read_is_in_the_ledger_once() -> None:
    intents = Draft(Known()).decide(scan(unread=[BROKEN, BROKEN]), ONE, NOW)
    assert kinds(intents) == [UnreadEntry]
    assert (intents[0].entry.outcome, intents[0].entry.reason) == (Outcome.UNREAD, BROKEN.reason)
    assert Draft(after(Known(), intents)).decide(scan(unread=[BROKEN]), ONE, NOW + HOUR) == ()


def test_an_entry_that_became_readable_keeps_its_place_in_the_ledger() -> None:
    broken = Unread((STORY.id_key or b"",), "no title and no text")
    known = after(Known(), Draft(Known()).decide(scan(unread=[broken]), ONE, NOW))
    intent = only(known, hit(STORY), NOW + HOUR)
    assert isinstance(intent, NewArticle)
    assert intent.entry == LedgerEntry(1, ONE, 1, STORY.publisher, Outcome.HIT, NOW)
    assert (intent.is_first, intent.is_change) == (True, True)


def test_an_entry_that_was_read_is_not_unread_in_the_same_document() -> None:
    broken = Unread((STORY.id_key or b"",), "no title and no text")
    assert kinds(Draft(Known()).decide(scan(STORY, unread=[broken]), ONE, NOW)) == [NewArticle]


# ── entries of one poll that meet ─────────────────────────────────────────────────────────────


def test_the_same_link_twice_in_one_document_is_one_article() -> None:
    twin = article("North Korea fires an ICBM again", STORY.text, id="a-2", link=STORY.link)
    first, second = Draft(Known()).decide(scan(hit(STORY), hit(twin)), ONE, NOW)
    assert (type(first), type(second)) == (NewArticle, Edit)
    assert first.entry == second.entry
    assert (first.hits, second.hits) == (("icbm",), ())


def test_the_second_of_one_document_brings_only_the_topics_that_the_first_did_not() -> None:
    twin = replace(STORY, text="Over Kursk", digest=b"another.")
    _, second = Draft(Known()).decide(scan(hit(STORY), hit(twin, "icbm", "kursk")), ONE, NOW)
    assert second.hits == ("kursk",)


def test_numbers_of_rows_are_given_once() -> None:
    many = [article(f"Title {number}", id=f"{number}", link="") for number in range(5)]
    intents = Draft(Known(NextIds(10, 20, 30))).decide(scan(*many, unread=[BROKEN]), ONE, NOW)
    assert [intent.entry.id for intent in intents] == [30, 31, 32, 33, 34, 35]
    assert [intent.entry.article_id for intent in intents] == [10, 11, 12, 13, 14, None]


# ── what is written together ──────────────────────────────────────────────────────────────────


def sizes(intents: Sequence[Intent]) -> list[int]:
    return [len(batch) for batch in batches(intents)]


def test_new_articles_are_written_together() -> None:
    many = [hit(article(f"Title {number}", f"Text {number}")) for number in range(4)]
    assert sizes(Draft(Known()).decide(scan(*many), ONE, NOW)) == [4]


def test_an_article_of_a_story_changes_after_the_stories_of_earlier_entries_were_told() -> None:
    new, plain = hit(article("Another")), article("No hit")
    known = knowing(hit(STORY))
    edited = replace(STORY, title="Edited", digest=b"edited..")
    assert sizes(Draft(known).decide(scan(new, plain, edited, plain), ONE, NOW)) == [2, 2]
    assert sizes(Draft(known).decide(scan(plain, edited), ONE, NOW)) == [2]


# ── the ledger's counts ───────────────────────────────────────────────────────────────────────


def by_outcome(ledger: Mapping[int, LedgerEntry]) -> Counter[Outcome]:
    return Counter(entry.outcome for entry in ledger.values())


@given(POLLS)
def test_the_ledgers_counts_are_what_polls_brought_and_made_better(
    polls: list[Poll],
) -> None:
    known, now, expected = Known(), NOW, Counter[Outcome]()
    hits = Counter[tuple[int | None, str]]()
    for feed_id, brought, unread, pause in polls:
        now += pause
        intents = Draft(known).decide(scan(*brought, unread=unread), feed_id, now)
        expected.update(intent.entry.outcome for intent in intents)
        expected.subtract(intent.before.outcome for intent in intents if intent.before)
        hits.update((intent.entry.article_id, hit) for intent in intents for hit in intent.hits)
        known = after(known, intents)
        assert len([intent for intent in intents if not isinstance(intent, UnreadEntry)]) == len(
            brought
        )
    assert by_outcome(known.entries) == +expected
    assert all(times == 1 for times in hits.values())
    assert {entry.article_id for entry in known.entries.values()} - {None} == set(known.articles)
