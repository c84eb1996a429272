"""Entities of a text: term sets that the words name, checked form by form."""

from __future__ import annotations

import pytest

from monitor.extraction.entities import entities_in


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Protest in Hong Kong", "en", "actor:congo"),
        ("Malik wins the race", "en", "actor:mali"),
        ("US Congress votes", "en", "actor:congo"),
        ("Nigeria holds talks", "en", "actor:niger"),
        ("Indiana elects a mayor", "en", "actor:india"),
        ("Norwich wins a cup", "en", "actor:norway"),
        ("Fire in Malibu", "en", "actor:mali"),
        ("Малик победил", "ru", "actor:mali"),
        ("Взрыв в Нигерии", "ru", "actor:niger"),
    ],
)
def test_a_longer_name_is_not_the_country_that_it_begins_with(
    text: str, lang: str, name: str
) -> None:
    assert name not in entities_in(text, lang)


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Mali's army", "en", "actor:mali"),
        ("The Russians left", "en", "actor:russia"),
        ("Nordkoreas Soldaten", "de", "actor:north_korea"),
        ("Взрыв в Курской области", "ru", "place:kursk"),
        ("между Россией и Украиной", "ru", "actor:ukraine"),
        ("Російські війська", "uk", "actor:russia"),
        ("북한군이 러시아에", "ko", "actor:russia"),
    ],
)
def test_the_forms_of_a_name_are_the_name(text: str, lang: str, name: str) -> None:
    assert name in entities_in(text, lang)
