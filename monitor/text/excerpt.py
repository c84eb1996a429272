"""The piece of an article that shows why it was found, or what changed in it. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from monitor.model import Evidence, Excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 280  # characters: three lines in Slack
_CONTEXT = 3  # words that are kept on each side of a change

Change = tuple[Literal["same", "gone", "new"], str]


def excerpt(title: str, text: str, evidence: Iterable[Evidence], width: int = WIDTH) -> Excerpt:
    """Return about `width` characters of the text around the first evidence in it.

    Where the text holds none, its beginning; where there is no text, the title.
    """
    evidence = list(evidence)
    spans = sorted((e.start, e.end) for e in evidence if e.field == "text")
    if not text:
        text, spans = title, sorted((e.start, e.end) for e in evidence if e.field == "title")
    start, end = _window(text, spans[0][0] if spans else 0, width)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    inside = [(s + shift, e + shift) for s, e in spans if start <= s and e <= end]
    return Excerpt(before + text[start:end] + after, tuple(_merged(inside)))


def _window(text: str, first: int, width: int) -> tuple[int, int]:
    """Return where to cut: from the beginning if `first` fits, else shortly before it."""
    if len(text) <= width:
        return 0, len(text)
    start = 0
    if first > width * 2 // 3:
        near = first - width // 3
        space = text.find(" ", near, first)
        start = space + 1 if space >= 0 else near
    end = min(start + width, len(text))
    space = text.rfind(" ", start + width * 2 // 3, end)
    return start, end if end == len(text) or space < 0 else space


def _merged(spans: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Join spans that overlap or touch, so that markers never nest."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def changes(old: str, new: str) -> list[Change]:
    """Return what changed from one text to another, word by word; `…` stands for what did not."""
    before, after = old.split(), new.split()
    found: list[Change] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    steps = matcher.get_opcodes()
    for number, (kind, first, last, start, end) in enumerate(steps, 1):
        if kind == "equal":
            words = _context(before[first:last], head=number > 1, tail=number < len(steps))
            found.append(("same", words))
            continue
        found += [("gone", " ".join(before[first:last]))] if last > first else []
        found += [("new", " ".join(after[start:end]))] if end > start else []
    return found


def _context(words: list[str], *, head: bool, tail: bool) -> str:
    """Return equal words, leaving out those that stand next to no change."""
    first, last = words[: _CONTEXT * head], words[len(words) - _CONTEXT * tail :]
    if len(words) <= max(len(first) + len(last), _CONTEXT):
        return " ".join(words)
    return " ".join([*first, "…", *last])
