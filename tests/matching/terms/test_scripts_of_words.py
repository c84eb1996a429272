"""What languages of other scripts join to a word: prefixes, clitics, endings, titles."""

from __future__ import annotations

import pytest
from fakes import article

from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.matching.terms.inflection import signed_forms
from monitor.matching.terms.spelling import MOST_FORMS
from monitor.matching.terms.termsets import TermSet
from monitor.model import Topic


def finds(lang: str, term: str, title: str) -> bool:
    """Whether a term of a language is found in a title, with the prefilter and without."""
    sets = {"s": TermSet("s", ((lang, term),))}
    matcher = Matcher(pack([Topic("t", "T", match="@s")], sets))
    given = [article(title, lang=lang)]
    found, all_found = (matcher.match(given, prefilter=way) for way in (True, False))
    assert found == all_found
    return bool(found[0])


@pytest.mark.parametrize("title", ["צה״ל תקף", 'כוחות צה"ל', "בצה”ל אומרים", "שצה''ל", "לצה“ל"])
@pytest.mark.parametrize("term", ["צה״ל", 'צה"ל'])
def test_a_hebrew_abbreviation_is_found_with_any_quotation_mark_and_prefix(
    term: str, title: str
) -> None:
    assert finds("he", term, title)


@pytest.mark.parametrize(
    ("lang", "term", "title"),
    [
        ("he", "חייל", "לחיילים"),
        ("he", "ספינה", "ושלוש ספינות"),
        ("he", "טיל בליסטי", "הטיל הבליסטי"),
        ("he", "טיל בליסטי", "בטילים בליסטיים"),
        ("ar", "صواريخ", "وبالصواريخ"),
        ("ar", "صواريخ", "وللصواريخ"),
        ("ar", "طائرة مسيرة", "الطائرات المسيرة"),
        ("ar", "طائرة مسيرة", "بطائرات مسيرة"),
        ("fa", "موشک", "موشکهای ایران"),
        ("fa", "کشتی جنگی", "کشتی\u200cهای جنگی چین"),
        ("fa", "سرباز", "سربازان"),
        ("el", "πόλεμος", "του πολέμου"),
        ("el", "στρατιώτης", "τους στρατιώτες"),
        ("el", "πυρηνική δοκιμή", "πυρηνικών δοκιμών"),
        ("el", "Ταϊβάν", "ΤΑΪΒΑΝ"),
        ("el", "πόλεμος", "Ο ΠΟΛΕΜΟΣ"),
        ("ja", "石破 茂", "石破首相が訪米"),
        ("ja", "石破 茂", "石破茂氏が訪米"),
        ("ja", "習 近平 国家主席 主席", "習主席が訪朝"),
        ("zh", "高市 早苗", "高市首相訪美"),
        ("zh", "习 近平 主席", "习近平访朝"),
    ],
)
def test_a_word_is_found_with_what_its_language_joins_to_it(
    lang: str, term: str, title: str
) -> None:
    assert finds(lang, term, title)


@pytest.mark.parametrize(
    ("lang", "term", "title"),
    [
        ("he", "חייל", "חיילת"),
        ("he", 'צה"ל', "צהל שמחה"),
        ("ja", "習 近平", "習主席が訪朝"),
        ("zh", "王 毅", "王部长"),
        ("el", "πόλεμος", "πολεμικός"),
    ],
)
def test_another_word_is_not_found(lang: str, term: str, title: str) -> None:
    assert not finds(lang, term, title)


@pytest.mark.parametrize(
    ("lang", "term"),
    [("he", "טיל בליסטי"), ("ar", "صاروخ"), ("fa", "کشتی جنگی"), ("el", "πυρηνική δοκιμή")],
)
def test_a_term_has_less_than_the_most_forms(lang: str, term: str) -> None:
    assert len(signed_forms(term, lang)) < MOST_FORMS
