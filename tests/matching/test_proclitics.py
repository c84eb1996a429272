"""Particles and articles that Arabic and Hebrew join to the next word."""

from __future__ import annotations

import pytest
from fakes import article

from monitor.matching.compile import pack
from monitor.matching.matcher import Matcher
from monitor.matching.terms.inflection import forms
from monitor.model import Topic

TERMS = [
    ("ar", "صاروخ"), ("ar", "صاروخ باليستي"), ("ar", "الجيش"), ("ar", "كوريا الشمالية"),
    ("he", "טיל"), ("he", "טיל בליסטי"),
]  # fmt: skip


def is_hit(term: str, text: str, lang: str, *, prefilter: bool = True) -> bool:
    matcher = Matcher(pack([Topic("t", "t", any=(term,))]))
    return bool(matcher.match([article(text, lang=lang)], prefilter=prefilter)[0])


@pytest.mark.parametrize(("lang", "term"), TERMS)
def test_all_spellings_of_a_term_are_found(lang: str, term: str) -> None:
    matcher = Matcher(pack([Topic("t", "t", any=(term,))]))
    texts = [article(f"א {form}, א", lang=lang) for form in sorted(forms(term, lang))]
    assert all(matcher.match(texts))
    assert all(matcher.match(texts, prefilter=False))
    assert len(texts) > len(term.split())


@pytest.mark.parametrize(
    ("lang", "term", "text"),
    [("ar", "صاروخ", "مصاروخ"), ("ar", "صاروخ", "والو صاروخي"), ("he", "טיל", "קטיל"),
     ("ar", "صاروخ باليستي", "والصاروخ باليستية"), ("he", "טיל בליסטי", "וטיל לא בליסטי")],
)  # fmt: skip
def test_a_word_that_only_ends_like_a_term_is_not_found(lang: str, term: str, text: str) -> None:
    assert not is_hit(term, text, lang)
    assert not is_hit(term, text, lang, prefilter=False)


def test_an_article_before_a_term_is_part_of_what_is_found() -> None:
    matcher = Matcher(pack([Topic("t", "t", any=("صاروخ",))]))
    (hit,) = matcher.match([article("أطلق بالصاروخ", lang="ar")])[0]
    assert [(piece.start, piece.end) for piece in hit.evidence] == [(5, 13)]
