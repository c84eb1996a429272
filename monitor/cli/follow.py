"""`--follow`: after a list, the rows that come to it, until Ctrl-C."""

from __future__ import annotations

import time
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.output import emit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.cli.output import Row

Command = TypeVar("Command", bound="Callable[..., Any]")
_PAUSE = 2.0  # seconds between two looks


def follow_option(command: Command) -> Command:
    """Decorator that adds --follow."""
    told = "Go on and print what comes, until Ctrl-C; with --nl as JSON."
    return click.option("--follow", is_flag=True, help=told)(command)


def follow(
    rows: Callable[[], list[Row]], names: Sequence[str], form: str | None, *, key: Sequence[str]
) -> None:
    """Print rows that come to a list, the oldest first, as lines with the values of `names`.

    `rows` reads the list anew; rows with the same values of `key` are one. What is there at first
    is not printed.
    """
    known = _by_key(rows(), key)
    click.echo("Waiting for more; Ctrl-C ends it.", err=True)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(_PAUSE)
            found = _by_key(rows(), key)
            _print([row for each, row in found.items() if each not in known], names, form)
            known |= found


def _by_key(rows: list[Row], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    """Rows by the values of their key, the oldest first."""
    values = itemgetter(*key)
    return {values(row): row for row in reversed(rows)}


def _print(rows: list[Row], names: Sequence[str], form: str | None) -> None:
    if form:
        emit(rows, names, form)
        return
    for row in rows:
        click.echo("  ".join(_text(row[name]) for name in names if row[name]))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
