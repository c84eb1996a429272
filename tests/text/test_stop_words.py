"""Stop words: the lists that are shipped, and that they are spaCy's."""

from __future__ import annotations

import runpy

import pytest
from conftest import ROOT

from monitor.text.stop_words import stop_words


def test_words_that_say_nothing_are_known_by_language() -> None:
    assert {"the", "of"} <= stop_words("en")
    assert "и" in stop_words("ru")
    assert "и" not in stop_words("en")


@pytest.mark.parametrize("lang", ["", "xx", "#"])
def test_a_language_without_a_list_has_none(lang: str) -> None:
    assert stop_words(lang) == frozenset()


def test_the_lists_are_those_of_spacy() -> None:
    lists = runpy.run_path(str(ROOT / "scripts" / "stop_words.py"))["lists"]()
    single = {
        lang: {word for word in words if len(word.split()) == 1} for lang, words in lists.items()
    }
    assert {lang: stop_words(lang) for lang in single} == single
