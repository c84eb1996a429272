"""Briefs: what they tell of a time, in every form, and that the same time gives the same brief."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from commands import ONE, TWO
from conftest import NOW
from copies import store_at
from fakes import article, topic
from filled import DAY, HOUR, bring

from monitor.brief.html import html
from monitor.brief.make import as_notice, make
from monitor.brief.markdown import markdown, message_lines
from monitor.brief.pdf import pdf
from monitor.model import Activity, ActivityKind, Tlp

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.brief.brief import Brief
    from monitor.model import Article
    from monitor.store.transaction import Transaction

TOPICS = [
    replace(topic("dprk", "North Korea"), title="North Korea", tlp=Tlp.AMBER),
    replace(topic("kursk", "Kursk"), title="Kursk"),
    replace(topic("quiet", "penguins"), title="Penguins"),
]
SINCE = NOW - DAY
HOSTILE = (
    "</h1><script>alert(1)</script> [x](javascript:alert(1)) `#set page()` \u202eKursk *a* | b"
)


def _report(number: int, title: str, text: str, publisher: str, **more: Any) -> Article:
    return article(
        title, text, id=str(number), publisher=publisher, link=f"https://x.example/{number}", **more
    )


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A story that goes on, one that is new, one with a hostile headline."""
    path = tmp_path / "monitor.db"
    old = SINCE - 2 * HOUR
    says = "North Korea sent {} troops to Kursk, Blinken said."
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([ONE, TWO], old - HOUR))
        for each in (ONE, TWO):
            await bring(store, each, [], old - HOUR, topics=TOPICS)
        first = _report(
            1, "North Korea sends troops to Kursk", says.format("8,000"), "One", published_at=old
        )
        more = _report(
            2,
            "North Korea sends more troops to Kursk",
            says.format("11,000"),
            "Two",
            published_at=NOW - HOUR,
        )
        bad = _report(3, HOSTILE, "", "One", published_at=NOW - HOUR)
        await bring(store, ONE, [first], old, topics=TOPICS)
        await bring(store, TWO, [more], NOW - HOUR, topics=TOPICS)
        await bring(store, ONE, [bad], NOW - HOUR, topics=TOPICS)
    return path


def _brief(path: Path) -> Brief:
    return make(path, TOPICS, SINCE, NOW)


async def test_a_story_tells_what_changed_since_the_brief_began(database: Path) -> None:
    [dprk, _] = _brief(database).topics
    [story] = dprk.stories
    assert (story.begun, story.reports, story.new_reports) == (False, 2, 1)
    assert story.changes == ("troops: 8,000 → 11,000 (Blinken)",)
    assert story.standing == "2 independent publishers, 1 before"
    assert story.also == ("Kursk",)


async def test_a_story_stands_under_its_first_topic_and_quiet_topics_are_named(
    database: Path,
) -> None:
    brief = _brief(database)
    assert [part.title for part in brief.topics] == ["North Korea", "Kursk"]
    assert brief.quiet == ("Penguins",)
    assert brief.stories == 2


async def test_figures_cite_the_report_that_has_them(database: Path) -> None:
    brief = _brief(database)
    [figure] = brief.topics[0].stories[0].figures
    assert (figure.kind, figure.amount, figure.speaker) == ("troops", "8,000 → 11,000", "Blinken")
    assert brief.citations[figure.cited - 1].url == "https://x.example/2"
    assert [each.number for each in brief.citations] == [1, 2, 3]


async def test_a_brief_bears_the_strictest_label_of_its_topics(database: Path) -> None:
    brief = _brief(database)
    assert brief.tlp is Tlp.AMBER
    assert as_notice(brief, "morning").tlp is Tlp.AMBER
    for text in (markdown(brief), html(brief)):
        assert "TLP:AMBER" in text


async def test_the_same_time_gives_the_same_brief_byte_for_byte(database: Path) -> None:
    pytest.importorskip("typst")
    one, two = _brief(database), _brief(database)
    assert markdown(one) == markdown(two)
    assert html(one) == html(two)
    assert pdf(one) == pdf(two)
    assert pdf(one).startswith(b"%PDF")


async def test_a_report_that_came_later_changes_no_earlier_brief(database: Path) -> None:
    before = markdown(_brief(database))
    async with store_at(database) as store:
        later = _report(
            9, "North Korea sends 12,000 troops to Kursk", "Blinken said.", "One", published_at=NOW
        )
        await bring(store, ONE, [later], NOW + HOUR, topics=TOPICS)
    assert markdown(_brief(database)) == before


async def test_no_text_of_a_feed_is_read_as_markup(database: Path) -> None:
    pytest.importorskip("typst")
    brief = _brief(database)
    page = html(brief)
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|https://x\.example/)', page)
    text = markdown(brief)
    assert r"\[x\](javascript:alert(1))" in text
    assert not re.search(r"(?<!\\)<script", text)
    assert b"/JavaScript" not in pdf(brief)


async def test_a_message_has_all_of_it_in_lines(database: Path) -> None:
    lines = message_lines(_brief(database))
    assert lines[0] == "2 stories on 2 topics, 3 reports cited"
    assert "■ North Korea (TLP:AMBER)" in lines
    assert "  New: troops: 8,000 → 11,000 (Blinken)" in lines
    assert any(
        line.startswith("[1] One") and line.endswith("https://x.example/1") for line in lines
    )


def _add(story: int, note: Activity, tx: Transaction) -> None:
    tx.activity.add(story, note, note.at)


async def test_notes_marked_for_the_brief_and_credibility_stand_beside_a_story(
    database: Path,
) -> None:
    notes = [
        Activity(ActivityKind.NOTE, "cli:nina", "nina", NOW - HOUR, "brief: Seoul confirms"),
        Activity(ActivityKind.NOTE, "cli:nina", "nina", NOW - HOUR, "call Seoul back"),
        Activity(ActivityKind.NOTE, "cli:nina", "nina", NOW - 2 * DAY, "brief: of an older one"),
        Activity(ActivityKind.CREDIBILITY, "cli:nina", "nina", NOW - HOUR, "2 two ministries"),
    ]
    story = _brief(database).topics[0].stories[0].id
    async with store_at(database) as store:
        for note in notes:
            await store.write(partial(_add, story, note))
    [told, *_] = _brief(database).topics[0].stories
    assert told.notes == ("Seoul confirms (nina)",)
    assert told.credibility == "2, probably true (nina)"
    text = markdown(_brief(database))
    assert "- Note: Seoul confirms (nina)" in text
    assert "credibility 2, probably true (nina)" in text
