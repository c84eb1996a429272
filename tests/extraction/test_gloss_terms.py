"""A foreign headline's gloss: what the term sets found there, in the reader's language."""

from __future__ import annotations

import pytest
from fakes import article

from monitor.extraction.figures import figures
from monitor.extraction.gloss_terms import gloss_terms
from monitor.matching.terms.labels import gloss_line, label

SERVICE = "South Korea's intelligence service"


def gloss(lang: str, title: str, text: str = "", readers: tuple[str, ...] = ("en",)) -> str:
    told = article(title, text, lang=lang)
    return gloss_line(lang, gloss_terms(told, figures(title, text, lang)), readers)


@pytest.mark.parametrize(
    ("lang", "title", "expected"),
    [
        (
            "ko",
            "국정원 “쿠르스크서 북한군 2명 생포했다”",
            "[ko] North Korea · prisoners of war · capture · Kursk · 2 troops · " + SERVICE,
        ),
        (
            "ru",
            "В Курской области захвачены двое северокорейских солдат",
            "[ru] North Korea · troops · Kursk · 2 captured",
        ),
        ("ar", "جنود كوريا الشمالية في كورسك", "[ar] troops · North Korea · Kursk"),
        (
            "zh",
            "朝鲜士兵在库尔斯克伤亡3000人",
            "[zh] North Korea · troops · Kursk · 3,000 casualties",
        ),
        (
            "uk",
            "Росія запустила балістичну ракету",
            "[uk] Russia · ballistic missile · missile launch",
        ),
    ],
)
def test_a_headline_is_glossed_by_what_it_names(lang: str, title: str, expected: str) -> None:
    assert gloss(lang, title) == expected


def test_a_gloss_is_in_the_first_language_of_the_readers() -> None:
    title = "朝鲜士兵在库尔斯克伤亡3000人"
    assert (
        gloss("zh", title, readers=("de", "en")) == "[zh] Nordkorea · Truppen · Kursk · 3,000 Opfer"
    )


def test_what_readers_can_read_has_no_gloss() -> None:
    assert gloss("de", "Nordkorea schickt Soldaten nach Kursk", readers=("en", "de")) == ""


def test_a_headline_that_names_nothing_has_no_gloss() -> None:
    assert gloss("ru", "Погода завтра", "Ожидается дождь.") == ""


def test_a_headline_that_names_little_is_glossed_by_its_lead() -> None:
    assert gloss("ru", "Что известно", "КНДР отправила солдат в Курск.") == (
        "[ru] North Korea · troops · deployment · Kursk"
    )


@pytest.mark.parametrize(
    ("name", "lang", "expected"),
    [
        ("north_korea", "en", "North Korea"),
        ("north_korea", "fr", "Corée du Nord"),
        ("nato", "en", "NATO"),
        ("icbm_types", "en", "ICBM"),
        ("russia.leader", "en", "leaders of Russia"),
        ("troops", "en", "troops"),
        ("kursk", "eo", "Kursk"),  # no list in that language: as for English readers
        ("south_korean_services@합참", "en", "South Korea's military or intelligence service"),
    ],
)
def test_sets_have_labels_in_the_languages_of_readers(name: str, lang: str, expected: str) -> None:
    assert label(name, lang) == expected
