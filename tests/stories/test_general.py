"""Reports that name the same thing more or less exactly."""

from __future__ import annotations

import pytest
from conftest import NOW
from fakes import article

from monitor.extraction.entities import KINDS, article_entities
from monitor.matching.terms.termsets import library
from monitor.stories import StoredFeatures, added_features, extract_features
from monitor.stories.general import GENERAL


@pytest.mark.parametrize(
    ("headline", "lang", "general"),
    [
        ("Pyongyang fires ICBM", "en", "@weapon:missile"),
        ("북한군 쿠르스크에 투입", "ko", "@actor:troops"),
        ("Дроны над Суджей", "ru", "@place:kursk"),
    ],
)
def test_an_exact_word_stands_for_the_general_one(headline: str, lang: str, general: str) -> None:
    report = article(headline, "", lang=lang, published_at=NOW)
    features = dict(extract_features(report, article_entities(report)).features)
    assert features[general] == 1.0


def test_what_a_topic_asks_for_exactly_its_hits_have_in_general_too() -> None:
    report = article("Pyongyang fires ICBM", "", published_at=NOW)
    asked = extract_features(report, article_entities(report), ["weapon:icbm"]).asked
    assert "@weapon:missile" in asked


def test_all_of_them_are_shipped() -> None:
    sets = library()
    for name in {*GENERAL, *(general for names in GENERAL.values() for general in names)}:
        kind, _, base = name.partition(":")
        assert KINDS[sets[base].field] == kind


@pytest.mark.parametrize(
    ("headline", "text", "told"),
    [
        ("Drones over Sudzha", "", {"place:sudzha"}),
        ("Drones over Sudzha", "The governor of Kursk spoke.", {"place:sudzha", "place:kursk"}),
    ],
)
def test_a_story_lies_in_the_places_that_its_reports_name(
    headline: str, text: str, told: set[str]
) -> None:
    report = article(headline, text, published_at=NOW)
    features = extract_features(report, article_entities(report))
    sets, _ = added_features(features, StoredFeatures(frozenset(), frozenset()))
    assert {name for name in sets if name.startswith("place:")} == told
