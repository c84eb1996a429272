"""Text and queries for SQLite's full-text index (FTS5). Pure.

FTS5's tokenizer splits at characters other than letters and digits, which finds nothing inside a
Chinese, Japanese or Korean sentence: such text is indexed a character at a time, and queried as a
phrase. Other words are queried by prefix, so that `солдат` finds `солдаты`.
"""

from __future__ import annotations

import re
import unicodedata

from monitor.text.scripts import CJK

_CJK_RUN = re.compile(f"[{CJK}]+")
_WORD = re.compile(rf"(?:(?=\w)[{CJK}])+|[^\W_{CJK}]+")  # `、` and the wide space end a word


def split(text: str) -> str:
    """Return `text` with a space around each CJK character."""
    return text if text.isascii() else _CJK_RUN.sub(lambda run: f" {' '.join(run[0])} ", text)


def query(words: str) -> str:
    """Return an FTS5 query for articles that contain all the words, "" for no words."""
    terms = []
    for word in _WORD.findall(unicodedata.normalize("NFC", words)):
        if _CJK_RUN.match(word):
            terms.append(f'"{split(word).strip()}"')
        else:
            terms.append(f'"{word}"*')
    return " ".join(terms)
