"""Edits of the feeds in `config.yaml` that leave all other text as it is, character by character.

The text is edited in place, at positions from ruamel.yaml's nodes: writing the tree anew, even by
its round trip, would reflow feeds of several lines. Each edit is then checked: the new text must
mean the expected feeds, and the same as before in everything else.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from monitor.errors import InputError
from monitor.text.normalize import canonical_link
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ruamel.yaml.nodes import Node

    Entry = dict[str, Any]
    Pair = tuple[Node, Node]

_WIDTH = 120  # characters of a line
_BARE = frozenset({"country", "lang", "kind", "interval"})  # keys whose values need no quotes
_INDENT = 2
_ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+")
_COMMA = re.compile(r"\s*,[ \t]*")
# Errors of ruamel.yaml: its own, and others on a date such as 2024-02-30, or on `!!int abc`.
_NO_YAML = (YAMLError, ValueError, KeyError, AttributeError, TypeError, RecursionError)


class FeedList:
    """The feeds in the text of a configuration, to find and edit. Raises InputError.

    `path` is for messages. `feeds` are the settings as written; `keys` maps the `address_key` of
    each feed to its index.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        try:
            self._root: Any = YAML(typ="safe", pure=True).compose(text)
            self._meaning = _meaning(text)
        except _NO_YAML as error:
            message = f"{path} is not valid YAML: `monitor check` says where"
            raise InputError(message) from error
        self._key_end = 0
        self._node: Any = self._find_node()
        self.feeds = _feeds(self._meaning)
        addresses = [str(feed.get("url")) for feed in self.feeds]
        self.keys = {address_key(url): index for index, url in enumerate(addresses)}

    def _find_node(self) -> Any:
        """The node of the value of `feeds`, or None; sets where its key ends."""
        if self._root is not None and not isinstance(self._root, MappingNode):
            raise self._unfit()
        for key, value in self._root.value if self._root else ():
            if key.value == "feeds":
                self._key_end = key.end_mark.index
                return value
        return None

    def _unfit(self) -> InputError:
        return InputError(f"{self.path}: its feeds are not written as a list: edit it by hand")

    def find(self, name: str) -> int:
        """Index of the feed with this address or title. Raises InputError for none or several."""
        link = canonical_link(name)
        found = [index for index, feed in enumerate(self.feeds) if _is_called(feed, name, link)]
        if len(found) == 1:
            return found[0]
        if found:
            urls = ", ".join(str(self.feeds[index].get("url")) for index in found)
            raise InputError(f"{len(found)} feeds are called `{name}`, name one by address: {urls}")
        titles = [str(feed.get("title", "")) for feed in self.feeds]
        hint = did_you_mean(name, titles, otherwise="`monitor feeds export` lists them")
        raise InputError(f"{self.path} has no feed with the address or title `{name}`{hint}")

    # ── edits; each returns the new text ──────────────────────────────────────────────────────

    def added(self, new: Sequence[Mapping[str, Any]]) -> str:
        """Add feeds at the end of the list, in the style of the last one."""
        node, items = self._node, self._items()
        expected = [*self.feeds, *map(dict, new)]
        if isinstance(node, SequenceNode) and node.flow_style:
            return self._checked(self._added_in_brackets(node, items, new), expected)

        if items:
            last = items[-1]
            dash, column = self._dash(last)[1], last.start_mark.column
            write = _flow if last.flow_style else _block
            at = self._line_end(self._end(last))
        else:
            dash, column, write = _INDENT, 2 * _INDENT, _flow
            at = self._line_end(self._key_end) if node else len(self.text.rstrip())

        prefix = " " * dash + "-" + " " * max(column - dash - 1, 1)
        lines = [line for entry in new for line in write(entry, prefix)]
        if node is None:
            lines = ["feeds:", *lines]
        start = self._newline if at else ""
        return self._checked(self._put(at, start + self._newline.join(lines)), expected)

    def _added_in_brackets(
        self, node: Any, items: list[Any], new: Sequence[Mapping[str, Any]]
    ) -> str:
        many_lines = items and items[-1].start_mark.line != node.start_mark.line
        indent = " " * items[-1].start_mark.column if items else ""
        between = f",{self._newline}{indent}" if many_lines else ", "
        written = between.join("{" + ", ".join(_pairs(entry)) + "}" for entry in new)
        if items:
            return self._put(self._end(items[-1]), between + written)
        return self._put(node.end_mark.index - 1, written)

    def removed(self, index: int) -> str:
        """Remove a feed. Comments above the feed stay: they may be a heading."""
        items = self._items()
        expected = [feed for number, feed in enumerate(self.feeds) if number != index]
        if self._node is not None and self._node.flow_style:
            return self._checked(self._cut(items, index), expected)
        dash = self._dash(items[index])[0]
        return self._checked(self._without_lines(dash, self._end(items[index])), expected)

    def comment_above(self, index: int) -> int:
        """Number of the line above a feed, from 1, if that line is a comment; else 0."""
        above = self.text[: self._items()[index].start_mark.index].split("\n")[:-1]
        return len(above) if above and above[-1].lstrip().startswith("#") else 0

    def switched(self, index: int, *, on: bool) -> str:
        """Switch a feed on (without `enabled`) or off (`enabled: false`)."""
        expected = [dict(feed) for feed in self.feeds]
        expected[index]["enabled"] = on
        item = self._items()[index]
        if not isinstance(item, MappingNode):
            raise self._unfit()
        return self._checked(self._switched(item, on=on), expected)

    def _switched(self, item: Any, *, on: bool) -> str:
        pairs: list[Pair] = item.value
        keys = [key.value for key, _ in pairs]
        if "enabled" not in keys:
            return self._with_pair(item, f"enabled: {_yaml(on)}")
        at = keys.index("enabled")
        if on and "<<" not in keys:  # a merged mapping may say `false` too
            without = self._without_pair(item, at)
            if without:
                return without
        value = pairs[at][1]
        return self._put(value.start_mark.index, _yaml(on), value.end_mark.index)

    def _with_pair(self, item: Any, pair: str) -> str:
        column = item.value[0][0].start_mark.column
        if not item.flow_style:
            at = self._line_end(self._end(item))
            return self._put(at, f"{self._newline}{' ' * column}{pair}")
        at = self._pair_end(item.value[-1])
        width = self._line_end(at) - self._line_start(at) + len(pair)
        space = " " if width + 2 <= _WIDTH else f"{self._newline}{' ' * column}"
        return self._put(at, f",{space}{pair}")

    def _without_pair(self, item: Any, at: int) -> str:
        """Text without a pair; "" if the pair shares its line with another."""
        if item.flow_style:
            return self._cut(item.value, at)
        key, value = item.value[at]
        start, end = key.start_mark.index, value.end_mark.index
        before = self.text[self._line_start(start) : start]
        after = self.text[end : self._line_end(end)]
        return "" if before.strip() or after.strip() else self._without_lines(start, end)

    # ── the text ──────────────────────────────────────────────────────────────────────────────

    def _items(self) -> list[Any]:
        node = self._node
        if node is None and (self._root is None or not self._root.flow_style):
            return []
        if isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index:
            return []
        if not isinstance(node, SequenceNode):
            raise self._unfit()
        return list(node.value)

    def _checked(self, text: str, expected: list[Entry]) -> str:
        """Return the text if it means `expected`, all else unchanged; else raise InputError."""
        try:
            found = _meaning(text)
            others = {**self._meaning, "feeds": None} == {**found, "feeds": None}
            is_expected = others and _effective(_feeds(found)) == _effective(expected)
        except _NO_YAML:
            is_expected = False
        if not is_expected:
            message = f"{self.path} is written in a way that cannot be changed by a program"
            raise InputError(f"{message}: edit it by hand")
        return text

    def _put(self, start: int, new: str, end: int | None = None) -> str:
        return self.text[:start] + new + self.text[start if end is None else end :]

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        """Offset of the end of the line, before its line break."""
        found = self.text.find("\n", at)
        end = len(self.text) if found < 0 else found
        return end - 1 if self.text[end - 1 : end] == "\r" else end

    def _without_lines(self, first: int, last: int) -> str:
        """Text without the lines from offset `first` to offset `last`."""
        start = self._line_end(max(self._line_start(first) - 1, 0))
        return self._put(start, "", self._line_end(last))

    def _cut(self, items: Sequence[Any], index: int) -> str:
        """Text without one item of a list or mapping in brackets, and its comma; comments stay."""
        pair = items[index] if isinstance(items[index], tuple) else (items[index],) * 2
        start = pair[0].start_mark.index
        end = self._pair_end(pair) if isinstance(items[index], tuple) else self._end(pair[1])
        if comma := _COMMA.match(self.text, end):
            end = comma.end()
        elif index:
            before = self.text[:start].rstrip()
            start = len(before) - 1 if before.endswith(",") else start
        line_start, line_end = self._line_start(start), self._line_end(end)
        rest = self.text[line_start:start] + self.text[end:line_end]
        if not rest.strip():
            return self._without_lines(start, end)
        if end == line_end:
            start = len(self.text[:start].rstrip(" \t"))
        return self._put(start, "", end)

    def _dash(self, item: Any) -> tuple[int, int]:
        """Offset and column, from 0, of the dash before an item."""
        at = item.start_mark.index
        while True:
            start = self._line_start(at)
            line = self.text[start : min(self._line_end(at), item.start_mark.index)]
            if found := re.match(r"\s*-(?=\s|$)", line):
                return start + found.end() - 1, found.end() - 1
            if start == 0:
                raise self._unfit()
            at = start - 1

    def _end(self, node: Any) -> int:
        """Offset of the end of a node, without the comments and blank lines after it."""
        if isinstance(node, ScalarNode) or node.flow_style or not node.value:
            end: int = node.end_mark.index
            return len(self.text[:end].rstrip())
        last = node.value[-1]
        return self._pair_end(last) if isinstance(last, tuple) else self._end(last)

    def _pair_end(self, pair: Pair) -> int:
        key, value = pair
        if value.start_mark.index >= key.end_mark.index:
            return self._end(value)
        alias = _ALIAS.match(self.text, key.end_mark.index)  # an alias has its anchor's marks
        return alias.end() if alias else self._end(key)


def read_feeds(path: Path) -> FeedList:
    """The feeds of a configuration, which may have mistakes elsewhere. Raises InputError."""
    return FeedList(path, decoded(path, read_bytes(path)))


def read_bytes(path: Path) -> bytes:
    """Read a file. Raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def decoded(path: Path, content: bytes) -> str:
    """Text of a file in UTF-8. Raises InputError."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} is not in UTF-8 (byte {error.start}): save it as UTF-8 first"
        raise InputError(message) from error


def address_key(url: str) -> str:
    """Key by which two addresses are those of one feed."""
    return canonical_link(url) or url


def _meaning(text: str) -> Entry:
    found = YAML(typ="safe", pure=True).load(text)
    return found if isinstance(found, dict) else {}


def _feeds(meaning: Mapping[str, Any]) -> list[Entry]:
    """The feeds as written; an item that is no mapping counts as an empty feed."""
    listed = meaning.get("feeds")
    return [_entry(feed) for feed in (listed if isinstance(listed, list) else ())]


def _entry(feed: Any) -> Entry:
    pairs = feed.items() if isinstance(feed, dict) else ()
    return {str(key): value for key, value in pairs}


def _effective(feeds: Iterable[Entry]) -> list[Entry]:
    return [{"enabled": True, **feed} for feed in feeds]


def _is_called(feed: Entry, name: str, link: str) -> bool:
    url = str(feed.get("url", ""))
    if url == name or (link and canonical_link(url) == link):
        return True
    try:
        titles = [feed["title"]] if feed.get("title") else [urlsplit(url).netloc, _bare(url)]
    except ValueError:
        return False
    return name.casefold() in {str(title).casefold() for title in titles}


def _bare(url: str) -> str:
    return url.partition("://")[2]


# ── one feed, written ─────────────────────────────────────────────────────────────────────────


def _yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # YAML reads JSON's values


def _pairs(entry: Mapping[str, Any]) -> list[str]:
    return [f"{key}: {value if key in _BARE else _yaml(value)}" for key, value in entry.items()]


def _flow(entry: Mapping[str, Any], prefix: str) -> list[str]:
    """Lines of `- {url: …, title: …}`, as few as `_WIDTH` allows."""
    lines = [prefix + "{"]
    for pair in _pairs(entry):
        if len(lines[-1]) + len(pair) + 1 > _WIDTH and not lines[-1].endswith("{"):
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * (len(prefix) + 1))
        lines[-1] += f"{pair}, "
    lines[-1] = lines[-1].removesuffix(", ") + "}"
    return lines


def _block(entry: Mapping[str, Any], prefix: str) -> list[str]:
    """Lines of `- url: …`, one for each key."""
    first, *others = _pairs(entry)
    return [prefix + first, *(" " * len(prefix) + pair for pair in others)]
