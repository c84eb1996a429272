"""Words that are written in unusual letters, cases and signs are found all the same."""

from __future__ import annotations

import pytest

from monitor.matching.compile import pack
from monitor.matching.language.tokens import tokens
from monitor.matching.matcher import Matcher
from monitor.model import Article, Topic


def found(match: str, title: str, lang: str = "en") -> list[str]:
    """The words of a title that a topic with this expression hits."""
    matcher = Matcher(pack([Topic(id="t", title="T", match=match, threshold=0.1)]))
    article = Article(
        id="", link="", title=title, text="", lang=lang, publisher="", kind="",
        published_at=None, id_key=None, link_key=None, content_key=None, title_key=b"", digest=b"",
    )  # fmt: skip
    ((*matches,),) = matcher.match([article])
    return [title[each.start : each.end] for match in matches for each in match.evidence]


@pytest.mark.parametrize(
    ("match", "title", "words"),
    [
        ("UN", "U.N. chief arrives", "U.N."),
        ("PLA", "P.L.A. jets near Taiwan", "P.L.A."),
        ("@north_korea", "N.K. fires again", "N.K."),
        ("@north_korea", "NK soldiers are seen", "NK"),
        ("@south_korea", "S.K. jets scramble", "S.K."),
        ("US", "Talks in the U.S, he said", "U.S"),
        ('"North Korea"', "#NorthKorea fires", "NorthKorea"),
        ("@north_korea", "#NorthKorean troops", "NorthKorean"),
        ('"North Korea"', "#North_Korea fires", "North_Korea"),
        ('"كوريا الشمالية"', "#كوريا_الشمالية", "كوريا_الشمالية"),
        ("ICBM", "#ICBMLaunch", "ICBM"),
        ("ICBM", "#ICBMs", "ICBMs"),
        ("MeToo", "#MeToo march", "MeToo"),
        ('"Hwasong-19"', "#Hwasong19", "Hwasong19"),
        ("ICBM", "北朝鮮がＩＣＢＭ発射", "ＩＣＢＭ"),
        ("Kursk", "Ｋｕｒｓｋ attack", "Ｋｕｒｓｋ"),
        ("ミサイル", "北朝鮮がﾐｻｲﾙ発射", "ﾐｻｲﾙ"),
        ("ドローン", "無人機ﾄﾞﾛｰﾝ", "ﾄﾞﾛｰﾝ"),
        ("ICBM", "𝐈𝐂𝐁𝐌 launch", "𝐈𝐂𝐁𝐌"),
        ('"Minuteman III"', "Minuteman Ⅲ test", "Minuteman Ⅲ"),
        *(
            ('"Hwasong-19"', f"Hwasong{dash}19 fired", f"Hwasong{dash}19")
            for dash in "\u2013\u2212\uff0d\ufe63\u2014"
        ),
        ("Großbritannien", "GROSSBRITANNIEN SCHICKT PANZER", "GROSSBRITANNIEN"),
        ('"États-Unis"', "ETATS-UNIS: LE SENAT VOTE", "ETATS-UNIS"),
        ('"Corée du Nord"', "LA COREE DU NORD TIRE", "COREE DU NORD"),
        ("Україна", "Украïна", "Украïна"),  # a Latin ï
        ("Kursk", "Кursk attack", "Кursk"),  # a Cyrillic K
    ],
)
def test_a_word_is_found_as_it_is_written(match: str, title: str, words: str) -> None:
    assert words in found(match, title, lang="")


@pytest.mark.parametrize(
    ("match", "title", "lang"),
    [
        ("US", "LET US STRIKE A DEAL, SAYS MAYOR", "en"),
        ("IT", "MAKE IT SO, SAYS MAYOR", "en"),
        ("WHO", "WHO IS THE NEW MAYOR", "en"),
        ("WHO", "WHO WON THE RACE?", "en"),
        ("UN", "UN MISSILE TIRE PAR MOSCOU", "fr"),
        ("NATO", "È NATO IL FIGLIO DEL SINDACO", "it"),
        ("UN", "u.n. is no name", "en"),
        ('"North Korea"', "He went north – Korea follows", "en"),
        ("escalation", "De–escalation in Kursk", "en"),
        ('"Corée du Nord"', "La coree du nord tire", "fr"),
        ("@north_korea", "NK cells against cancer", "en"),
    ],
)
def test_a_common_word_is_no_name(match: str, title: str, lang: str) -> None:
    assert not found(match, title, lang)


@pytest.mark.parametrize(
    ("match", "title"),
    [
        ("US", "US STRIKES TARGETS IN YEMEN"),
        ("US", "BIDEN: US TROOPS STAY"),
        ("US", "ALLIES OF THE US MEET"),
        ("WHO", "WHO WARNS OF NEW VARIANT"),
        ("UN", "PEACE TALKS AT UN BEGIN"),
        ("US", "Let US strike"),
    ],
)
def test_an_acronym_in_a_headline_of_capitals_is_one_where_no_word_could_stand(
    match: str, title: str
) -> None:
    assert found(match, title)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("J.K. Rowling", ["J.K.", "Rowling"]),
        ("Д.А.Медведев", ["Д", ".", "А", ".", "Медведев"]),
        ("2022–2023", ["2022", "–", "2023"]),
        ("#G20 #COVID19", ["#", "G20", "#", "COVID", "19"]),
        ("snake_case", ["snake", "case"]),
        ("word – word", ["word", "–", "word"]),
    ],
)
def test_words_and_signs_are_told_apart(text: str, words: list[str]) -> None:
    assert tokens(text)[0] == words
