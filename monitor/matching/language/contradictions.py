"""Expressions that no article can make true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.language.expression import And, Filter, Near, Not, Or, Title, Unless, parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.matching.language.expression import Leaf, Node


def unsatisfiable(node: Node, may_find: Callable[[Leaf | Filter], bool]) -> str:
    """Say why an expression can never be true, or "" where it may.

    `may_find` tells whether any article can meet a term, a term set or a filter. Finds besides what
    asks for and excludes the same, and filters that exclude each other; not every contradiction
    that logic knows.
    """
    match node:
        case And(parts=below):
            return _first(below, may_find) or _contradiction(below)
        case Or(parts=below):
            reasons = [unsatisfiable(part, may_find) for part in below]
            return reasons[0] if all(reasons) else ""
        case Unless(left=left, guard=guard):
            itself = f"{left} always cancels itself" if _holds(guard, left) else ""
            return unsatisfiable(left, may_find) or itself
        case Near() | Title():
            return _first(parts(node), may_find)
        case Not():
            return ""
        case _:
            return "" if may_find(node) else f"nothing can be {node}"


def _first(below: tuple[Node, ...], may_find: Callable[[Leaf | Filter], bool]) -> str:
    return next(filter(None, (unsatisfiable(part, may_find) for part in below)), "")


def _contradiction(below: tuple[Node, ...]) -> str:
    for excluded in (part.part for part in below if isinstance(part, Not)):
        for part in below:
            if not isinstance(part, (Not, Filter)) and _holds(excluded, part):
                return f"it asks for {part} and excludes it"
    filters = [part for part in below if isinstance(part, Filter)]
    for number, first in enumerate(filters):
        for second in filters[number + 1 :]:
            if first.key == second.key and _values(first).isdisjoint(_values(second)):
                return f"{first} and {second} exclude each other"
    return ""


def _values(node: Filter) -> set[str]:
    return {value.casefold() for value in node.values}


def _holds(weaker: Node, stronger: Node) -> bool:
    """Whether `stronger` being true makes `weaker` true."""
    if weaker == stronger:
        return True
    if isinstance(weaker, Or):
        return any(_holds(part, stronger) for part in weaker.parts)
    match stronger:
        case And(parts=below):
            return any(_holds(weaker, part) for part in below)
        case Or(parts=below):
            return all(_holds(weaker, part) for part in below)
        case Near(left=left, right=right):
            return _holds(weaker, left) or _holds(weaker, right)
        case Unless(left=part) | Title(part=part):
            return _holds(weaker, part)
        case _:
            return False
