"""Headlines without their reissue tags: `(2nd LD)`, `[속보]`, `UPDATE 2-`. Pure.

Agencies send the same report several times under such tags, which `headlines.toml` lists.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from monitor.text.normalize import digest_of_words

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _tag_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the tags of `headlines.toml`, at the beginning and at the end of a headline."""
    reissued = _DATA["reissued"]
    bare = f"(?:{'|'.join(reissued['bare'])})"
    begin, dash = reissued["open"], r"\-–—|.:"
    bracketed = rf"\s*(?:{'|'.join(reissued['bracketed'])}){reissued['close']}"
    first = rf"(?:[{begin}]{bracketed}|{bare}{reissued['then']})[\s:–—-]*"
    # a class of characters at the beginning is searched fast
    last = rf"[{begin}{dash}](?:(?<=[{begin}]){bracketed}|(?<=[{dash}])\s{bare})\s*\Z"
    return re.compile(first, re.IGNORECASE), re.compile(last, re.IGNORECASE)


_FIRST_TAG, _LAST_TAG = _tag_patterns()
_MOST_TAGS = 8  # tags removed; a hostile headline has thousands, and each costs a full search


def headline_key(title: str) -> bytes:
    """Return the digest of a headline without its reissue tags."""
    return digest_of_words("title", reissue(title))


def reissue(title: str) -> str:
    """Return a headline without its reissue tags; a headline of nothing but tags is not emptied."""
    for _ in range(_MOST_TAGS):
        first = _FIRST_TAG.match(title)
        stripped = (title[first.end() :] if first else _LAST_TAG.sub("", title)).strip()
        if stripped in {title, ""}:
            break
        title = stripped
    return title
