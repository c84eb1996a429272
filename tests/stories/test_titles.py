"""Which report's headline a story has."""

from __future__ import annotations

import pytest
from fakes import article

from monitor.stories import extract_features
from monitor.stories.labels import is_label
from monitor.stories.titles import Headline, best_title

VAGUE = Headline("Kursk: what we know", "en", "One")
DRONES = Headline("Drones hit oil refinery in Kursk region", "en", "Two", ("turn:attack",))
OIL = Headline("Oil refinery in Kursk burns after drone attack", "en", "Three", ("turn:attack",))
STRIKE = Headline("Drone strike on Kursk oil refinery", "en", "Four", ("turn:attack",))
RUSSIAN = Headline("Беспилотники атаковали завод в Курске", "ru", "Пять", ("turn:attack",))


def test_a_story_is_titled_by_the_report_that_most_others_are_like() -> None:
    assert best_title(VAGUE.title, [VAGUE, DRONES, OIL, STRIKE]) == DRONES.title


def test_of_two_reports_the_first_titles_the_story() -> None:
    assert best_title(VAGUE.title, [VAGUE, DRONES]) == VAGUE.title


def test_a_headline_that_is_as_good_as_another_stays() -> None:
    again = Headline("Oil refinery in Kursk burns after drone attack", "en", "Six")
    assert best_title(DRONES.title, [DRONES, DRONES, again]) == DRONES.title


def test_a_story_keeps_the_language_of_its_first_report() -> None:
    others = [Headline(RUSSIAN.title, "ru", str(n), RUSSIAN.sets) for n in range(5)]
    assert best_title(VAGUE.title, [VAGUE, *others, DRONES]) == DRONES.title


def test_a_publisher_that_reports_often_counts_once() -> None:
    own = [Headline(f"Kursk: what we know {each}", "en", "One") for each in ("so far", "now")]
    assert best_title(VAGUE.title, [VAGUE, *own, DRONES, STRIKE]) in {DRONES.title, STRIKE.title}


def test_a_story_of_copies_and_round_ups_only_keeps_its_headline() -> None:
    assert best_title("The day in brief", []) == "The day in brief"


def test_a_label_titles_a_story_only_until_a_report_has_a_headline() -> None:
    label = Headline("KURSK ALERT", "en", "One")
    assert best_title(label.title, [label]) == label.title
    assert best_title(label.title, [label, DRONES]) == DRONES.title


@pytest.mark.parametrize(
    ("headline", "lang"),
    [
        ("30 November 2026, 14:05", "en"),
        ("30 ноября 2026 г., 14:05 МСК", "ru"),
        ("KURSK ALERT", "en"),
        ("⚡️⚡️⚡️ 136", "en"),
    ],
)
def test_a_headline_of_a_date_signs_or_a_name_in_capitals_is_a_label(
    headline: str, lang: str
) -> None:
    assert is_label(headline, lang)
    text = "A drone hit a fuel depot in the region at night, and the fire burned until morning."
    labelled = extract_features(article(headline, text, lang=lang), {})
    assert labelled == extract_features(article("", text, lang=lang), {})


@pytest.mark.parametrize("headline", ["Kursk alert", "MISSILE FIRED AT KYIV", "북한 미사일 발사"])
def test_a_headline_that_tells_something_is_no_label(headline: str) -> None:
    assert not is_label(headline, "en")
