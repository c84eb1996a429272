"""Expressions that no article can make true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.expression import And, Filter, Near, Not, Or, Title, Unless, parts

if TYPE_CHECKING:
    from monitor.matching.expression import Node


def never(node: Node) -> str:
    """Say why an expression can never be true, or "" where it may.

    Finds what asks for and excludes the same, and filters that exclude each other; not every
    contradiction that logic knows.
    """
    match node:
        case And(parts=below):
            return next(filter(None, map(never, below)), "") or _contradiction(below)
        case Or(parts=below):
            reasons = [never(part) for part in below]
            return reasons[0] if all(reasons) else ""
        case Unless(left=left, guard=guard):
            return never(left) or (f"{left} always cancels itself" if _holds(guard, left) else "")
        case Near() | Title():
            return next(filter(None, map(never, parts(node))), "")
        case _:
            return ""


def _contradiction(below: tuple[Node, ...]) -> str:
    for excluded in (part.part for part in below if isinstance(part, Not)):
        for part in below:
            if not isinstance(part, (Not, Filter)) and _holds(excluded, part):
                return f"it asks for {part} and excludes it"
    filters = [part for part in below if isinstance(part, Filter)]
    for number, first in enumerate(filters):
        for second in filters[number + 1 :]:
            if first.key == second.key and not {*first.values} & {*second.values}:
                return f"{first} and {second} exclude each other"
    return ""


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
