"""Many forms at once become what each becomes alone."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.language.proclitics import SIGNS
from monitor.matching.language.tokens import tokens
from monitor.matching.prefilter import loose, loose_of_each, pack_prefilters
from monitor.matching.tables import tokens_of_each

_LETTERS = "abİıſKßẞéüёЁйіΆςΣאםהاأىکـ北한カｶﾞｱกខ１２Ⅳ²ⓐ𝐀ﬁʼ'’-–_#.\u0301\u064b\u0903क\u0300 \n\t"
_any = st.characters(exclude_characters=SIGNS)
forms = st.lists(st.one_of(st.text(_LETTERS, max_size=8), st.text(_any, max_size=4)))


@given(forms)
def test_forms_have_the_tokens_of_their_words(some: list[str]) -> None:
    alone = {form: [tokens(word)[0] for word in form.split(" ")] for form in some}
    assert tokens_of_each(some) == {
        form: " ".join(chain.from_iterable(each)).lower() for form, each in alone.items()
    }


@given(forms)
def test_forms_have_the_loose_form_of_their_words(some: list[str]) -> None:
    alone = {form: "".join(map(loose, form.split(" "))) for form in some}
    assert loose_of_each(some) == {form: " ".join(each.split()) for form, each in alone.items()}


def test_the_sign_of_proclitics_stays_before_a_form() -> None:
    signed = [f"{sign}أرض، ثانية" for sign in SIGNS]
    assert tokens_of_each(signed) == {form: f"{form[0]}ارض ، ثانية" for form in signed}
    assert loose_of_each(signed) == {form: f"{form[0]}ارض ثانية" for form in signed}


def test_prefilters_that_are_packed_together_are_those_packed_alone() -> None:
    lists = [[("Kursk region", False, 0), ("북한", False, 1)], [("Kursk", True, 0)], []]
    assert pack_prefilters(lists) == [pack_prefilters([each])[0] for each in lists]
