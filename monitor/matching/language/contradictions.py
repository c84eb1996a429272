"""Contradictions: expressions that no article can make true.

The search is sound but not complete: it finds excluded requirements and exclusive filters, not
every contradiction of propositional logic.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from monitor.matching.language.expression import And, Filter, Near, Not, Or, Title, Unless, parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.matching.language.expression import Leaf, Node


def unsatisfiable(node: Node, may_find: Callable[[Leaf | Filter], bool]) -> str:
    """Return why an expression can never be true, or "" if it may be.

    `may_find` tells whether any article can satisfy a term, a term set or a filter.
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
    reasons = (unsatisfiable(part, may_find) for part in below)
    return next(filter(None, reasons), "")


def _contradiction(below: tuple[Node, ...]) -> str:
    """Return why the parts of an AND contradict each other, or ""."""
    return _excluded(below) or _exclusive_filters(below)


def _excluded(below: tuple[Node, ...]) -> str:
    required = [part for part in below if not isinstance(part, (Not, Filter))]
    for excluded in (part.part for part in below if isinstance(part, Not)):
        for part in required:
            if _holds(excluded, part):
                return f"it asks for {part} and excludes it"
    return ""


def _exclusive_filters(below: tuple[Node, ...]) -> str:
    filters = [part for part in below if isinstance(part, Filter)]
    for first, second in combinations(filters, 2):
        if first.key == "near":  # circles may overlap
            continue
        if first.key == second.key and _values(first).isdisjoint(_values(second)):
            return f"{first} and {second} exclude each other"
    return ""


def _values(node: Filter) -> set[str]:
    return {value.casefold() for value in node.values}


def _holds(weaker: Node, stronger: Node) -> bool:
    """Whether `weaker` is true in every article that makes `stronger` true."""
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
