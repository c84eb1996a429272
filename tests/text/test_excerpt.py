"""The piece of an article that shows why it was found."""

from __future__ import annotations

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Evidence, Excerpt, FieldName
from monitor.text.excerpt import WIDTH, changes, excerpt

examples = settings(derandomize=True, max_examples=many(100), deadline=None)


def found(text: str, *terms: str, field: FieldName = "text") -> list[Evidence]:
    """Every place of the terms in a text."""
    return [
        Evidence(term, field, at, at + len(term))
        for term in terms
        for at in range(len(text))
        if text.startswith(term, at)
    ]


def bold(shown: Excerpt) -> list[str]:
    return [shown.text[start:end] for start, end in shown.bold]


def test_a_short_text_is_shown_whole() -> None:
    text = "An ICBM was launched."
    assert excerpt("title", text, found(text, "ICBM")) == Excerpt(text, ((3, 7),))


def test_without_a_text_the_title_is_shown() -> None:
    shown = excerpt("ICBM launch", "", found("ICBM launch", "ICBM", field="title"))
    assert shown == Excerpt("ICBM launch", ((0, 4),))


def test_words_found_in_the_title_are_not_marked_in_the_text() -> None:
    shown = excerpt("ICBM launch", "The rocket flew.", found("ICBM launch", "ICBM", field="title"))
    assert shown == Excerpt("The rocket flew.", ())


def test_without_evidence_the_beginning_is_shown() -> None:
    shown = excerpt("title", "word " * 200, [])
    assert shown.text.startswith("word word")
    assert shown.text.endswith("word…")


def test_evidence_far_in_a_text_is_brought_into_view() -> None:
    text = "filler " * 300 + "an ICBM flew " + "more " * 300
    shown = excerpt("title", text, found(text, "ICBM"))
    assert bold(shown) == ["ICBM"]
    assert shown.text.startswith("…filler")
    assert shown.text.endswith("more…")


@pytest.mark.parametrize("words", range(0, 120, 7))
def test_the_first_evidence_is_shown_wherever_it_stands(words: int) -> None:
    text = "abc " * words + "intercontinental ballistic missile" + " abc" * 200
    shown = excerpt("title", text, found(text, "intercontinental ballistic missile"))
    assert bold(shown) == ["intercontinental ballistic missile"]


def test_evidence_that_is_not_shown_is_not_marked() -> None:
    text = "An ICBM " + "flew " * 300 + "ICBM " + "flew " * 300
    assert excerpt("title", text, found(text, "ICBM")).bold == ((3, 7),)


def test_evidence_at_the_very_end_is_brought_into_view_without_a_second_ellipsis() -> None:
    text = "filler " * 300 + "an ICBM"
    shown = excerpt("title", text, found(text, "ICBM"))
    assert shown.text.startswith("…filler")
    assert shown.text.endswith("an ICBM")


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    text = "あ" * 500 + "北朝鮮" + "い" * 500
    shown = excerpt("title", text, found(text, "北朝鮮"))
    assert bold(shown) == ["北朝鮮"]
    assert len(shown.text) <= WIDTH + 2


def test_words_are_not_cut_where_there_are_spaces() -> None:
    text = "elephants " * 100 + "ICBM " + "elephants " * 100
    words = set(excerpt("title", text, found(text, "ICBM")).text.strip("…").split())
    assert words == {"elephants", "ICBM"}


@pytest.mark.parametrize(
    ("terms", "marked"),
    [
        (("North Korean", "Korean troops"), ["North Korean troops"]),
        (("North Korean troops", "Korean"), ["North Korean troops"]),
        (("North ", "Korean"), ["North Korean"]),
        (("North", "troops"), ["North", "troops"]),
        (("troops", "troops"), ["troops"]),
    ],
)
def test_marks_that_overlap_or_touch_become_one(terms: tuple[str, ...], marked: list[str]) -> None:
    text = "Some North Korean troops moved."
    assert bold(excerpt("title", text, found(text, *terms))) == marked


WORDS = st.lists(st.sampled_from(["ICBM", "북한군", "a", "missile", "the", "x" * 40]), max_size=120)


@examples
@given(words=WORDS, width=st.integers(120, 300))
def test_marks_are_exactly_the_found_words_and_the_first_of_them_is_shown(
    words: list[str], width: int
) -> None:
    text = " ".join(words)
    terms = ("ICBM", "북한군")
    shown = excerpt("title", text, found(text, *terms), width)
    assert set(bold(shown)) <= set(terms)
    assert len(bold(shown)) == sum(shown.text.count(term) for term in terms)
    assert bool(bold(shown)) == any(term in text for term in terms)


@examples
@given(
    piece=st.text(max_size=40),
    times=st.integers(1, 30),
    places=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 60)), max_size=8),
    width=st.integers(20, 300),
)
def test_marks_lie_within_the_piece_in_order_and_apart_whatever_the_text(
    piece: str, times: int, places: list[tuple[int, int]], width: int
) -> None:
    text = piece * times
    evidence = [Evidence("t", "text", at, at + n) for at, n in places if at + n <= len(text)]
    shown = excerpt("a title", text, evidence, width)
    edges = [edge for span in shown.bold for edge in span]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(shown.text) for edge in edges)
    assert len(shown.text) <= width + 2
    assert shown.text.strip("…") in (text or "a title")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "8,000 troops",
            "11,000 troops",
            [("gone", "8,000"), ("new", "11,000"), ("same", "troops")],
        ),
        ("troops", "troops leave", [("same", "troops"), ("new", "leave")]),
        ("a b", "a b", [("same", "a b")]),
        (
            "one two three four five six seven eight old nine",
            "one two three four five six seven eight new nine",
            [("same", "… six seven eight"), ("gone", "old"), ("new", "new"), ("same", "nine")],
        ),
    ],
)
def test_an_edit_is_told_by_the_words_that_changed(
    old: str, new: str, told: list[tuple[str, str]]
) -> None:
    assert changes(old, new) == told


@examples
@given(st.text(), st.text())
def test_no_changed_word_is_left_out(old: str, new: str) -> None:
    found = changes(old, new)
    added = [word for kind, words in found if kind == "new" for word in words.split()]
    assert set(new.split()) - set(old.split()) <= set(added)
