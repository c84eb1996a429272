"""The expression of a topic, replaced in `config.yaml`; all other text stays as it is.

As for feeds, the text is edited in place and then checked: the new text must mean the same as the
old one in everything but this expression.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

from monitor.config.edit_feeds import decoded, read_bytes
from monitor.config.lists_to_match import LISTS, lists_replaced
from monitor.config.rewrite import change_text
from monitor.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_NO_YAML = (YAMLError, ValueError, KeyError, AttributeError, TypeError, RecursionError)
OLD = ".old"  # added to the name of the file that is kept


def digest(path: Path) -> str:
    """Return a digest of the file, by which a change meanwhile is seen. Raises InputError."""
    return _digest(read_bytes(path))


def save_expression(path: Path, topic: str, expression: str, seen: str) -> None:
    """Write the `match` of a topic, in place of the one before or of the topic's lists.

    The file before is kept beside, with the ending `.old`. `seen` is the digest of the file that
    the expression was written for. Raises InputError, and changes nothing, for another file, a
    topic that is written in another way, or an expression with a mistake.
    """
    before = read_bytes(path)
    if _digest(before) != seen:
        raise InputError(
            f"{path} was changed meanwhile: copy your expression, reload the page and try again"
        )
    if "${" in expression:
        raise InputError("${…} would be filled from the environment: edit the file by hand")
    text = decoded(path, before)
    new = with_expression(path, text, topic, expression)
    if new == text:
        return

    def keep_old() -> None:
        shutil.copy2(path, path.with_name(path.name + OLD))

    change_text(path, lambda _: new, just_before=keep_old)


def with_expression(path: Path, text: str, topic: str, expression: str) -> str:
    """Return the text with another expression of a topic, or one in place of its lists.

    Raises InputError.
    """
    try:
        root: Any = YAML(typ="safe", pure=True).compose(text)
        item, in_brackets = _topic(root, topic)
        plain = expression.replace("\r\n", "\n").strip()
        pairs = {key.value: (key, value) for key, value in item.value}
        if "match" in pairs:
            new = _match_replaced(text, *pairs["match"], plain, in_brackets=in_brackets)
        else:
            new = lists_replaced(text, item, plain, in_brackets=in_brackets)
    except (*_NO_YAML, LookupError) as error:
        raise InputError(
            f"{path}: topic {topic} is written in a way that a program cannot change: edit it by"
            " hand"
        ) from error
    if not _differs_only_there(text, new, topic, expression):
        raise InputError(f"{path} is written in a way that cannot be changed by a program")
    return new


def _match_replaced(text: str, key: Any, value: Any, expression: str, *, in_brackets: bool) -> str:
    start, end = key.end_mark.index, _end(text, value)
    newline = "\r\n" if "\r\n" in text else "\n"
    column = key.start_mark.column + 2
    written = _written(expression.split("\n"), column, newline, in_brackets=in_brackets)
    return f"{text[:start]}: {written}{text[end:]}"


def _topic(root: Any, topic: str) -> tuple[Any, bool]:
    """Return the mapping of a topic, and whether it stands in braces."""
    topics = _value(root, "topics")
    items = topics.value if isinstance(topics, SequenceNode) else ()
    for item in items:
        if isinstance(item, MappingNode) and _value(item, "id").value == topic:
            return item, bool(item.flow_style or topics.flow_style)
    raise LookupError(topic)


def _value(node: Any, name: str) -> Any:
    return {key.value: value for key, value in node.value}[name]


def _end(text: str, value: Any) -> int:
    """Return the offset of the end of a value, before what follows it: spaces, lines, comments."""
    end = int(value.end_mark.index)
    if value.style in {"|", ">"}:  # its mark stands where the next token begins
        body = text[value.start_mark.index : end]
        first, *lines = body.split("\n")
        width = _indent(lines)
        kept = [first]
        for line in lines:
            if line.strip() and len(line) - len(line.lstrip()) < width:
                break
            kept.append(line)
        return int(value.start_mark.index) + len("\n".join(kept).rstrip())
    return end


def _indent(lines: list[str]) -> int:
    first = next((line for line in lines if line.strip()), "")
    return len(first) - len(first.lstrip())


def _written(lines: list[str], column: int, newline: str, *, in_brackets: bool) -> str:
    if in_brackets:
        return json.dumps("\n".join(lines), ensure_ascii=False)
    indent = " " * column
    return "|" + "".join(f"{newline}{indent}{line}" if line.strip() else newline for line in lines)


def _differs_only_there(old: str, new: str, topic: str, expression: str) -> bool:
    try:
        before, after = (YAML(typ="safe", pure=True).load(text) for text in (old, new))
        [was] = [each for each in before["topics"] if each.get("id") == topic]
        [now] = [each for each in after["topics"] if each.get("id") == topic]
        wanted = expression.replace("\r\n", "\n").strip()
        if "match" not in was:
            for name in LISTS:
                was.pop(name, None)
        was["match"] = now["match"] = now["match"].strip()
    except _NO_YAML:
        return False
    is_same: bool = before == after
    return is_same and _lines(now["match"]) == _lines(wanted)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
