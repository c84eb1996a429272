"""Figures: a number, its unit, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The fields of an article in which text is matched.
FieldName = Literal["title", "text"]
# Precision of a figure: exact, roughly right, a minimum, a maximum.
Approx = Literal["", "about", "least", "most"]

# Units of figures, the same in every language. `people` includes civilians, `evacuated` refugees;
# `minutes` are those of a flight; `ordinal` numbers a package of sanctions or a round of talks.
UNITS = (
    "troops", "killed", "wounded", "casualties", "captured", "people", "evacuated",
    "missiles", "drones", "shells", "tanks", "aircraft", "ships",
    "km", "minutes", "usd", "percent", "ordinal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit (one of `UNITS`) in `text[start:end]` of an article's `field`.

    For a range, `value` is the upper end and `approx` is `most`. Miles are converted to `km`.
    `said_by` is the source as the text names it, empty for none. `label` is the noun with the act
    that the text names where they say more than the unit: `hostages freed`, `drones shot down`.
    """

    value: float
    unit: str
    approx: Approx
    said_by: str
    field: FieldName
    start: int
    end: int
    label: str = ""
