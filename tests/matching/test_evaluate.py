"""What makes an expression true of an article, by how much, and what comes near."""

from __future__ import annotations

from typing import Any

import pytest
from amounts import many
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import less_than

from monitor.matching.compile import pack
from monitor.matching.language.refusal import ExpressionError
from monitor.matching.matcher import Matcher, matcher_for
from monitor.matching.terms.termsets import TermSet
from monitor.matching.tokenized import END, LEAD, TITLE
from monitor.model import Article, Match, Topic

examples = settings(derandomize=True, max_examples=many(200), deadline=None)

SETS = {
    "sports": TermSet("sports", (("en", "match"), ("en", "league"))),
    "army": TermSet("army", (("en", "soldier"), ("en", "special force"), ("ru", "солдат"))),
    "locked": TermSet("locked", (("en", "!gift"), ("ko", "선물"))),
}


def matched(
    expression: str, where: Article, *, threshold: float = 0.5, anchor: str = ""
) -> Match | None:
    topic = Topic("t", "T", match=expression, threshold=threshold, anchor=anchor)
    [found] = Matcher(pack([topic], SETS)).match([where])
    return found[0] if found else None


def hits(expression: str, title: str = "", text: str = "", **fields: Any) -> bool:
    match = matched(expression, article(title, text, **fields))
    return match is not None and match.is_hit


def near_miss(
    expression: str, title: str, text: str = "", *, anchor: str = "", **fields: str
) -> str:
    """The reason of a near miss; "" where there is none."""
    match = matched(expression, article(title, text, **fields), anchor=anchor)
    assert match is None or not match.is_hit
    return match.reason if match else ""


def score(expression: str, title: str = "", text: str = "") -> float:
    match = matched(expression, article(title, text), threshold=0.001)
    return match.score if match else 0.0


def late(words: str, before: int = 600) -> str:
    """A text with so many words before some."""
    return "word " * before + words


# ── AND, OR, NOT ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "title", "hit"),
    [
        ("a1 AND b1", "a1 b1", True),
        ("a1 AND b1", "a1", False),
        ("a1 OR b1", "b1", True),
        ("a1 OR b1", "c1", False),
        ("a1 OR b1 AND c1", "a1", True),
        ("a1 OR b1 AND c1", "b1", False),
        ("a1 OR b1 AND c1", "c1 b1", True),
        ("a1 AND NOT b1", "a1", True),
        ("a1 AND NOT b1", "a1 b1", False),
        ("a1 NOT b1", "a1 b1", False),
        ("a1 AND NOT (b1 AND c1)", "a1 b1", True),
        ("a1 AND NOT (b1 AND c1)", "a1 b1 c1", False),
        ("a1 AND NOT (b1 OR c1)", "a1 c1", False),
        ("a1 AND (b1 OR NOT c1)", "a1", True),
        ("a1 AND (b1 OR NOT c1)", "a1 c1", False),
        ("a1 AND (b1 OR NOT c1)", "a1 b1 c1", True),
        ("(b1 OR NOT c1) AND a1", "a1", True),
        ("(b1 OR lang:en) AND a1", "a1", True),
        ("(b1 OR lang:ru) AND a1", "a1", False),
        ("a1 AND NOT b1 NEAR/1 c1", "a1 b1 word word c1", True),
        ("a1 AND NOT b1 NEAR/1 c1", "a1 b1 word c1", False),
        ("@army AND NOT @sports", "Soldiers", True),
        ("@army AND NOT @sports", "Soldiers win the league", False),
    ],
)
def test_and_or_and_not_ask_for_words_anywhere(expression: str, title: str, *, hit: bool) -> None:
    assert hits(expression, title) is hit


def test_a_guard_counts_in_the_text_as_in_the_title() -> None:
    assert not hits("a1 AND NOT b1", "a1", late("b1"))


# ── distances ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "title", "hit"),
    [
        ("a1 NEAR/2 b1", "a1 x x b1", True),
        ("a1 NEAR/2 b1", "b1 x x a1", True),
        ("a1 NEAR/2 b1", "a1 x x x b1", False),
        ("a1 NEAR/4 b1", "a1, x – x: “b1”", True),
        ("a1 NEAR/0 b1", "a1 b1", True),
        ("a1 NEAR/0 b1", "a1 x b1", False),
        ("a1 NEAR/2 b1", "a1 x x x b1 x x x a1 b1", True),
        ('"x a1" NEAR/1 b1', "x a1 y b1", True),
        ('"a1 x" NEAR/1 b1', "a1 x y b1", True),
        ("a1 NEAR/2 b1 NEAR/2 c1", "a1 b1 c1", True),
        ("a1 NEAR/2 b1 NEAR/2 c1", "a1 b1 x x x c1", False),
        ("(a1 AND b1) NEAR/1 c1", "a1 x c1 x b1", True),
        ("(a1 AND b1) NEAR/1 c1", "a1 x c1 x x b1", False),
        ("(a1 OR (b1 AND d1)) NEAR/1 c1", "b1 c1 x x x d1", False),
        ("(a1 OR (b1 AND d1)) NEAR/1 c1", "b1 c1 d1", True),
        ("(a1 OR b1) NEAR/1 c1", "a1 x x x b1 c1", True),
        ("@army NEAR/3 @sports", "special forces in a league", True),
        ("북한 NEAR/1 파병", "북한의 파병", True),
        ("북한 NEAR/1 파병", "북한의는이 파병", False),
    ],
)
def test_near_asks_for_at_most_so_many_words_between(
    expression: str, title: str, *, hit: bool
) -> None:
    assert hits(expression, title, lang="en" if title.isascii() else "ko") is hit


@pytest.mark.parametrize(
    ("expression", "title", "text", "hit"),
    [
        ("a1 NEAR/3 b1", "x a1", "x x b1", True),  # the border is half a word
        ("a1 NEAR/2 b1", "x a1", "x x b1", False),
        ("b1 NEAR/3 a1", "x a1 x", "x b1", True),
        ("a1 NEAR/9 b1", "a1", "Far. Then b1", False),
        ("a1 SENTENCE b1", "a1 x", "x x b1. X", True),
        ("a1 SENTENCE b1", "a1 x", "Far. The b1", False),
        ("title:(a1 NEAR/9 b1)", "a1", "b1", False),
        ("a1 NEAR/2 b1 NEAR/1 c1", "a1", "b1 c1", True),
        ("a1 NOT NEAR/3 b1", "x a1", "x x b1", False),
        ("a1 NOT NEAR/2 b1", "x a1", "x x b1", True),
        ("a1 NOT SENTENCE b1", "a1 x", "x x b1. X", False),
    ],
)
def test_a_distance_reaches_from_the_title_into_the_first_sentence_of_the_text(
    expression: str, title: str, text: str, *, hit: bool
) -> None:
    assert hits(expression, title, text) is hit


@pytest.mark.parametrize(
    "expression",
    ["(lang:ru AND a1) OR b1", "(a1 AND publisher:Other) OR b1", "(a1 AND NOT lang:en) OR b1"],
)
def test_a_filter_of_one_alternative_makes_no_near_misses(expression: str) -> None:
    assert matched(expression, article("a1", lang="en")) is None
    assert hits(expression, "b1", lang="en")


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("An a1 of a b1.", True),
        ("An a1 is. A b1 is.", False),
        ("An a1 is! Then the b1.", False),
        ("An a1, said Gen. Smith of b1.", True),
        ("On Jan. 5 an a1 of Prof. Smith was a b1.", True),
        ("Ein a1 am 15. Oktober bei b1.", True),
        ("An a1 of 15. Of b1.", False),
        ("An a1... Of b1.", False),
        ("An a1 of 3.5 for a b1.", True),
        ("a1 はある。b1 もある。", False),
        ("В a1 есть 5 тыс. Человек b1 тут.", True),
    ],
)
def test_sentence_asks_for_one_sentence(text: str, *, hit: bool) -> None:
    assert hits("a1 SENTENCE b1", "Title", text) is hit


def test_a_long_row_of_dots_is_read_at_once() -> None:
    with less_than(5):  # quadratic, it took minutes
        assert hits("a1 SENTENCE b1", "Title", f"a1 {'.' * 100_000}x b1")


def test_a_title_is_one_sentence() -> None:
    assert hits("a1 SENTENCE b1", "The a1 came. A b1 went.")


# ── guards nearby ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "title", "text", "hit"),
    [
        ("a1 NOT NEAR/1 b1", "a1", "", True),
        ("a1 NOT NEAR/1 b1", "a1 b1", "", False),
        ("a1 NOT NEAR/1 b1", "a1 x x b1", "", True),
        ("a1 NOT SENTENCE b1", "Title", "The a1. The b1.", True),
        ("a1 NOT SENTENCE b1", "Title", "The a1, the b1.", False),
        ("a1 NOT NEAR/1 b1", "a1", "a1 b1", True),
        ("a1 NOT NEAR/1 b1", "a1 b1", "a1", False),
        ("a1 NOT NEAR/1 b1", "a1 b1 x x x x a1", "", True),
        ("a1 NOT NEAR/1 b1", "Title", "a1 b1 x x x x x a1 x x x x a1 b1", False),
        ("a1 NOT NEAR/1 b1", "Title", "a1 b1 x x x x x a1", True),
        ("a1 NOT NEAR/1 (b1 OR c1)", "a1 c1", "", False),
        ("a1 NEAR/2 c1 NOT NEAR/1 b1", "c1 a1 b1", "", False),
        ("a1 NEAR/2 (c1 NOT NEAR/1 b1)", "a1 x c1 b1", "", False),
    ],
)
def test_a_guard_nearby_cancels_a_place_and_the_article_where_it_outweighs(
    expression: str, title: str, text: str, *, hit: bool
) -> None:
    assert hits(expression, title, text) is hit


def test_what_a_guard_leaves_is_all_that_scores() -> None:
    assert score("a1 NOT NEAR/1 b1", "Title", "a1 x x x a1 b1") == 0.7
    assert score("a1", "Title", "a1 x x x a1 b1") == 0.91


# ── title and filters ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "title", "text", "hit"),
    [
        ("title:a1", "a1", "", True),
        ("title:a1", "x", "a1", False),
        ("title:(a1 OR b1)", "b1", "a1", True),
        ("title:(a1 AND b1)", "a1 b1", "", True),
        ("title:(a1 AND b1)", "a1", "b1", False),
        ("title:a1 AND b1", "a1", "b1", True),
        ("title:(a1 NEAR/1 b1)", "a1 b1", "", True),
        ("title:(a1 NEAR/1 b1)", "a1", "a1 b1", False),
        ("title:@army", "Two soldiers", "", True),
        ("a1 NOT NEAR/3 title:b1", "Title", "a1 b1", True),
    ],
)
def test_title_asks_for_places_in_the_title(
    expression: str, title: str, text: str, *, hit: bool
) -> None:
    assert hits(expression, title, text) is hit


@pytest.mark.parametrize(
    ("filter_", "hit"),
    [
        ("lang:de", True),
        ("lang:DE", True),
        ("lang:(ru OR de)", True),
        ("lang:ru", False),
        ("NOT lang:ru", True),
        ("NOT lang:de", False),
        ('publisher:"New Desk"', True),
        ('publisher:"new desk"', True),
        ("publisher:New", False),
        ("kind:state", True),
        ("kind:(wire OR blog)", False),
        ("(kind:state OR lang:ru)", True),
    ],
)
def test_a_filter_asks_for_a_language_a_publisher_or_a_kind(filter_: str, *, hit: bool) -> None:
    where = {"lang": "de", "publisher": "New Desk", "kind": "state"}
    assert hits(f"a1 AND {filter_}", "a1", **where) is hit
    assert hits(f"{filter_} AND a1", "a1", **where) is hit


@pytest.mark.parametrize(
    ("filter_", "hit"),
    [
        ("severity:severe", True),
        ("severity:(moderate OR minor)", False),
        ('near:"Kursk 200km"', True),
        ('near:"kursk 20 km"', False),
        ('near:"51.2,35.3 30km"', True),
        ('near:("0,0 1km" OR "Kursk 200km")', True),
        ('NOT near:"Kursk 200km"', False),
    ],
)
def test_a_filter_asks_how_severe_an_event_is_and_how_far(filter_: str, *, hit: bool) -> None:
    assert hits(f"a1 AND {filter_}", "a1", severity="severe", point=(51.19, 35.27)) is hit


def test_an_event_without_a_place_is_near_nothing() -> None:
    assert not hits('a1 AND near:"Kursk 9999km"', "a1")


@pytest.mark.parametrize(
    ("filter_", "advice"),
    [
        ("near:Kursk", "expected a place and a distance"),
        ('near:"Atlantis 20km"', "Atlantis is no place with known coordinates"),
    ],
)
def test_a_distance_that_cannot_be_read_says_what_to_write(filter_: str, advice: str) -> None:
    with pytest.raises(ExpressionError, match=advice):
        hits(f"a1 AND {filter_}", "a1")


# ── scores ────────────────────────────────────────────────────────────────────────────────────


def test_a_place_weighs_less_the_later_it_comes() -> None:
    texts = ["a1", late("a1", 40), late("a1", 200), late("a1", 300), late("a1"), late("a1", 2_000)]
    scores = [score("a1", "a1"), *(score("a1", "x", text) for text in texts)]
    assert scores[:3] == [TITLE, LEAD, LEAD]
    assert LEAD > score("a1", "x", "word " * 90 + "a1" + " word" * 400) > END
    assert scores[-2:] == [END, END]
    assert scores == sorted(scores, reverse=True)


def test_places_add_up_as_independent_chances_do() -> None:
    two = pytest.approx(1 - (1 - END) ** 2)
    assert score("a1", "x", late("a1 a1")) == two
    assert score("a1 OR b1", "x", late("a1 b1")) == two


def test_a_word_counts_once_however_many_terms_find_it() -> None:
    assert score("soldier OR @army OR soldi*", "x", late("soldiers")) == END


def test_and_takes_the_lower_score_and_or_the_score_of_an_and_as_it_is() -> None:
    assert score("a1 AND b1", "a1", late("b1")) == END
    assert score("c1 OR (a1 AND b1)", "a1", late("b1")) == END


def test_what_is_near_scores_as_the_weaker_of_both() -> None:
    text = "word " * 98 + "a1 x x b1" + " word" * 400
    assert score("a1 NEAR/9 b1", "x", text) == score("b1", "x", text) < score("a1", "x", text)


@pytest.mark.parametrize(
    ("threshold", "hit"), [(0.001, True), (0.3, True), (0.31, False), (0.5, False), (1.0, False)]
)
def test_a_hit_has_a_score_of_at_least_the_threshold(threshold: float, *, hit: bool) -> None:
    match = matched("a1", article("x", late("a1")), threshold=threshold)
    assert (match is not None and match.is_hit) is hit


def test_the_highest_threshold_is_met_in_the_title() -> None:
    match = matched("a1 AND b1", article("a1 b1"), threshold=1.0)
    assert match is not None
    assert (match.is_hit, match.score) == (True, 1.0)


@examples
@given(
    words=st.lists(st.sampled_from(["a1", "b1", "x", "x", "."]), max_size=30).map(" ".join),
    expression=st.sampled_from(
        ["a1", "a1 AND b1", "a1 OR b1", "a1 NEAR/2 b1", "a1 SENTENCE b1", "a1 NOT NEAR/1 b1"]
    ),
)
def test_a_score_is_between_nothing_and_one_and_more_places_never_lower_it(
    words: str, expression: str
) -> None:
    assert 0 <= score(expression, "", words) <= 1
    if "NOT" not in expression:
        assert score(expression, "", words) <= score(expression, "", f"{words} a1 b1")


# ── near misses ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "title", "text", "reason"),
    [
        ("a1 NEAR/2 b1", "a1 x x x b1", "", "“a1” and “b1” stand 3 words apart (NEAR/2)"),
        ("a1 NEAR/0 b1", "a1 x b1", "", "“a1” and “b1” stand 1 word apart (NEAR/0)"),
        ("a1 NEAR/2 b1", "b1 x x x A1", "", "“A1” and “b1” stand 3 words apart (NEAR/2)"),
        ("a1 NEAR/2 b1", "", "a1 x x x x b1 x x x a1",
         "“a1” and “b1” stand 3 words apart (NEAR/2)"),
        ("a1 NEAR/2 b1", "a1", "x far. Then b1",
         "“a1” and “b1” are in the title and after the first sentence of the text"),
        ("a1 NEAR/2 b1", "a1 x", "y b1", "“a1” and “b1” stand 2.5 words apart (NEAR/2)"),
        ("(lang:ru AND c1) OR a1 NEAR/1 b1", "c1 a1 x x b1", "",
         "“a1” and “b1” stand 2 words apart (NEAR/1)"),
        ("a1 SENTENCE b1", "x", "The a1. The b1.", "“a1” and “b1” are in two sentences"),
        ("북한 NEAR/4 파병", "북한 가나다라마바사아자 파병", "",
         "“북한” and “파병” stand 4.5 words apart (NEAR/4)"),
        ("a1 NOT NEAR/2 b1", "a1 b1", "", "cancelled by “b1” (NEAR/2)"),
        ("a1 NOT SENTENCE (b1 OR c1)", "a1 b1 c1", "", "cancelled by “b1”, “c1” (SENTENCE)"),
        ("a1 AND NOT b1", "a1 B1", "", "cancelled by “B1”"),
        ("a1 AND NOT b1 AND NOT c1", "a1 b1 c1", "", "cancelled by “b1”; cancelled by “c1”"),
        ("a1 AND NOT lang:en", "a1", "", "cancelled by lang:en"),
        ("a1 AND lang:ru", "a1", "", "lang is en, not ru"),
        ("a1 AND lang:(ru OR uk)", "a1", "", "lang is en, not ru or uk"),
        ("a1 AND publisher:Other", "a1", "", "publisher is Example, not Other"),
        ("a1 AND kind:state", "a1", "", "kind is wire, not state"),
        ("a1 AND kind:state AND NOT b1", "a1 b1", "", "kind is wire, not state; cancelled by “b1”"),
        ("title:a1", "x", "a1", "a1 is not in the title"),
        ("title:(a1 AND b1)", "a1", "b1", "b1 is not in the title"),
        ("a1 AND b1 AND c1", "a1 c1", "", "lacks b1"),
        ("a1 AND (b1 OR d1) AND @army", "a1 soldiers", "", "lacks b1 OR d1"),
        ("a1 NEAR/2 b1 AND c1 AND d1", "a1 c1 d1", "", "lacks a1 NEAR/2 b1"),
        ("a1", "x", late("a1"), "only in passing: score 0.30, the topic asks 0.5"),
        ("a1 AND b1", "a1", late("b1"), "only in passing: score 0.30, the topic asks 0.5"),
    ],
)  # fmt: skip
def test_a_near_miss_says_what_was_in_the_way(
    expression: str, title: str, text: str, reason: str
) -> None:
    assert near_miss(expression, title, text) == reason


@pytest.mark.parametrize(
    ("expression", "title"),
    [
        ("a1 AND b1", "a1"),
        ("a1 AND b1 AND c1", "a1"),
        ("a1 NEAR/2 b1", "a1"),
        ("a1 AND b1 AND c1 AND NOT d1", "a1 b1 d1"),
        ("a1 AND b1 AND c1 AND lang:ru", "a1 b1"),
        ("(b1 OR NOT c1) AND (d1 OR lang:en) AND a1", "x"),
    ],
    ids=["one of two", "one of three", "one side", "guarded", "filtered", "asks for one word"],
)
def test_what_lacks_more_is_no_near_miss(expression: str, title: str) -> None:
    assert matched(expression, article(title)) is None


def test_what_lacks_a_part_and_holds_the_others_in_passing_is_no_near_miss() -> None:
    assert near_miss("a1 AND b1 AND c1", "a1", late("b1")) == "lacks c1"
    assert matched("a1 AND b1 AND c1", article("a1", late("b1")), threshold=0.7) is None


def test_an_article_with_the_anchor_alone_is_a_near_miss() -> None:
    assert near_miss("a1 AND b1", "z1", anchor="z1") == "only the anchor z1"
    assert (
        near_miss("a1 AND b1", "a1 x z1", anchor="a1 NEAR/2 z1") == "only the anchor a1 NEAR/2 z1"
    )
    assert near_miss("a1 AND b1", "a1", anchor="a1 NEAR/2 z1") == ""
    assert near_miss("a1 AND b1", "x", late("z1"), anchor="z1 AND x") == "only the anchor z1 AND x"


def test_an_anchor_makes_no_hit_and_hinders_none() -> None:
    match = matched("a1", article("a1 z1"), anchor="z1")
    assert match is not None
    assert match.is_hit


def test_a_topic_that_asks_little_has_near_misses_further_off() -> None:
    assert matched("a1", article("x", late("a1")), threshold=0.9) is None
    match = matched("a1", article("x", late("a1")), threshold=0.6)
    assert match is not None
    assert match.reason == "only in passing: score 0.30, the topic asks 0.6"


# ── evidence ──────────────────────────────────────────────────────────────────────────────────


def evidence(expression: str, title: str, text: str = "") -> list[tuple[str, str, str]]:
    """What was found: the term, the words, and their sentence."""
    match = matched(expression, article(title, text))
    assert match is not None
    fields = {"title": title, "text": text}
    return [
        (
            e.term,
            fields[e.field][e.start : e.end],
            fields[e.field][e.sentence_start : e.sentence_end].strip(),
        )
        for e in match.evidence
    ]


def test_evidence_is_what_made_an_expression_true_with_its_sentence() -> None:
    text = "It rained. Two soldiers, N. Korea said. A b1 came! Then 🚀 it ended."
    assert evidence("@army AND b1", "Title", text) == [
        ("@army", "soldiers", "Two soldiers, N. Korea said."),
        ("b1", "b1", "A b1 came!"),
    ]


def test_the_sentence_of_a_title_is_the_title_up_to_its_stop() -> None:
    assert evidence("a1", "The a1") == [("a1", "a1", "The a1")]


def test_places_that_are_too_far_apart_are_no_evidence() -> None:
    found = evidence("a1 NEAR/1 b1", "a1 x x x x x a1 b1")
    assert [words for _, words, _ in found] == ["a1", "b1"]


def test_cancelled_places_are_no_evidence() -> None:
    match = matched("a1 NOT NEAR/1 b1", article("a1 x x x x x", "a1 b1"))
    assert match is not None
    assert [each.field for each in match.evidence] == ["title"]


def test_the_evidence_of_a_guarded_near_miss_holds_the_guard() -> None:
    assert [words for _, words, _ in evidence("a1 AND NOT b1", "a1 b1")] == ["a1", "b1"]


def test_evidence_is_named_as_the_expression_has_it() -> None:
    terms = ['"a1"', "=Bee", "cat*", "@army"]
    found = evidence(" AND ".join(terms), "a1 Bee cats soldiers")
    assert [term for term, _, _ in found] == terms


@examples
@given(st.text(st.sampled_from("a1 .?!\n。북한🚀x\u0301"), max_size=60))
def test_evidence_lies_within_its_sentence(text: str) -> None:
    match = matched("a1 OR 북", article("a1", text))
    assert match is not None
    for each in match.evidence:
        length = len(text if each.field == "text" else "a1")
        assert 0 <= each.sentence_start <= each.start < each.end <= length
        assert each.start < each.sentence_end <= length


# ── the prefilter ─────────────────────────────────────────────────────────────────────────────

PARTS = st.sampled_from(
    [
        "a1",
        "b1",
        "c1",
        '"a1 b1"',
        "=C1",
        "a*",
        "@army",
        "title:a1",
        "a1 NEAR/1 b1",
        "b1 SENTENCE c1",
        "a1 NOT NEAR/1 b1",
        "(a1 OR NOT b1)",
        "(c1 OR lang:ru)",
        "NOT c1",
        "lang:en",
        "(a1 OR b1)",
        "(b1 OR c1 AND a1)",
        "NOT (a1 AND lang:en)",
    ]
)
TEXTS = st.lists(st.sampled_from(["a1", "b1", "C1", "d1", "soldiers", "x", "."])).map(" ".join)


@examples
@given(
    expression=st.lists(PARTS, max_size=4)
    .flatmap(lambda parts: st.permutations(["d1", *parts]))
    .map(" AND ".join),
    title=TEXTS,
    text=TEXTS,
)
def test_the_prefilter_loses_no_hit_and_no_near_miss(
    expression: str, title: str, text: str
) -> None:
    matcher = Matcher(pack([Topic("t", "T", match=expression)], SETS))
    where = [article(title, text)]
    assert matcher.match(where) == matcher.match(where, prefilter=False)


@pytest.mark.parametrize(
    ("before", "after", "weight"),
    [
        (0, 0, 0.7),  # the lead
        (39, 200, 0.7),
        (89, 0, 0.304),  # the end of a text
        (499, 0, 0.301),
        (64, 0, 0.508),  # half-way from the lead to where a short text would end
        (499, 500, 0.301),  # a long text weighs no more from the 500th word on
    ],
)
def test_a_place_weighs_the_less_the_later_it_stands(
    before: int, after: int, weight: float
) -> None:
    text = " ".join(["x"] * before + ["a1"] + ["y"] * after)
    where = article("Nothing", text, lang="en")
    [[match]] = matcher_for(pack([Topic("t", "T", match="a1", threshold=0.1)])).match([where])
    assert match.score == pytest.approx(weight, abs=0.01)


def test_a_place_in_the_title_weighs_one() -> None:
    where = article("a1", "", lang="en")
    [[match]] = matcher_for(pack([Topic("t", "T", match="a1")])).match([where])
    assert match.score == 1


@pytest.mark.parametrize(
    ("title", "hit"), [("a1 3,000 b1", True), ("a1 3.5 b1", True), ("a1 3, 5 b1", False)]
)
def test_a_number_is_one_word_with_its_commas(title: str, *, hit: bool) -> None:
    where = article(title, "", lang="en")
    [matches] = matcher_for(pack([Topic("t", "T", match="a1 NEAR/1 b1")])).match([where])
    assert any(match.is_hit for match in matches) is hit


def test_nested_distances_between_many_words_cost_little() -> None:
    words = list("abcdefghi")
    expression = any_of = f"({' OR '.join(words)})"
    for _ in range(8):
        expression = f"({expression} NEAR/20 {any_of})"
    with less_than(seconds=1.5):
        assert hits(expression, "", " ".join(words * 1_000))
