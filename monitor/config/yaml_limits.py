"""What a configuration may not use of YAML: tags, and aliases that grow beyond all bounds. Pure.

A tag (`!name`) gives a value a type of its own, for which there is no use here. Aliases in aliases
make gigabytes of a few lines (a "billion laughs"), so their size is counted before any is filled
in. Only a file with such a sign at the beginning of a word is looked through: that costs as much
as reading it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

MOST_VALUES = 100_000  # that aliases may stand for, all together
_SIGN = re.compile(r"(?:^|[\s\[{,])[!&*]")
_BEGIN, _END = (MappingStartEvent, SequenceStartEvent), (MappingEndEvent, SequenceEndEvent)


class Refusal(NamedTuple):
    """What is refused, and where: line and column count from 1."""

    line: int
    column: int
    message: str


def refusal(text: str) -> Refusal | None:
    """Return the first thing in a YAML file that is refused, None for nothing.

    Raises MarkedYAMLError for what is no YAML.
    """
    if not _SIGN.search(text):
        return None
    sizes = _Sizes()
    for event in YAML(typ="rt", pure=True).parse(text):
        if message := _tag(event) or sizes.count(event):
            mark = event.start_mark
            return Refusal(mark.line + 1, mark.column + 1, message)
    return None


def _tag(event: Any) -> str:
    tag = getattr(event, "tag", None)
    if not tag:
        return ""
    name = str(tag).replace("tag:yaml.org,2002:", "!!")
    if isinstance(event, ScalarEvent) and not name.startswith("!!"):
        term = f"{name}{' ' * name[1:].isalnum()}{event.value}".partition(",")[0].rstrip("]} ")
        return f"! means something to YAML: quote a term that begins with it, '{term}'"
    return f"the tag {name} means nothing here: write the value without it, in quotes if it is text"


class _Sizes:
    """The number of values that each anchor stands for, aliases filled in."""

    def __init__(self) -> None:
        self._anchored: dict[str, int | None] = {}  # None while the value is not yet complete
        self._open: list[tuple[str | None, int]] = []  # the anchor of each container, and its size
        self._filled_in = 0

    def count(self, event: Any) -> str:
        """Count a value; return why it is refused, "" if it is not."""
        if isinstance(event, AliasEvent):
            return self._alias(event.anchor)
        anchor = event.anchor if isinstance(event, NodeEvent) else None
        if isinstance(event, _BEGIN):
            self._open.append((anchor, 1))
            if anchor:
                self._anchored[anchor] = None
        elif isinstance(event, _END):
            self._add(*self._open.pop())
        elif isinstance(event, ScalarEvent):
            self._add(anchor, 1)
        return ""

    def _alias(self, anchor: str) -> str:
        size = self._anchored.get(anchor, 0)  # of an unknown anchor, the reader complains itself
        if size is None:
            return f"*{anchor} stands inside &{anchor}: a value cannot contain itself"
        self._filled_in += size
        if self._filled_in > MOST_VALUES:
            return f"aliases stand for more than {MOST_VALUES:,} values: write them out"
        self._add(None, size)
        return ""

    def _add(self, anchor: str | None, size: int) -> None:
        if anchor:
            self._anchored[anchor] = size
        if self._open:
            container, before = self._open.pop()
            self._open.append((container, before + size))
