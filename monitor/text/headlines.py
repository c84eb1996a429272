"""Headlines without the marks of a text issued again. Pure."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from monitor.text.normalize import digest, title_form

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _marks() -> re.Pattern[str]:
    reissued = _DATA["reissued"]
    bare = f"(?:{'|'.join(reissued['bare'])})"
    bracketed = f"{reissued['open']}(?:{'|'.join(reissued['bracketed'])}){reissued['close']}"
    first = rf"\A(?:{bracketed}|{bare}{reissued['then']})[\s:–—-]*"
    last = rf"(?:(?<!\s)\s*{bracketed}|[-–—|.:]\s{bare})\s*\Z"
    return re.compile(f"{first}|{last}", re.IGNORECASE)


_MARKS = _marks()
_MOST_MARKS = 8  # of a headline; a hostile one has thousands, and each takes a look at all of it


def headline_key(title: str) -> bytes:
    """Return what headlines share that are the same but for marks of a text issued again."""
    return digest("title", title_form(reissue(title)))


def reissue(title: str) -> str:
    """Return a headline without the marks of a text issued again: `(2nd LD)`, `[속보]`."""
    for _ in range(_MOST_MARKS):
        stripped = _MARKS.sub("", title).strip()
        if stripped in {title, ""}:
            break
        title = stripped
    return title
