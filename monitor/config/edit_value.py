"""One value of `config.yaml` set by its path, all other text as it is, comments included.

As for feeds, the text is edited in place at positions from ruamel.yaml's nodes, and then checked:
the new text must mean the same as the old one in everything but this value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from monitor.config.rewrite import change_text
from monitor.errors import InputError
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NO_YAML = (YAMLError, ValueError, KeyError, AttributeError, TypeError, RecursionError)
_PLAIN = re.compile(r"[A-Za-z0-9][\w ./%+-]*")  # strings that need no quotes, if YAML agrees
_INDENT = 2  # columns of a section that the file does not have yet


def steps(key: str) -> list[str]:
    """Return the steps of a key as it is written: `polling.interval`, `topics.icbm.threshold`."""
    return [step for step in re.split(r"[.\[\]]", key) if step]


def set_value(path: Path, key: str, written: str) -> None:
    """Set the value of a key. Raises InputError, and changes nothing, for one that has mistakes."""
    change_text(path, lambda text: with_value(path, text, key, written))


def with_value(path: Path, text: str, key: str, written: str) -> str:
    """Return the text of a configuration with another value of a key. Raises InputError.

    `path` is for messages.
    """
    value = read_value(written)
    by_hand = InputError(f"{path}: {key} is written in a way that no program can change: edit it")
    try:
        root, meaning = YAML(typ="safe", pure=True).compose(text), _meaning(text)
        way = _way(root, steps(key))
        new = _edited(text, root, way, as_yaml(value))
        expected = _changed(meaning, way, value)
        if not isinstance(root, MappingNode) or _meaning(new) != expected:
            raise by_hand
    except _NO_YAML as error:
        raise by_hand from error
    return new


def read_value(written: str) -> Any:
    """Return the value of what is written: a number, true, false, null, [a, b], {a: b}, or text."""
    try:
        value = YAML(typ="safe", pure=True).load(written)
    except _NO_YAML:
        return written
    if isinstance(value, (dict, list)):
        return value if written.lstrip().startswith(("[", "{")) else written
    if value is None:
        return None if written.strip() in {"null", "~"} else written
    return value if isinstance(value, (str, int, float)) else written


def as_yaml(value: Any) -> str:
    """Return a value as it stands in the file, on one line."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value == value.strip():
        try:
            if YAML(typ="safe", pure=True).load(value) == value:
                return value
        except _NO_YAML:
            pass
    return json.dumps(value, ensure_ascii=False)  # YAML reads JSON's values


def _meaning(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _way(root: Any, wanted: Sequence[str]) -> list[str | int]:
    """The steps with indexes of lists, whose items are named by number or by their `id`."""
    way: list[str | int] = []
    node = root
    for step in wanted:
        if isinstance(node, SequenceNode):
            at = _index(node, step)
            way.append(at)
            node = node.value[at]
        else:
            way.append(step)
            node = _pairs(node).get(step)
    return way


def _index(node: Any, step: str) -> int:
    if step.isdecimal() and int(step) < len(node.value):
        return int(step)
    found = [_pairs(item).get("id") for item in node.value]
    names = [str(name.value) if name else "" for name in found]
    if step not in names:
        raise InputError(f"there is no `{step}` in this list{did_you_mean(step, names)}")
    return names.index(step)


def _pairs(node: Any) -> dict[str, Any]:
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value}


def _edited(text: str, root: Any, way: list[str | int], new: str) -> str:
    """The text with the value in its place, or as a new pair in the deepest section that exists."""
    node, begin = root, 0
    for depth, step in enumerate(way):
        found = node.value[step] if isinstance(step, int) else _pairs(node).get(step)
        if found is None:
            pair = _nested([str(each) for each in way[depth:]], new)
            return _with_pair(text, node, pair)
        begin, node = _key_end(node, found), found
    if not (isinstance(node, ScalarNode) or node.flow_style):
        raise ValueError("a block of several lines")
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if start == end:  # an empty value, which stands nowhere: behind the colon of its key
        start = end = text.index(":", begin) + 1
        new = f" {new}"
    return text[:start] + new + text[end:]


def _key_end(parent: Any, value: Any) -> int:
    """Offset of the end of the key of a value, 0 for an item of a list."""
    if not isinstance(parent, MappingNode):
        return 0
    return next(int(key.end_mark.index) for key, each in parent.value if each is value)


def _nested(keys: list[str], new: str) -> str:
    for key in reversed(keys[1:]):
        new = f"{{{key}: {new}}}"
    return f"{keys[0]}: {new}"


def _with_pair(text: str, node: Any, pair: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    if not isinstance(node, MappingNode):
        raise TypeError("no section")
    if node.flow_style:
        last = int(node.value[-1][1].end_mark.index if node.value else node.start_mark.index + 1)
        return text[:last] + (", " if node.value else "") + pair + text[last:]
    key, value = node.value[-1]
    body = text[: max(int(key.end_mark.index), int(value.end_mark.index))].rstrip()
    end = text.find("\n", len(body))  # after a comment on the last line
    at = len(text) if end < 0 else end - text[:end].endswith("\r")
    indent = " " * int(key.start_mark.column)
    return f"{text[:at].rstrip()}{newline}{indent}{pair}{text[at:]}"


def _changed(meaning: Any, way: list[str | int], value: Any) -> Any:
    changed = _unshared(meaning)
    node = changed
    for step in way[:-1]:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    node[way[-1]] = value
    return changed


def _unshared(value: Any) -> Any:
    """A copy in which an alias is a value of its own: a change must not reach its anchor."""
    if isinstance(value, dict):
        return {key: _unshared(each) for key, each in value.items()}
    return list(map(_unshared, value)) if isinstance(value, list) else value
