"""Term sets against each other: no name of one language is a common word of another.

`scripts/find_collisions.py` asks the dictionaries of 26 languages, which takes minutes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from monitor.matching.terms.belonging import EVERYWHERE, languages_for, relatives
from monitor.matching.terms.termsets import library, read_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.matching.language.expression import Term

_SAME_MEANING = {("diplomacy", "united_states"), ("united_states", "diplomacy")}


def single_words() -> Iterator[tuple[str, str, Term]]:
    """Yield (subject, language, term) of each term of one word that is found in any case."""
    for name, term_set in library().items():
        for lang, written in term_set.terms:
            term = read_term(written, lang)
            if term.text.isalpha() and not (term.cancels or term.begins or term.cased):
                yield name.partition(".")[0], lang, term


def common_words() -> dict[str, set[tuple[str, str]]]:
    """Return (subject, language) of each word that is written small."""
    words = defaultdict(set)
    for subject, lang, term in single_words():
        if term.text.islower():
            words[term.text].add((subject, lang))
    return words


def test_no_name_that_crosses_borders_is_a_common_word_elsewhere() -> None:
    words = common_words()
    wrong = [
        (term.text, subject, lang, other)
        for subject, lang, term in single_words()
        if not term.text.islower() and languages_for(term, term.text, lang) == EVERYWHERE
        and not (term.text.isupper() and term.text.isascii())
        for other, _ in words.get(term.text.lower(), ())
        if other != subject and (subject, other) not in _SAME_MEANING
    ]  # fmt: skip
    assert wrong == []


def test_no_name_is_a_common_word_of_its_own_language() -> None:
    words = common_words()
    wrong = [
        (term.text, subject, lang, other)
        for subject, lang, term in single_words()
        if term.text[0].isupper() and not term.text.isupper() and lang != "de"
        for other, used_in in words.get(term.text.lower(), ())
        if other != subject and used_in in relatives(lang) and (subject, other) not in _SAME_MEANING
    ]
    assert wrong == []
