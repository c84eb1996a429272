"""Where sentences end."""

from __future__ import annotations

import pytest

from monitor.matching.sentences import sentence_ends


@pytest.mark.parametrize(
    "text",
    ["Zginęło 8 tys. żołnierzy", "Пять тыс. їх солдат", "N. Korea sends troops", "Der 15. Oktober"],
)
def test_an_abbreviation_before_a_small_letter_ends_no_sentence(text: str) -> None:
    assert sentence_ends(text) == [len(text)]


def test_a_capital_after_a_full_stop_begins_a_sentence_in_any_alphabet() -> None:
    assert [len(sentence_ends(f"One two. {word}")) for word in ("Żołnierze", "Їх", "Νέα")] == [
        2
    ] * 3


def test_the_credit_of_a_picture_belongs_to_the_sentence_before_it() -> None:
    caption = "A missile leaves its silo in May 2020. (Ministry press service via AP)"
    assert sentence_ends(f"{caption} Talks go on.") == [len(caption), len(caption) + 13]
