"""Headlines without their reissue tags: `(2nd LD)`, `[속보]`, `UPDATE 2-`. Pure.

Agencies send the same report several times under such tags, which `headlines.toml` lists.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from monitor.text.normalize import digest, title_form

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _tag_pattern() -> re.Pattern[str]:
    """Compile the tags of `headlines.toml`, at the beginning or at the end of a headline."""
    reissued = _DATA["reissued"]
    bare = f"(?:{'|'.join(reissued['bare'])})"
    bracketed = f"{reissued['open']}(?:{'|'.join(reissued['bracketed'])}){reissued['close']}"
    first = rf"\A(?:{bracketed}|{bare}{reissued['then']})[\s:–—-]*"
    last = rf"(?:(?<!\s)\s*{bracketed}|[-–—|.:]\s{bare})\s*\Z"
    return re.compile(f"{first}|{last}", re.IGNORECASE)


_TAG = _tag_pattern()
_MOST_TAGS = 8  # tags removed; a hostile headline has thousands, and each costs a full search


def headline_key(title: str) -> bytes:
    """Return the digest of a headline without its reissue tags."""
    return digest("title", title_form(reissue(title)))


def reissue(title: str) -> str:
    """Return a headline without its reissue tags; a headline of nothing but tags is not emptied."""
    for _ in range(_MOST_TAGS):
        stripped = _TAG.sub("", title).strip()
        if stripped in {title, ""}:
            break
        title = stripped
    return title
