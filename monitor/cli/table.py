"""Tables: as wide as the terminal, or tab-separated lines into a pipe, where nothing is padded.

The main column has half of the terminal at least; the others shrink first, and then go.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDEST = 20  # characters of a column that is neither `wide` nor `whole`
_LONGEST = 99  # characters of a column that is `whole`
_NARROW = 8  # characters to which a column shrinks before one goes
_GAP = 2  # characters between columns
_NO_COLOURS: Mapping[str, str] = {}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    wide: str | Sequence[str],
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    below: str = "",
    first_to_go: Sequence[str] = (),
    colours: Mapping[str, str] = _NO_COLOURS,
) -> None:
    """Print a table that fits the terminal, or tab-separated lines into a pipe.

    Columns in `wide` share the room that is left, the first of them at least half; columns in
    `right` hold numbers; columns in `whole` are not cut. The column `below` has lines of its own,
    uncut: it is for links. The columns in `first_to_go` go before any is cut. `colours` maps the
    whole text of a cell to its style.
    """
    if not sys.stdout.isatty():
        for line in (columns, *rows):
            click.echo("\t".join(cell.replace("\t", " ") for cell in line))
        return
    kinds = _Kinds([wide] if isinstance(wide, str) else wide, right, whole, below, first_to_go)
    widths = _layout(columns, rows, kinds, get_terminal_size().columns)
    click.secho(_line(columns, columns, widths, kinds, _NO_COLOURS), bold=True)
    click.echo("-" * (sum(widths.values()) + _GAP * (len(widths) - 1)))
    for row in rows:
        click.echo(_line(columns, row, widths, kinds, colours))
        if link := dict(zip(columns, row, strict=True)).get(below):
            click.echo(f"  {link}")


def paragraph(text: str) -> None:
    """Print a text in lines as wide as the terminal, or as one line into a pipe."""
    wrapped = click.wrap_text(text, get_terminal_size().columns) if sys.stdout.isatty() else text
    click.echo(wrapped)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """How the columns of a table are drawn; see `table`."""

    wide: Sequence[str]
    right: Sequence[str]
    whole: Sequence[str]
    below: str
    first_to_go: Sequence[str]


def _layout(
    columns: Sequence[str], rows: Sequence[Sequence[str]], kinds: _Kinds, room: int
) -> dict[str, int]:
    """Width of each column that is shown, in characters of the terminal."""
    from rich.cells import cell_len

    cells = zip(columns, zip(columns, *rows, strict=True), strict=True)
    natural = {name: max(map(cell_len, texts)) for name, texts in cells if name != kinds.below}
    others = {
        name: min(width, _LONGEST if name in kinds.whole else _WIDEST)
        for name, width in natural.items()
        if name not in kinds.wide
    }
    main, *more = kinds.wide
    wanted = min(natural[main], room // 2) + sum(min(natural[name], _WIDEST) for name in more)
    gaps = _GAP * len(kinds.wide)
    _make_room(others, kinds, room - wanted - gaps)
    left = room - sum(others.values()) - _GAP * len(others) - gaps + _GAP
    return {**others, **_shared(natural, kinds.wide, left)}


def _make_room(others: dict[str, int], kinds: _Kinds, room: int) -> None:
    """Let the columns go that are the first to, shrink the widest, then let others go."""
    first, going = list(kinds.first_to_go), list(others)[:0:-1]
    while sum(others.values()) + _GAP * len(others) > room:
        fixed = {*kinds.right, *kinds.whole}
        able = [name for name in others if name not in fixed and others[name] > _NARROW]
        if first:
            others.pop(first.pop(0), None)
        elif able:
            others[max(able, key=lambda name: others[name])] -= 1
        elif left := [name for name in going if name in others]:
            del others[left[0]]
        else:
            return


def _shared(natural: Mapping[str, int], wide: Sequence[str], room: int) -> dict[str, int]:
    """Share the room: the first column gets half at least, what one does not need goes on."""
    widths: dict[str, int] = {}
    for name in reversed(wide[1:]):
        widths[name] = min(natural[name], max(_NARROW, room // (2 * len(wide[1:]))))
    widths[wide[0]] = max(_NARROW, min(natural[wide[0]], room - sum(widths.values())))
    spare = room - sum(widths.values())
    for name in wide[1:]:
        more = max(0, min(spare, natural[name] - widths[name]))
        widths[name] += more
        spare -= more
    return widths


def _line(
    columns: Sequence[str],
    cells: Sequence[str],
    widths: Mapping[str, int],
    kinds: _Kinds,
    colours: Mapping[str, str],
) -> str:
    parts = []
    for name, cell in zip(columns, cells, strict=True):
        if name in widths:
            text = _fitted(cell, widths[name], right=name in kinds.right)
            parts.append(_coloured(text, colours.get(cell)))
    return (" " * _GAP).join(parts).rstrip()


def _coloured(text: str, colour: str | None) -> str:
    if colour is None:
        return text
    return click.style(text, fg=None if colour == "dim" else colour, dim=colour == "dim" or None)


def _fitted(cell: str, width: int, *, right: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    text = " ".join(cell.split())
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
    padding = " " * (width - cell_len(text))
    return padding + text if right else text + padding
