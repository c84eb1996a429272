"""The words of texts, and the marks that belong to the letter before them."""

from __future__ import annotations

import re
import tracemalloc
import unicodedata

from monitor.matching.language.letters import folded, may_fold
from monitor.matching.language.tokens import marks, tokens_of


def test_the_marks_are_all_combining_marks_of_unicode_up_to_its_symbols() -> None:
    found = re.compile(f"[{marks()}]")
    for point in range(0x300, 0x1F000):
        is_mark = unicodedata.category(chr(point)) in {"Mn", "Mc"}
        assert bool(found.match(chr(point))) is is_mark, hex(point)


def test_a_letter_that_is_folded_makes_its_text_one_that_may_be() -> None:
    words = (f"a{chr(point)}b" for point in range(0x80, 0x20000))
    assert [word for word in words if folded(word) != word and not may_fold(word)] == []


def test_the_words_of_a_long_text_hold_no_memory_afterwards() -> None:
    text = "北京" * 12_000
    tracemalloc.start()
    try:
        assert len(tokens_of(text)[0]) == 24_000
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000  # bytes
