"""Glosses of foreign headlines in lists and under headlines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_INDENT = 2  # characters before a line below a row


def gloss_lines(row: dict[str, Any]) -> list[str]:
    """Lines under a foreign headline: what it names, and a machine's translation, marked so."""
    machine = f"machine: {row['machine_gloss']}" if row["machine_gloss"] else ""
    return list(filter(None, [row["gloss"], machine]))


def with_gloss(
    columns: Sequence[str], cells: Sequence[Sequence[str]], rows: Sequence[dict[str, Any]]
) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of a table with a last column `Gloss`, empty where there is none."""
    glosses = [_fitted("; ".join(gloss_lines(row))) for row in rows]
    glossed = [[*each, gloss] for each, gloss in zip(cells, glosses, strict=True)]
    return [*columns, "Gloss"], glossed


def _fitted(gloss: str) -> str:
    """A gloss as wide as the terminal allows, below a row; whole in a pipe."""
    if not gloss or not sys.stdout.isatty():
        return gloss
    from shutil import get_terminal_size

    from rich.cells import cell_len, set_cell_size

    room = get_terminal_size().columns - _INDENT
    return gloss if cell_len(gloss) <= room else set_cell_size(gloss, room - 1).rstrip() + "…"
