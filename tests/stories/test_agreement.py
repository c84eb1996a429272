"""How far an article and a story agree in topics, headline and figures, and what that decides."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from conftest import NOW
from fakes import article

from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.model import StoryFeatures, Topic
from monitor.scan.scan import story_features
from monitor.stories import ENOUGH, IncomingArticle, TimeSpan
from monitor.stories.in_memory import Stories
from monitor.stories.scoring import Rates, StoryScorer, new_profile
from monitor.text.normalize import digest, title_form

if TYPE_CHECKING:
    from datetime import datetime

KURSK = Topic("kursk", "Kursk", match="@kursk")
LAUNCH = Topic("launch", "Launches", match="@north_korea AND @missile")
TROOPS = Topic("troops", "Troops", match="@north_korea AND @troops")
HOUR = timedelta(hours=1)


@cache
def packed() -> bytes:
    return pack((LAUNCH, TROOPS, KURSK))


def new(title: str, text: str = "", lang: str = "en", at: datetime = NOW) -> IncomingArticle:
    """A hit of its topics, published at a time."""
    found = article(title, text, lang=lang, published_at=at)
    [matches] = matcher_for(packed()).match([found])
    hits = frozenset(match.topic for match in matches if match.is_hit)
    assert hits, title
    features = story_features(found, matches) or StoryFeatures(lang)
    return IncomingArticle(features, digest("title", title_form(title)), hits, TimeSpan(at, at))


def evidence(first: IncomingArticle, second: IncomingArticle) -> dict[str, float]:
    """What speaks for and against the second continuing the story of the first."""
    scored = StoryScorer(second, Rates({}), live=1)(new_profile(1, first))
    return {reason.what: reason.weight for reason in scored.reasons}


def test_headlines_of_two_languages_are_one_event_where_all_hits_have_their_act() -> None:
    first = new("North Korea fires missile")
    second = new("КНДР запустила ракету", lang="ru", at=NOW + HOUR)
    names = ("", *(name for name, _ in first.story_features.features))
    on_a_busy_desk = Rates({("launch", name): 100 for name in names})
    scored = StoryScorer(second, on_a_busy_desk, live=1)(new_profile(1, first))
    assert scored.score > ENOUGH


def test_a_common_act_and_actor_are_needed_where_nothing_rare_is_common() -> None:
    desk = Stories()
    assert desk.enter(new("North Korea fires missile")) != desk.enter(
        new("Film on North Korea missile wins prize", at=NOW + HOUR)
    )


def test_other_figures_of_the_same_unit_speak_against_one_event() -> None:
    told = new("North Korean troops near Kursk", "The army said that 30 soldiers were killed.")
    more = new("North Korean troops near Kursk", "The army said that 1,100 soldiers were killed.")
    assert evidence(told, more)["figures"] < 0 < evidence(told, told)["figures"]


def test_a_headline_with_the_story_s_term_sets_speaks_for_it() -> None:
    launch = new("North Korea fires missile", "It flew over Japan.")
    parade = new("North Korea shows missile at parade with Kim's daughter")
    assert evidence(launch, parade)["headline"] < evidence(launch, launch)["headline"]


def test_topics_of_each_that_the_other_does_not_hit_speak_against_one_event() -> None:
    both = new("North Korea sends troops and fires missile")
    elsewhere = new("North Korea sends troops to Kursk")
    assert evidence(both, elsewhere)["further topics"] < 0
    part = new("North Korea fires missile")
    assert evidence(both, part)["further topics"] == evidence(part, both)["further topics"] == 0
