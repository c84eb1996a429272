"""The marks that belong to the letter before them."""

from __future__ import annotations

import re
import unicodedata

from monitor.matching.language.tokens import marks


def test_the_marks_are_all_combining_marks_of_unicode_up_to_its_symbols() -> None:
    found = re.compile(f"[{marks()}]")
    for point in range(0x300, 0x1F000):
        is_mark = unicodedata.category(chr(point)) in {"Mn", "Mc"}
        assert bool(found.match(chr(point))) is is_mark, hex(point)
