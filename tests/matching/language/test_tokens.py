"""The marks that belong to the letter before them."""

from __future__ import annotations

import re
import unicodedata

from monitor.matching.language.letters import folded, may_fold
from monitor.matching.language.tokens import marks


def test_the_marks_are_all_combining_marks_of_unicode_up_to_its_symbols() -> None:
    found = re.compile(f"[{marks()}]")
    for point in range(0x300, 0x1F000):
        is_mark = unicodedata.category(chr(point)) in {"Mn", "Mc"}
        assert bool(found.match(chr(point))) is is_mark, hex(point)


def test_a_letter_that_is_folded_makes_its_text_one_that_may_be() -> None:
    words = (f"a{chr(point)}b" for point in range(0x80, 0x20000))
    assert [word for word in words if folded(word) != word and not may_fold(word)] == []
