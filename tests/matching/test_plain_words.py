"""Many words at once get the forms that each gets alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.language.tokens import tokens
from monitor.matching.prefilter import loose, loose_of_each, pack_prefilter, pack_prefilters
from monitor.matching.tables import tokens_of_each

_LETTERS = "abİıſKßẞéüёЁйіΆςΣאםהاأىکـ北한カｶﾞｱกខ１２Ⅳ²ⓐ𝐀ﬁʼ'’-–_#.\u0301\u064b\u0903क\u0300 \n\t"
words = st.lists(st.one_of(st.text(_LETTERS, max_size=6), st.text(max_size=4)))


@given(words)
def test_words_have_the_tokens_that_each_has(some: list[str]) -> None:
    alone = {word: " ".join(each.lower() for each in tokens(word)[0]) for word in some}
    assert tokens_of_each(some) == alone


@given(words)
def test_words_have_the_loose_form_that_each_has(some: list[str]) -> None:
    assert loose_of_each(some) == {word: loose(word).strip() for word in some}


def test_prefilters_that_are_packed_together_are_those_packed_alone() -> None:
    lists = [[("Kursk region", False, 0), ("북한", False, 1)], [("Kursk", True, 0)], []]
    assert pack_prefilters(lists) == [pack_prefilter(each) for each in lists]
