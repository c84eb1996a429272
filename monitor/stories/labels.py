"""Headlines that tell nothing of an event: a date, signs, a name in capitals. Pure."""

from __future__ import annotations

import re

from monitor.stories.dates import without_days

_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST_WORDS = 3  # of a label in capitals; a headline of more words tells something


def is_label(headline: str, lang: str) -> bool:
    """Whether a headline is a label: only a date, numbers or signs, or a few words in capitals."""
    words = _WORD.findall(without_days(headline, lang))
    return not words or (len(words) <= _MOST_WORDS and "".join(words).isupper())
