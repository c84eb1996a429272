"""How far a text may be shared: the Traffic Light Protocol, version 2.0.

See https://www.first.org/tlp/ (FIRST, 2022) for the labels and their meaning.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Tlp(StrEnum):
    """A label of TLP 2.0, the widest circle of readers first."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def label(self) -> str:
        """The label as messages bear it: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.upper()}"


def strictest(levels: Iterable[Tlp | None]) -> Tlp | None:
    """Return the narrowest of some levels, None where none is given."""
    order = list(Tlp)
    return max(filter(None, levels), key=order.index, default=None)
