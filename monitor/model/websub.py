"""Hubs that push feeds, and subscriptions to them (WebSub)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub as a feed names it: the `address` of the hub, and the feed's own address, `topic`."""

    address: str
    topic: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed's subscription at its hub; one that is not `wanted` is being ended.

    `token` is the unguessable end of the callback address; `secret` signs what the hub pushes. Both
    are random, and of this subscription alone. `pending`: the hub has not verified the request yet.
    `attempts` counts requests since the last verification. The hub pushes until `lease_until`, None
    for a hub that does not push. `private`: the feed has `allow_private`.
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
