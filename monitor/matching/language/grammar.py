"""The topic language: text → expression, or a mistake with its line and column.

The grammar stands in `topics.lark` (Lark, LALR); this module turns Lark's tree into an expression,
and Lark's errors into sentences for the author of a topic.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken
from lark.exceptions import VisitError

from monitor.matching.language.expression import (
    SENTENCE,
    And,
    Filter,
    Near,
    Node,
    Not,
    Or,
    SetRef,
    Term,
    Title,
    Unless,
    asks,
    parts,
)
from monitor.matching.language.refusal import ExpressionError, nearest
from monitor.matching.language.tokens import marks, mistake
from monitor.matching.nearness import as_circle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_QUOTES = '"“”„«»'
_OPERATORS = "AND, OR, NOT, NEAR/n or SENTENCE"
_OPERAND = 'a word, a "phrase", a term set such as @troops, or ('
_DEEPEST = 50  # levels of parentheses, and distances in a row; Python's stack is finite
_MOST = 1000  # distances after multiplying out


def read(text: str, sets: Collection[str] = frozenset()) -> Node:
    """Return the expression of a text; `sets` are the names of the known term sets.

    Raises ExpressionError.
    """
    _check_depth(text)
    node = _node(text, sets)
    if isinstance(node, ExpressionError):
        raise node
    _check_nesting(node)
    _check_asks(node)
    return node


def _node(text: str, sets: Collection[str]) -> Node | ExpressionError:
    """Return the expression of a text, or its mistake.

    The mistake is returned, not raised: raised here, its context would be Lark's error with the
    whole parser, which cannot be pickled for another process. (Dask sends exceptions with context.)
    """
    try:
        node: Node = _ToNodes(sets).transform(_parser().parse(text))
    except UnexpectedToken as error:
        return _unexpected(error, text)
    except UnexpectedCharacters as error:
        return ExpressionError(error.line, error.column, _strange(error.char))
    except VisitError as error:
        return error.orig_exc if isinstance(error.orig_exc, ExpressionError) else _too_deep()
    except RecursionError:
        return _too_deep()
    return node


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("monitor.matching.language").joinpath("topics.lark").read_text(encoding="utf-8")
    return Lark(grammar.replace("@MARKS", marks()), parser="lalr", lexer="basic")


class _ToNodes(Transformer[Token, Node]):
    """Turns Lark's tree into an expression, and checks what the grammar cannot express."""

    def __init__(self, sets: Collection[str]) -> None:
        super().__init__()
        self._sets = sets

    def word(self, found: list[Token]) -> Node:
        return _term(found[0])

    def phrase(self, found: list[Token]) -> Node:
        return _term(found[0])

    def set(self, found: list[Token]) -> Node:
        name = str(found[0])[1:]
        if name not in self._sets:
            raise _at(found[0], f"there is no term set @{name}{nearest(name, self._sets)}")
        return SetRef(name)

    def near(self, found: list[Any]) -> Node:
        node: Node = found[0]
        operators = found[1::2]
        if len(operators) > _DEEPEST:
            raise _at(operators[_DEEPEST], f"more than {_DEEPEST} distances in a row")

        _check_placed(node, operators[0])
        for operator, right in zip(operators, found[2::2], strict=True):
            words = SENTENCE if operator.endswith("SENTENCE") else int(operator.split("/")[1])
            _check_placed(right, operator)
            if operator.type == "NEAR":
                _check_width(node, right, operator)
                node = _near(node, right, words)
            else:
                node = Unless(node, right, words)
        return node

    def title(self, found: list[Any]) -> Node:
        _check_placed(found[1], found[0])
        return _in_title(found[1])

    def filter(self, found: list[Token]) -> Node:
        key = str(found[0]).rstrip(":")
        read_value = _circle if key == "near" else _unquoted
        return Filter(key, tuple(map(read_value, found[1:])))  # type: ignore[arg-type] # by the grammar's FILTER

    def _not(self, found: list[Any]) -> Node:
        return Not(found[-1])

    def and_(self, found: list[Any]) -> Node:
        negated = [
            Not(node) if _is_not(before) else node
            for before, node in zip([None, *found], found, strict=False)
            if not isinstance(node, Token)
        ]
        return And(_flat(And, negated))

    def or_(self, found: list[Any]) -> Node:
        return Or(_flat(Or, found))


# Python's keywords cannot be names of methods.
for _rule, _method in (("not", "_not"), ("and", "and_"), ("or", "or_")):
    setattr(_ToNodes, _rule, getattr(_ToNodes, _method))


def _is_not(token: Any) -> bool:
    return isinstance(token, Token) and token.type == "NOT"


def _flat(kind: type[And | Or], nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Join `a OR (b OR c)` into one node of three parts."""
    flat: list[Node] = []
    for node in nodes:
        flat.extend(parts(node) if isinstance(node, kind) else (node,))
    return tuple(flat)


def _near(left: Node, right: Node, words: int) -> Node:
    """Return a distance, multiplied out over AND: `(a AND b) NEAR/5 c` has `a` and `b` near `c`."""
    if isinstance(left, (And, Or)) and _asks_for_all(left):
        return _each(left, lambda part: _near(part, right, words))
    if isinstance(right, (And, Or)) and _asks_for_all(right):
        return _each(right, lambda part: _near(left, part, words))
    return Near(left, right, words)


def _in_title(node: Node) -> Node:
    """Return a title filter, multiplied out over AND."""
    if isinstance(node, (And, Or)) and _asks_for_all(node):
        return _each(node, _in_title)
    return Title(node)


def _asks_for_all(node: Node) -> bool:
    return isinstance(node, And) or (isinstance(node, Or) and any(map(_asks_for_all, node.parts)))


def _each(node: And | Or, change: Callable[[Node], Node]) -> Node:
    return type(node)(_flat(type(node), map(change, node.parts)))


def _check_width(left: Node, right: Node, operator: Token) -> None:
    if _width(left) * _width(right) > _MOST:
        raise _at(operator, f"this asks for more than {_MOST} distances")


def _width(node: Node) -> int:
    return sum(map(_width, parts(node))) if _asks_for_all(node) else 1


def _term(token: Token) -> Term:
    written = str(token)
    cased = written.startswith("=")
    written = written.removeprefix("=")
    quoted = written[0] in _QUOTES
    written = _unquoted(written)
    begins = written.endswith("*")
    text = written.removesuffix("*").strip()
    if wrong := mistake(text):
        raise _at(token, wrong)
    return Term(text, exact=quoted or cased, cased=cased, begins=begins)


def _unquoted(text: str) -> str:
    return text.strip(_QUOTES)


def _circle(value: Token) -> str:
    try:
        return as_circle(_unquoted(value))
    except ValueError as error:
        raise _at(value, str(error)) from None


def _at(token: Token, message: str) -> ExpressionError:
    return ExpressionError(token.line or 1, token.column or 1, message)


def _check_placed(side: Node, operator: Token) -> None:
    """Refuse a side of a distance that has no places. Raises ExpressionError."""
    if any(isinstance(node, (Not, Filter)) for node in (side, *_below(side))):
        raise _at(
            operator,
            "NOT and filters stand nowhere in the text: write NOT NEAR/n, or join them with AND",
        )


def _below(node: Node) -> Iterable[Node]:
    for part in parts(node):
        yield part
        yield from _below(part)


def _check_asks(node: Node) -> None:
    if not asks(node):
        message = "this matches whatever lacks something: ask for at least one word as well"
        raise ExpressionError(1, 1, message)


def _check_nesting(node: Node) -> None:
    """Refuse a tree of too many levels. Raises ExpressionError."""
    level: tuple[Node, ...] = (node,)
    for _ in range(2 * _DEEPEST):
        level = tuple(part for each in level for part in parts(each))
    if level:
        raise _too_deep()


def _too_deep() -> ExpressionError:
    return ExpressionError(1, 1, "this is nested too deeply")


def _check_depth(text: str) -> None:
    """Refuse too many open parentheses, before parsing. Raises ExpressionError."""
    depth = 0
    for line, row in enumerate(text.splitlines(), 1):
        for column, character in enumerate(row, 1):
            depth += (character == "(") - (character == ")")
            if depth > _DEEPEST:
                raise ExpressionError(line, column, f"more than {_DEEPEST} levels of parentheses")


def _unexpected(error: UnexpectedToken, text: str) -> ExpressionError:
    token, expected = error.token, frozenset(error.accepts or error.expected)
    if token.type == "$END":
        lines = text.rstrip().splitlines() or [""]
        line, column, found = len(lines), len(lines[-1]) + 1, "the end"
    else:
        line, column, found = error.line, error.column, f"“{token}”"
    return ExpressionError(line, column, f"{found} is unexpected here: {_wanted(token, expected)}")


def _wanted(token: Token, expected: frozenset[str]) -> str:
    if "SET" in expected:
        return f"expected {_OPERAND}"
    if "WORD" in expected:
        return "expected a name, such as ru, or several: (ru OR uk)"
    if "_AND" not in expected and "_OR" in expected:
        return "expected OR or ) between the names of a filter"
    if token.type == "RPAR":
        return "no ( is open"
    if token.type == "$END":
        return "expected ) to close a ("
    return f"expected {_OPERATORS}{_operator_hint(token)}"


def _operator_hint(token: Token) -> str:
    written = token.upper()
    if written in {"AND", "OR", "NOT", "SENTENCE"}:
        return "; operators are written in capitals"
    if written == "W" or written.startswith(("NEAR", "ADJ")):  # W/5, ADJ5, as others write it
        return "; a distance is written NEAR/5, and is at most 999"
    if token.type == "WORD":
        return ' between two terms; a phrase needs quotes: "two words"'
    return ""


def _strange(character: str) -> str:
    if character in _QUOTES:
        return "a quotation mark without its partner on the same line"
    if character == "@":
        return "a term set is named in small letters, digits and _: @north_korea"
    if character == "*":
        return "* ends a word: troop*"
    if character == ":":
        return "before a colon stand title, lang, publisher or kind, in small letters"
    return f"“{character}” is not part of the topic language; put punctuation in quotes"
