"""The prefilter leaves out nothing: with it and without it, the same is found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from amounts import many, sample
from fakes import article
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.matching.compile import pack
from monitor.matching.language.refusal import ExpressionError
from monitor.matching.language.tokens import tokens
from monitor.matching.matcher import matcher_for
from monitor.matching.prefilter import Prefilter, loose, loose_of_each, pack_prefilter
from monitor.matching.terms.termsets import TermSet
from monitor.model import Article, Topic

if TYPE_CHECKING:
    from collections.abc import Callable

examples = settings(derandomize=True, max_examples=many(300), deadline=None)

WORDS = (
    "Kursk", "troops", "UN", "un", "ICBM", "de-escalation", "escalation", "U.S.", "F-16", "naïve",
    "Курск", "ещё", "об'єкт", "İran", "ırak", "Straße", "ΟΔΟΣ", "북한", "북", "병사", "北朝鮮",
    "軍", "火星17", "كورسك", "إيران", "उत्तर", "की",
)  # fmt: skip
JOINTS = (" ", "  ", "-", "\u2011", "'", "’", "ʼ", ", ", ". ", "! ", "\u0301 ", "_", "/", "\n", "")
SETS = {
    "army": TermSet("army", (("en", "troops"), ("ru", "Курск"), ("ko", "!북한"), ("", "Stra*"))),
    "place": TermSet("place", (("en", "Kursk"), ("ja", "北朝鮮"), ("", "=UN")), ("army",)),
}

words = st.sampled_from(WORDS)
terms = st.one_of(
    words.map('"{}"'.format),
    words.map('="{}"'.format),
    words.map('"{}*"'.format),
    st.tuples(words, st.sampled_from(" -"), words).map(lambda parts: f'"{"".join(parts)}"'),
    st.sampled_from(["troops", "=UN", "Курск", "@army", "@place", "ICBM"]),
)
joins = ("AND", "OR", "NEAR/0", "NEAR/3", "SENTENCE", "NOT NEAR/1", "NOT SENTENCE")
guards = ("AND NOT", "OR NOT", "AND lang:ru OR", "AND kind:(wire OR blog) AND")


def joined(inner: st.SearchStrategy[str], by: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from(by), inner).map(lambda found: f"({' '.join(found)})")


placed = st.recursive(
    terms, lambda inner: joined(inner, joins) | inner.map("title:({})".format), max_leaves=5
)
expressions = st.recursive(
    placed, lambda inner: joined(inner, ("AND", "AND", "OR", *guards)), max_leaves=4
)
topics = st.builds(
    Topic,
    id=st.uuids().map(str),
    title=st.just("t"),
    match=expressions,
    anchor=placed | st.just(""),
    threshold=st.sampled_from([0.1, 0.5, 0.9]),
)


def stressed(word: str) -> str:
    return f"{word[0]}\u0301{word[1:]}"


CHANGES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title, stressed)
written = st.builds(lambda word, change: change(word), words, st.sampled_from(CHANGES))
texts = st.lists(
    st.tuples(written | st.sampled_from(["и", "a", "1"]), st.sampled_from(JOINTS)), max_size=12
).map(lambda found: "".join(map("".join, found)))


def packed(*asked: Topic) -> bytes:
    """Pack topics; those that the grammar refuses are no examples."""
    try:
        return pack(asked, SETS)
    except ExpressionError:
        assume(condition=False)
        raise


@examples
@given(
    st.lists(topics, min_size=1, max_size=4),
    st.lists(st.builds(article, texts, texts), min_size=1, max_size=4),
    st.sampled_from(["", "en", "ru", "ko"]),
)
@pytest.mark.unmeasured
def test_it_changes_no_match(asked: list[Topic], articles: list[Article], lang: str) -> None:
    matcher = matcher_for(packed(*asked))
    articles = [replace(each, lang=lang) for each in articles]
    assert matcher.match(articles) == matcher.match(articles, prefilter=False)


@pytest.mark.parametrize(
    ("match", "text"),
    [
        ('("a" OR "b") AND (NOT "c" OR "d")', "a"),  # hits without "c" and "d"
        ('"aa" AND ("bb" OR "cc") AND (NOT "dd" OR "ee")', "aa bb"),
        ('"aa" AND "bb" AND "cc"', "bb cc"),  # nearly: any one may be lacking
        ('"aa" AND "bb" AND "cc"', "aa cc"),
        ('"aa" AND "bb" AND "cc"', "aa bb"),
        ('"aa" NEAR/1 "bb"', "aa x y z bb"),  # nearly: too far apart
        ('title:("aa")', "aa"),
        ('"aa" NOT NEAR/3 "bb"', "aa bb"),
        ('"\u0640"', "\u0640"),  # nothing but what is left out of words
    ],
)
def test_what_a_topic_may_lack_does_not_hide_it(match: str, text: str) -> None:
    matcher = matcher_for(packed(Topic("t", "t", match=match)))
    found = matcher.match([article("x", text)])
    assert found == matcher.match([article("x", text)], prefilter=False)
    assert found != [()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "  "),
        ("Kursk", " kursk "),
        ("North  Korea's\ntroops!", " north korea s troops "),
        ("Hwasong‑19, “F-16”", " hwasong 19 f 16 "),
        ("snake_case", " snake case "),
        ("Ку\u0301рск и ещё", " курск и еще "),
        ("İRAN ırak", " iran irak "),
        ("ΟΔΟΣ", " οδοσ "),
        ("обʼєкт", " об єкт "),
        ("北朝鮮 軍、火星17", " 北朝鮮軍火星 17 "),
        ("북한이 ICBM을", " 북한이 icbm 을 "),
        ("إيران", " ايران "),
    ],
)
def test_loose(text: str, expected: str) -> None:
    assert loose(text) == expected


@pytest.mark.parametrize("block", sample(range(0, 0x20000, 0x4000), every=4))
def test_equal_words_are_equally_loose(block: int) -> None:
    """Of each character: what the matcher takes for the same word, the prefilter does."""
    for point in range(block, block + 0x4000):
        for text in (f"a{chr(point)}b", f"北{chr(point)}軍", f" {chr(point)} "):
            folded = " ".join(tokens(text)[0]).lower()
            assert loose(folded).split() == loose(text).split(), hex(point)


@examples
@given(texts, texts, texts)
@example("북", "한", " ")
def test_a_form_is_found_where_its_words_stand(before: str, form: str, after: str) -> None:
    assume(any(character.isalnum() for character in form))
    text = f"{before} {form} {after}"
    words = loose_of_each([form])
    whole, begun = (pack_prefilter([(form, begins, 7)], words) for begins in (False, True))
    assert Prefilter(whole)(text) == {7}
    assert Prefilter(begun)(f"{before} {form}") == {7}


@pytest.mark.parametrize("title", [
    "Drone attack on Kursk", "DRONE ATTACK ON KURSK", "Kursk", "Drone attack on Odesa",
    "Атака дронов на Курск", "쿠르스크 공습", "Nothing of that kind", "",
])  # fmt: skip
def test_topics_filed_under_few_words_find_the_same_as_without_the_prefilter(title: str) -> None:
    """The set of attacks has many times the forms of the place that the topic is filed under."""
    topic = Topic("t", "T", match="@kursk NEAR/8 @attack", anchor="@kursk")
    matcher = matcher_for(pack([topic]))
    found, every = (
        matcher.match([article(title, lang="")], prefilter=way) for way in (True, False)
    )
    assert found == every
    assert bool(found[0]) is ("KURSK" in title.upper() or "КУРСК" in title.upper()
                              or "쿠르스크" in title)  # fmt: skip
