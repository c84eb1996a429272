"""Kinds that several values share."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

FieldName = Literal["title", "text"]


class Outcome(StrEnum):
    """The outcome of an entry in the ledger: every entry of a feed has exactly one."""

    HIT = "hit"
    NEAR_MISS = "near-miss"
    NO_MATCH = "no-match"
    DUPLICATE = "duplicate"
    UNREAD = "unread"
