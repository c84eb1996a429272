"""A report that only recalls an earlier event is none of it: `weeks after it fired an ICBM`."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import article

from monitor.config.load import load
from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher

ROOT = Path(__file__).parents[3]
RECALLED = [
    ("en", "Two rockets splash down east of Wonsan", "It is weeks after the North fired an ICBM."),
    ("en", "Kim opens a spa", "The opening came months after the launch of an ICBM."),
    ("ko", "북한, 단거리 발사체 2발 발사", "ICBM 발사 나흘 만의 일이다."),
    ("de", "Kim eröffnet ein Bad", "Die Feier findet Wochen nach dem Start einer ICBM statt."),
    ("pl", "Kim otworzył kąpielisko", "Doszło do tego kilka tygodni po próbie rakiety ICBM."),
    ("ru", "Ким открыл курорт", "Это произошло через несколько недель после пуска МБР."),
    ("fr", "Kim inaugure une station", "La cérémonie a lieu deux semaines après le tir d'un ICBM."),
]
NEW = [
    ("en", "Alarm in Hokkaido", "The North fired an ICBM, its first in three months."),
    ("ko", "일본 홋카이도에 경보", "북한이 석 달 만에 ICBM을 발사했다."),
    ("de", "Alarm auf Hokkaido", "Nordkorea hat am Montag eine ICBM gestartet."),
]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    config = load(ROOT / "config.yaml")
    return Matcher(pack([each for each in config.topics if each.id == "icbm"], config.sets))


def hits(matcher: Matcher, rows: list[tuple[str, str, str]]) -> list[bool]:
    articles = [article(title, text, lang=lang) for lang, title, text in rows]
    return [any(match.is_hit for match in matches) for matches in matcher.match(articles)]


def test_a_missile_that_is_only_recalled_is_no_hit(matcher: Matcher) -> None:
    assert hits(matcher, RECALLED) == [False] * len(RECALLED)


def test_a_missile_that_is_fired_after_a_pause_is_a_hit(matcher: Matcher) -> None:
    assert hits(matcher, NEW) == [True] * len(NEW)
