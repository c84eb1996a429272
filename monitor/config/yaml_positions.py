"""Positions of expressions in a YAML file: from a place inside the text to line and column. Pure.

YAML folds lines, unescapes quotes and strips indentation, so a text that was read is compared with
the file character by character, spaces aside. Lines and columns count from 1.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.matching.language.refusal import ExpressionError

_EXPRESSION = re.compile(r"(?:^|[\s{,])(match|anchor)\s*:\s*(?![|>])\S")
_BARE_SET = re.compile(r"(?:[\[,]|-)\s*@(\w+)")
_BARE_LOCK = re.compile(r"(?:[\[,]|-)\s*(!\"[^\"]*\")")
_SECTION = re.compile(r"(\w+)\s*:")
_BARE_VARIABLE = re.compile(r"[\[{](?:.*?[\s:,\[{])?(\$\{[A-Za-z_][A-Za-z0-9_]*\})")
_COLON = re.compile(r"\s*(?:- )?(\w+:) [^\s'\"|>\[{&*!#].*: ")
_BACK = 3  # lines above an error in which the expression may begin
_OPENING = re.compile(r"(?:&\S+\s+)?(?:[|>][^\n]*\n|['\"])?")

_QUOTES = ("'", '"')


def place_in_text(
    lines: Sequence[str], value: tuple[int, int], text: str, error: ExpressionError
) -> tuple[int, int]:
    """Line and column in the file of an `error` inside `text`, whose value begins at `value`.

    Where the file has other characters than the text, such as a variable's name, the result is
    `value`.
    """
    line, column = value
    rows = text.split("\n")
    before = "\n".join([*rows[: error.line - 1], rows[error.line - 1][: error.column - 1]])
    written = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
    passed = _passed(written, before, at_end=before == text)
    if passed is None:
        return value
    ended = passed.count("\n")
    return line + ended, len(passed) - passed.rfind("\n") if ended else column + len(passed)


def _passed(written: str, text: str, *, at_end: bool) -> str | None:
    """The beginning of `written` (the file) that YAML reads as `text`; None if they differ."""
    opening = _OPENING.match(written)
    at = opening.end() if opening else 0
    quote = written[at - 1 : at]
    for character in "".join(text.split()):
        at += len(written[at:]) - len(written[at:].lstrip())
        escaped = {'"': "\\", "'": "'"}.get(quote)
        at += written[at : at + 1] == escaped and written[at + 1 : at + 2] == character
        if written[at : at + 1] != character:
            return None
        at += 1
    return written[:at] if at_end else written[: len(written) - len(written[at:].lstrip())]


def cut_by_comment(written: str) -> bool:
    """Whether YAML takes the rest of a plain value, as written in the file, for a comment."""
    return " #" in written and not written.startswith(("|", ">", *_QUOTES))


def with_caret(line: str, column: int) -> str:
    """A line with a caret under a column; wide characters before it count as two."""
    before = line[: column - 1]
    width = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in before)
    return f"    {line}\n    {' ' * width}^"


def yaml_advice(lines: Sequence[str], line: int, problem: str) -> str:
    """Advice on YAML's `problem` in a line: what to write, or quote; "" for other errors."""
    return _plain_advice(problem, "".join(lines[line - 1 : line])) or _quotes_advice(lines, line)


def _plain_advice(problem: str, row: str) -> str:
    """Advice on a problem that no expression causes."""
    if "duplicate key" in problem:
        return "; write each key once, with all that belongs to it below"
    if "another document" in problem:
        return "; --- and ... begin and end a document: there is one in a file, remove them"
    if row.lstrip(" ").startswith("\t"):
        return "; indent with spaces, YAML takes no tabs"
    return ""


def _quotes_advice(lines: Sequence[str], line: int) -> str:
    """Advice on an error caused by what should be in quotes; "" for other errors."""
    if found := _BARE_VARIABLE.search("".join(lines[line - 1 : line])):
        return f'; inside braces and brackets, quote a variable: "{found[1]}"'
    if found := _BARE_LOCK.search("".join(lines[line - 1 : line])):
        return f"; ! means something to YAML: quote a term that begins with it, '{found[1]}'"
    for row in lines[max(line - 1 - _BACK, 0) : line][::-1]:
        if found := _EXPRESSION.search(row):
            how = f"`{found[1]}: |` and the expression indented on the next line"
            if "{" in row[: found.start() + 1]:
                how = "the expression in single quotes"
            signs = "@, quotes, colons, * and #"
            return f"; an expression's {signs} mean something to YAML: write {how}"
        if found := _BARE_SET.search(row):
            return _set_advice(found[1], _section_of(lines, line))
    return _colon_advice("".join(lines[line - 1 : line]))


def _colon_advice(row: str) -> str:
    """Advice on a text with a colon in it, as headlines have; "" for a row without one."""
    if found := _COLON.match(row):
        return f"; a text with a colon in it goes in quotes: {found[1]} '…'"
    return ""


def _set_advice(name: str, section: str) -> str:
    """Advice on a bare `@name`; in a term set, `@name` in quotes would be literal text."""
    if section == "terms":
        return f"; a term set includes another by its name, without @: write `sets: [{name}]`"
    return f'; @ means something to YAML: quote a term set\'s name, "@{name}"'


def _section_of(lines: Sequence[str], line: int) -> str:
    """Name of the section, a key at the beginning of a line, in which a line stands; or ""."""
    sections = filter(None, map(_SECTION.match, lines[:line][::-1]))
    return next((found[1] for found in sections), "")
