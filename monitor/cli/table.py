"""Tables: as wide as the terminal, tab-separated lines into a pipe, or Markdown if asked for.

The main column has half of the terminal at least; the others shrink first, and then go.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from monitor.cli.list_style import list_style
from monitor.cli.terminal import link, shows_links

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
    links: Sequence[str] = (),
) -> None:
    """Print a table that fits the terminal, tab-separated lines into a pipe, or Markdown.

    Columns in `wide` share the room that is left, the first of them at least half; columns in
    `right` hold numbers; columns in `whole` are not cut. The column `below` has lines of its own,
    uncut: it is for links. The columns in `first_to_go` go before any is cut. `colours` maps the
    whole text of a cell to its style. `links` are addresses, one for each row, to which the first
    wide column leads where links can be shown.
    """
    wide = [wide] if isinstance(wide, str) else wide
    style = list_style()
    if style.markdown:
        _print_markdown(columns, rows, wide[0], right, links)
        return
    if not sys.stdout.isatty():
        for line in (*([columns] if style.headers else []), *rows):
            cells = (cell.replace("\t", " ") for cell in line)
            click.echo("\t".join(_coloured(cell, colours.get(cell)) for cell in cells))
        return
    from shutil import get_terminal_size

    kinds = _Kinds(wide, right, whole, below, first_to_go, colours)
    widths = _layout(columns, rows, kinds, get_terminal_size().columns)
    if style.headers:
        click.secho(_line(columns, columns, widths, kinds), bold=True)
        click.echo("-" * (sum(widths.values()) + _GAP * (len(widths) - 1)))
    addresses = links if shows_links() else ()
    for row, address in zip_longest(rows, addresses, fillvalue=""):
        click.echo(_line(columns, row, widths, kinds, address))
        if shown_below := dict(zip(columns, row, strict=True)).get(below):
            click.echo(f"  {shown_below}")


def _print_markdown(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    linked: str,
    right: Sequence[str],
    links: Sequence[str],
) -> None:
    """Print a table in GitHub's Markdown; cells of the column `linked` lead to `links`."""
    if list_style().headers:
        click.echo(f"| {' | '.join(columns)} |")
        click.echo(f"|{'|'.join('---:' if name in right else '---' for name in columns)}|")
    for row, address in zip_longest(rows, links, fillvalue=""):
        cells = [_escaped(cell) for cell in row]
        if address:
            at = columns.index(linked)
            cells[at] = f"[{cells[at]}](<{address.replace('>', '%3E')}>)"
        click.echo(f"| {' | '.join(cells)} |")


def _escaped(cell: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(cell.split()))


def paragraph(text: str) -> None:
    """Print a text in lines as wide as the terminal, or as one line into a pipe."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from shutil import get_terminal_size

    from rich.console import Console
    from rich.text import Text

    width = get_terminal_size().columns
    for line in Text(text).wrap(Console(width=width), width):
        click.echo(line.plain.rstrip())


@dataclass(frozen=True, slots=True)
class _Kinds:
    """How the columns of a table are drawn; see `table`."""

    wide: Sequence[str]
    right: Sequence[str]
    whole: Sequence[str]
    below: str
    first_to_go: Sequence[str]
    colours: Mapping[str, str]


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
    address: str = "",
) -> str:
    parts = []
    for name, cell in zip(columns, cells, strict=True):
        if name in widths:
            text = _fitted(cell, widths[name], right=name in kinds.right)
            if name == kinds.wide[0] and address:
                shown = text.rstrip()
                text = link(shown, address) + text[len(shown) :]
            parts.append(_coloured(text, kinds.colours.get(cell)))
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
