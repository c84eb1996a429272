"""The nearest place is found without comparing each place with each."""

from __future__ import annotations

from amounts import many
from fakes import article
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.language.expression import SENTENCE
from monitor.matching.neighbours import Neighbours, is_near
from monitor.matching.tokenized import Span, TokenizedArticle, TokenizedField

TEXT = "One two, three. Four: five six; seven (eight) nine. 북한군 ten 3,000 eleven " * 4
ARTICLE = article("One two three four five", TEXT)
FIELDS = (TokenizedField("title", ARTICLE.title), TokenizedField("text", ARTICLE.text))
TOKENIZED = TokenizedArticle(ARTICLE, FIELDS, ())


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A place of one to twelve words."""
    number = draw(st.integers(0, 1))
    last = len(FIELDS[number].words)
    start = draw(st.integers(0, last - 1))
    return Span(number, start, min(start + draw(st.integers(1, 12)), last), 1.0, ())


@settings(derandomize=True, max_examples=many(300), deadline=None)
@given(spans(), st.lists(spans(), max_size=30), st.sampled_from([SENTENCE, 0, 1, 2, 5, 20]))
def test_the_nearest_is_that_of_all_pairs(place: Span, others: list[Span], words: int) -> None:
    near = [each for each in others if is_near(place, each, words, TOKENIZED)]
    not_itself = [each for each in near if each[:3] != place[:3]]
    nearest = min(not_itself, key=lambda each: _away(place, each), default=None)
    found = Neighbours(others, words, TOKENIZED)
    assert found.nearest(place) == nearest
    assert found.has_near(place) == bool(near)


def _away(place: Span, other: Span) -> tuple[bool, int, int]:
    """How far a place begins from another; one of the other field is nearest at the border."""
    if other.field == place.field:
        return (False, abs(other.start - place.start), other.start)
    return (True, other.start if other.field else -other.start, 0)
