"""The lists of a topic replaced by an expression, in the text of `config.yaml`.

`any`, `all` and `none` go, `match` comes in the place of the first of them. Comments within the
lists are kept beside it, each on a line of its own. Works on the marks of ruamel.yaml's nodes; what
it cannot tell apart, such as aliases, it refuses with LookupError.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LISTS = ("any", "all", "none")
_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*", re.MULTILINE)

Range = tuple[int, int]


def lists_replaced(text: str, item: Any, expression: str, *, in_brackets: bool) -> str:
    """Return the text with the lists of a topic's mapping `item` replaced by an expression.

    Raises LookupError for a topic without lists, and where the text cannot be changed.
    """
    ranges = _ranges(text, item)
    if in_brackets:
        return _in_braces(text, item, ranges, expression)
    newline = "\r\n" if "\r\n" in text else "\n"
    comments = [found for begin, end in ranges for found in _comments(text, item, begin, end)]
    (start, _), *_ = ranges
    line = text.rfind("\n", 0, start) + 1
    indent = " " * (start - line)
    body = [f"{indent}  {each}".rstrip() for each in expression.split("\n")]
    kept = [f"{indent}{comment}" for comment in comments]
    is_alone = not text[line:start].strip()
    first = [f"{text[line:start]}match: |", *body]
    written = [*kept, *first] if is_alone else [*first, *kept]
    for begin, end in reversed(ranges):
        here = text.rfind("\n", 0, begin) + 1
        text = text[:here] + (newline.join(written) if begin == start else "") + text[end:]
        if begin != start:  # the line that it stood in goes, too
            text = text[:here] + text[here:].removeprefix("\r").removeprefix("\n")
    return text


def _ranges(text: str, item: Any) -> list[Range]:
    """Return where each list begins and ends, up to the end of its last line."""
    pairs = [pair for pair in item.value if pair[0].value in LISTS]
    if not pairs:
        raise LookupError("no lists")
    found = []
    for key, value in pairs:
        begin, end = key.start_mark.index, _end(value)
        leaves = [leaf.start_mark.index for leaf in _leaves(value)]
        if any(not begin < leaf < end for leaf in leaves) or not leaves:
            raise LookupError("an alias, or an empty list")
        found.append((begin, end if item.flow_style else _end_of_line(text, end)))
    return found


def _end(node: Any) -> int:
    """Return where a value ends; the mark of a list in lines stands at what comes after it."""
    if isinstance(node, SequenceNode) and not node.flow_style:
        return max((_end(each) for each in node.value), default=int(node.end_mark.index))
    return int(node.end_mark.index)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if text[end - 1 : end] == "\r" else end


def _leaves(node: Any) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _leaves(each)
    else:
        raise LookupError("not a list of terms")  # noqa: TRY004 - of the file, not of a caller


def _comments(text: str, item: Any, begin: int, end: int) -> Iterator[str]:
    """Yield the comments between two offsets: a `#` within a term begins none."""
    lists = [value for key, value in item.value if key.value in LISTS]
    leaves = [leaf for value in lists for leaf in _leaves(value)]
    spans = [(leaf.start_mark.index, leaf.end_mark.index) for leaf in leaves]
    for found in _COMMENT.finditer(text, begin, end):
        if not any(first <= found.start() < last for first, last in spans):
            yield found[0].rstrip()


def _in_braces(text: str, item: Any, ranges: Sequence[Range], expression: str) -> str:
    begins = [key.start_mark.index for key, _ in item.value]
    ends = [_end(value) for _, value in item.value]
    for number, (begin, end) in reversed(list(enumerate(ranges))):
        if any(_comments(text, item, begin, end)):
            raise LookupError("comments within braces")
        place = begins.index(begin)
        written = f"match: {json.dumps(expression, ensure_ascii=False)}" if number == 0 else ""
        text = text[: begin if number == 0 else ends[place - 1]] + written + text[end:]
    return text
