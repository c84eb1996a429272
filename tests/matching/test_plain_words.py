"""Many forms at once become what each becomes alone."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from monitor.matching.language.proclitics import SIGNS
from monitor.matching.language.tokens import tokens
from monitor.matching.plain_words import tokens_of_each
from monitor.matching.prefilter import loose, loose_of_each

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


def test_the_sign_of_proclitics_stays_before_the_tokens_of_a_form() -> None:
    signed = [f"{sign}أرض، ثانية" for sign in SIGNS]
    assert tokens_of_each(signed) == {form: f"{form[0]}ارض ، ثانية" for form in signed}
    assert loose_of_each(signed) == dict.fromkeys(signed, "ارض ثانية")


def test_a_form_of_two_scripts_becomes_what_it_becomes_alone() -> None:
    mixed = ["АТACMS", "Kursk", "Украïна\nх Kyiv"]  # the first with Cyrillic letters
    assert loose_of_each(mixed) == {form: loose(form).strip() for form in mixed}
    assert tokens_of_each(mixed)["АТACMS"] == "atacms"


def test_a_word_of_a_letter_that_words_leave_out_stays() -> None:
    assert tokens_of_each(["كـم ـ"]) == {"كـم ـ": "كم ـ"}
