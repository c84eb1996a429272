"""Excerpts: the piece of an article that shows a hit, and the difference of two versions. Pure.

Differences are computed word by word by `difflib.SequenceMatcher` (Ratcliff and Obershelp).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from monitor.model import Evidence, Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

_SENTENCE_END = re.compile(r"([.!?]['\"”’»)]*)(?=\s)|([。\uff01\uff1f]”?)")
_WORD = re.compile(r"[\w.!?%'\"”’»)\]]")
WIDTH = 280  # characters: three lines in Slack
_CONTEXT = 3  # unchanged words shown on each side of a change

Change = tuple[Literal["same", "gone", "new"], str]


def excerpt(title: str, text: str, evidence: Iterable[Evidence], width: int = WIDTH) -> Excerpt:
    """Return about `width` characters of the text around its first evidence, and the spans there.

    A text without evidence gives its beginning; an article without text gives its title.
    """
    field = "text" if text else "title"
    shown = text or title
    spans = sorted((each.start, each.end) for each in evidence if each.field == field)

    start, end = _window(shown, spans[0][0] if spans else 0, width)
    before = "…" if start else ""
    after = "…" if end < len(shown) else ""

    shift = len(before) - start
    inside = [
        (first + shift, last + shift) for first, last in spans if start <= first and last <= end
    ]
    return Excerpt(before + shown[start:end] + after, tuple(_merged(inside)))


def _window(text: str, first: int, width: int) -> tuple[int, int]:
    """Return the offsets to cut at: the end of a sentence or of a word where possible.

    The window begins with the text if offset `first` falls into its first two thirds, otherwise a
    third of `width` before `first`.
    """
    if len(text) <= width:
        return 0, len(text)

    start = 0
    if first > width * 2 // 3:
        near = first - width // 3
        space = text.find(" ", near, first)
        start = space + 1 if space >= 0 else near

    end = min(start + width, len(text))
    return start, end if end == len(text) else _end(text, max(first, start + width * 2 // 3), end)


def _end(text: str, least: int, most: int) -> int:
    """Return where a text is cut from `least` on: after a sentence, else after a word.

    Signs that join words, such as `&` and `–`, do not stand last.
    """
    sentences = [found.end() for found in _SENTENCE_END.finditer(text, least, most)]
    if sentences:
        return sentences[-1]
    space = text.rfind(" ", least, most)
    if space < 0:
        return most
    last = _WORD.search(text[:space][::-1])  # from the end: what is no word is left out
    end = space - last.start() if last else space
    return end if end > least else space


def _merged(spans: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Join spans that overlap or touch, so that their markers never nest."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def changes(old: str, new: str) -> list[Change]:
    """Return the changes from one text to another, word by word; `…` replaces unchanged words."""
    before, after = old.split(), new.split()
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

    found: list[Change] = []
    for number, (kind, first, last, start, end) in enumerate(steps, 1):
        if kind == "equal":
            words = _context(before[first:last], head=number > 1, tail=number < len(steps))
            found.append(("same", words))
            continue
        if last > first:
            found.append(("gone", " ".join(before[first:last])))
        if end > start:
            found.append(("new", " ".join(after[start:end])))
    return found


def _context(words: list[str], *, head: bool, tail: bool) -> str:
    """Return unchanged words, shortened to those next to a change (before: head, after: tail)."""
    first, last = words[: _CONTEXT * head], words[len(words) - _CONTEXT * tail :]
    if len(words) <= max(len(first) + len(last), _CONTEXT):
        return " ".join(words)
    return " ".join([*first, "…", *last])
