"""How far an article and a story agree in topics, headline and figures, and what that decides."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from conftest import NOW
from fakes import article

from monitor.extraction.entities import entities_in
from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.matching.terms.termsets import library
from monitor.model import StoryFeatures, Topic
from monitor.scan.scan import story_features
from monitor.stories import ENOUGH, Assignment, IncomingArticle, TimeSpan, same_event
from monitor.stories.agreement import COUNTRY_OF, OF_ANY_COUNTRY
from monitor.stories.in_memory import Stories
from monitor.stories.late_join import CERTAIN
from monitor.stories.profile import new_profile
from monitor.stories.rates import Rates
from monitor.stories.scoring import StoryScorer
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


def test_a_weapon_and_a_place_are_enough_for_reports_in_two_languages() -> None:
    first = new("Drones over Kursk")
    names = ("", *(name for name, _ in first.story_features.features))
    on_a_busy_desk = Rates({("kursk", name): 100 for name in names})
    second = new("Беспилотники над Курском", lang="ru", at=NOW + HOUR)
    assert StoryScorer(second, on_a_busy_desk, live=1)(new_profile(1, first)).score > ENOUGH
    vague = new("Курск: что известно к вечеру", lang="ru", at=NOW + HOUR)
    assert StoryScorer(vague, on_a_busy_desk, live=1)(new_profile(1, first)).score <= ENOUGH


def test_what_a_topic_asks_for_is_hardly_evidence_though_not_all_of_its_hits_have_it() -> None:
    first = new("North Korean troops: a reporter's notebook")
    second = new("Long road of the North Korean troops", at=NOW + HOUR)
    names = ("", *(name for name, _ in first.story_features.features))
    counted = {("troops", name): 40 if name.startswith("@") else 100 for name in names}
    scored = StoryScorer(second, Rates(counted), live=1)(new_profile(1, first))
    assert scored.score <= ENOUGH


def test_the_leader_of_a_country_stands_for_it_and_soldiers_are_of_any() -> None:
    strike = new("Ukraine strikes depot in Kursk")
    for also in ("Zelensky on Kursk depot strike", "Soldiers hurt in Kursk depot strike"):
        assert "@actors" not in evidence(strike, new(also))
    assert evidence(strike, new("China condemns strike in Kursk"))["@actors"] < 0


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Drones hit an oil depot in Kursk"),
        ("pl", "Drony trafiły w skład paliw w Kursku"),
        ("uk", "Дрони влучили у нафтобазу в Курську"),
        ("ja", "クルスクの製油所に無人機攻撃"),
    ],
)
def test_strikes_of_one_day_on_an_airfield_and_on_a_depot_are_two_events(
    lang: str, text: str
) -> None:
    airfield = new("Drones hit a military airfield in Kursk")
    assert evidence(airfield, new(text, lang=lang))["@targets"] < 0
    again = new("Drone attack on Kursk", "An air base and an oil depot were hit in the night.")
    assert "@targets" not in evidence(airfield, again)


def test_a_report_of_a_depot_joins_no_story_of_an_airfield_to_its_own() -> None:
    text = "Some 118 drones were shot down on Monday, governor Alexander Khinshtein said in Kursk."
    airfield = new_profile(1, new("Drones hit military airfield in Kursk, Khinshtein says", text))
    depot = new_profile(2, new("Drones set oil depot on fire in Kursk, Khinshtein says", text))
    report = new("Drones strike oil depot in Kursk, 118 shot down, Khinshtein says", text)
    scorer = StoryScorer(report, Rates({}), 2)
    both = (scorer(airfield), scorer(depot))
    assert all(each.score > CERTAIN for each in both)
    assert same_event(report, Assignment(2, others=both)) is None


def test_of_a_strike_a_target_named_late_in_the_text_is_that_of_another_day() -> None:
    background = " ".join(["Officials in the region asked people to stay at home."] * 6)
    late = new("Drones over Kursk", f"{background} Last week a refinery was hit.")
    assert "@targets" not in evidence(new("Drones hit a military airfield in Kursk"), late)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The most powerful missile"),  # Polish most is a bridge
        ("pl", "Z kolei w Kursku"),  # "in turn"; kolej is a railway
        ("uk", "У місті Курськ"),  # in the city; міст is a bridge
        ("en", "A TV at the Seoul Railway Station shows the launch"),
        ("en", "North Korea's nuclear arsenal"),
    ],
)
def test_words_that_look_like_a_target_are_none(lang: str, text: str) -> None:
    assert not [name for name in entities_in(text, lang) if name.startswith("target:")]


def test_two_reports_in_one_language_share_more_than_their_topic_asks_for() -> None:
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


# ── days that are named ───────────────────────────────────────────────────────────────────────

DAY = timedelta(days=1)
STRIKE = new("Drones hit airfield in Kursk", "Ukraine sent 16 of them.")
LATER = new(
    "Drones over Kursk airfield were made of cardboard",
    f"The 16 drones struck on {NOW:%A}, engineers say.",
    at=NOW + 4 * DAY,
)


def test_a_report_days_later_is_as_near_as_the_day_that_it_names() -> None:
    on_the_day = new("Drones hit Kursk airfield", at=NOW + HOUR)
    assert evidence(STRIKE, LATER)["time"] >= evidence(STRIKE, on_the_day)["time"]
    without_day = new("Drones over Kursk airfield were made of cardboard", at=NOW + 4 * DAY)
    assert evidence(STRIKE, without_day)["time"] < 0


def test_a_story_does_not_go_on_with_a_report_that_looks_back() -> None:
    story = new_profile(1, STRIKE)
    assert story.with_article(LATER).span == story.span
    again = new("Drones hit Kursk airfield again", at=NOW + 4 * DAY)
    assert story.with_article(again).span.last == NOW + 4 * DAY


def test_the_sets_that_stand_for_a_country_or_for_nobody_are_shipped() -> None:
    assert {*COUNTRY_OF, *COUNTRY_OF.values(), *OF_ANY_COUNTRY} <= library().keys()
