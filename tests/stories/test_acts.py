"""An arrest and an attack in one region are two stories, unless something rarer joins them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import NOW
from fakes import article

from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.model import StoryFeatures, Topic
from monitor.scan.scan import story_features
from monitor.stories import IncomingArticle, TimeSpan
from monitor.stories.acts import are_alike, weight_against
from monitor.stories.in_memory import Stories
from monitor.text.normalize import digest, title_form

REGION = pack((Topic("region", "The region", match="Belgorod OR Белгород"),))
STRIKE = (
    "Ukrainian drone hits fuel depot in Belgorod region",
    "A drone hit a fuel depot in Russia's Belgorod region at night, the governor said.",
)
ARREST = (
    "Deputy governor of Belgorod detained over border works",
    "Investigators detained the deputy governor of Russia's Belgorod region on bribery charges.",
)
RAID = (
    "Ukrainian troops cross into Belgorod region in new incursion",
    "Ukrainian troops crossed the border into Russia's Belgorod region with armoured vehicles.",
)
ATTACK_AND_ARREST = (
    "Two detained after drone attack on depot in Belgorod region",
    "Police detained two people who are said to have guided the drone to Russia's Belgorod region.",
)


def places(*reports: tuple[str, str], lang: str = "en") -> list[int]:
    """The stories of reports, the first that a new desk has, five minutes apart."""
    follow = Stories()
    return [
        follow.enter(_hit(*report, lang=lang, minutes=5 * number))
        for number, report in enumerate(reports)
    ]


def _hit(title: str, text: str, lang: str, minutes: int) -> IncomingArticle:
    at = NOW + timedelta(minutes=minutes)
    found = article(title, text, lang=lang, published_at=at)
    [matches] = matcher_for(REGION).match([found])
    features = story_features(found, matches) or StoryFeatures(lang)
    key = digest("title", title_form(title))
    return IncomingArticle(features, key, frozenset({"region"}), TimeSpan(at, at))


def test_an_arrest_a_strike_and_a_raid_in_one_region_are_three_stories() -> None:
    assert places(STRIKE, ARREST, RAID) == [1, 2, 3]
    assert places(ARREST, STRIKE) == [1, 2]


def test_under_one_short_headline_they_are_three_stories_too() -> None:
    texts = (text for _, text in (STRIKE, ARREST, RAID))
    assert places(*(("BELGOROD ALERT", text) for text in texts)) == [1, 2, 3]


def test_an_arrest_and_a_strike_are_two_stories_in_russian() -> None:
    strike = ("Дрон ударил по нефтебазе в Белгороде", "Беспилотник ударил по нефтебазе, огонь.")
    arrest = ("В Белгороде задержан вице-губернатор", "Следователи задержали вице-губернатора.")
    assert places(strike, arrest, lang="ru") == [1, 2]


def test_an_arrest_after_an_attack_continues_the_attack() -> None:
    assert places(STRIKE, ATTACK_AND_ARREST) == [1, 1]


@pytest.mark.parametrize("shared", ["name:gldkv", "number:1000", "model:19", "@place:sudzha"])
def test_a_name_a_number_or_a_rare_place_in_common_outweighs_the_acts(shared: str) -> None:
    story = {"@action:attack": 1, "@place:kursk": 1, shared: 1}
    arrest = StoryFeatures(
        "en", (("@other:arrest", 1.0), ("@place:kursk", 1.0)), frozenset({"@place:kursk"})
    )
    named = replace(arrest, features=(*arrest.features, (shared, 1.0)))
    assert weight_against(arrest, story, 1) > 0
    assert weight_against(named, story, 1) == 0


def test_a_raid_and_an_advance_are_acts_of_one_kind_and_a_launch_is_none_of_them() -> None:
    raid, advance, launch = (
        {f"@action:{each}"} for each in ("cross_border_raid", "advance", "missile_launch")
    )
    assert are_alike(raid, advance)
    assert not are_alike(raid, launch)
