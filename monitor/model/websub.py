"""Feeds that are pushed (WebSub)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hub:
    """What a feed names: the `address` of the server that pushes it, and how it calls itself."""

    address: str
    topic: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a hub was asked to push, or is to stop pushing (where it is not `wanted`).

    `token` is the unguessable end of its callback address, `secret` signs what is pushed; both are
    ours, random, and of this subscription alone. While it is `pending`, the hub has still to verify
    that it was we who asked. It pushes until `lease_until`, None where it does not. A `private` one
    is that of a feed with `allow_private`.
    """

    feed_id: int
    url: str
    hub: Hub
    token: str = field(repr=False)
    secret: str = field(repr=False)
    wanted: bool
    pending: bool
    attempts: int
    lease_until: datetime | None
    private: bool
