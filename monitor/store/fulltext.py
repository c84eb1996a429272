"""How text is split for SQLite's full-text index, and a query for it. Pure.

The index splits at what is not a letter or digit, so Chinese, Japanese and Korean are given to
it a character at a time, and asked for as a phrase. Other words are asked for by their beginning,
so that `солдат` finds `солдаты`.
"""

from __future__ import annotations

import re
import unicodedata

from monitor.text.scripts import CJK

_SOME = re.compile(f"[{CJK}]+")
_WORD = re.compile(rf"(?:(?=\w)[{CJK}])+|[^\W_{CJK}]+")  # 、 and the wide space part words


def split(text: str) -> str:
    """Return `text` with a space around each CJK character."""
    return text if text.isascii() else _SOME.sub(lambda found: f" {' '.join(found[0])} ", text)


def query(words: str) -> str:
    """Return an FTS5 query for articles that hold all the words; "" if there are none."""
    terms = []
    for word in _WORD.findall(unicodedata.normalize("NFC", words)):
        if _SOME.match(word):
            terms.append(f'"{split(word).strip()}"')
        else:
            terms.append(f'"{word}"*')
    return " ".join(terms)
