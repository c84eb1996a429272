"""The kinds that several values name."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

FieldName = Literal["title", "text"]


class Outcome(StrEnum):
    """What became of an entry of a feed: each has exactly one (the ledger)."""

    HIT = "hit"
    NEAR_MISS = "near-miss"
    NO_MATCH = "no-match"
    DUPLICATE = "duplicate"
    UNREAD = "unread"
