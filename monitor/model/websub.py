"""Hubs that push feeds (WebSub)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub as a feed names it: the `address` of the hub, and the feed's own address, `topic`."""

    address: str
    topic: str
