"""Figures: how many of what, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from monitor.model.kinds import FieldName

# How a figure is meant: as it stands, roughly, not less, not more.
Approx = Literal["", "about", "least", "most"]

# What figures count or measure, the same words in every language. `people` are civilians too,
# `evacuated` also refugees; `minutes` are those of a flight; `ordinal` numbers a package of
# sanctions or a round of talks.
UNITS = (
    "troops", "killed", "wounded", "casualties", "captured", "people", "evacuated",
    "missiles", "drones", "shells", "tanks", "aircraft", "ships",
    "km", "minutes", "usd", "percent", "ordinal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit (one of `UNITS`) in `text[start:end]` of an article's `field`.

    Of a range, `value` is its upper end and `approx` is `most`. Miles are in `km`. `said_by` is
    who says so, as the text names him; empty where it names nobody.
    """

    value: float
    unit: str
    approx: Approx
    said_by: str
    field: FieldName
    start: int
    end: int
