"""How a list is printed, by the options of all lists; kept in the context of the command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KEY = "monitor.list-style"


@dataclass(frozen=True, slots=True)
class ListStyle:
    """`markdown` prints tables in Markdown; `render` makes the line of a row, None without one."""

    markdown: bool = False
    headers: bool = True
    render: Callable[[Mapping[str, Any]], str] | None = None


def list_style() -> ListStyle:
    """Return the style of the command that runs, the default without one."""
    ctx = click.get_current_context(silent=True)
    style: ListStyle = ctx.meta.get(_KEY, ListStyle()) if ctx else ListStyle()
    return style


def choose(ctx: click.Context, **changes: Any) -> None:
    """Change the style of a command."""
    ctx.meta[_KEY] = replace(ctx.meta.get(_KEY, ListStyle()), **changes)
