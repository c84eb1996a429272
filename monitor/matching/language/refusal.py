"""What is said of a mistake in an expression; `grammar` finds it. Loads no grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(eq=False)
class ExpressionError(Exception):
    """A mistake in an expression: `line` and `column` count from 1 within its text."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return the message."""
        return self.message


def nearest(name: str, names: Collection[str]) -> str:
    """Hint on the name of a term set that does not exist."""
    return did_you_mean(
        name, names, least=0.6, written="@{}", otherwise="`monitor topics sets` lists them"
    )
