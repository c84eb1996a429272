"""What the path of an article works with: the store, the feeds, the topics, and what does I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from monitor import alerts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from monitor.channels import Channel
    from monitor.model import (
        DueFeed,
        Feed,
        Fetched,
        Politeness,
        Topic,
    )
    from monitor.scan.workers import ScanOne
    from monitor.store.database import Store


class AskHub(Protocol):
    """Post a form to a hub (WebSub); raises FetchError."""

    async def __call__(
        self, address: str, fields: Mapping[str, str], *, allow_private: bool = False
    ) -> None:
        """Return once the hub has accepted it."""
        ...


async def nobody(address: str, fields: Mapping[str, str], *, allow_private: bool = False) -> None:
    """Ask nobody: a desk that does no WebSub."""


@dataclass(frozen=True, slots=True)
class PipelineContext:
    """Everything the path needs, built by `daemon`; `packed` are the topics for `scan`.

    A poll has to end within `poll_lease` seconds. `ask_hub` posts a form to a feed's hub (WebSub).
    """

    store: Store
    feeds: Mapping[str, Feed]
    topics: Mapping[str, Topic]
    packed: bytes
    channels: Mapping[str, Channel]
    fetch: Callable[[Feed, DueFeed], Awaitable[Fetched]]
    scan_one: ScanOne
    politeness: Politeness
    poll_lease: float = 60.0
    ask_hub: AskHub = nobody
    delivery: alerts.Delivery = field(default_factory=alerts.Delivery)

    @property
    def news_channels(self) -> tuple[str, ...]:
        """Where topics go that name no channel: all, but not that of operations if it can be."""
        names = tuple(self.channels)
        return tuple(name for name in names if name != self.delivery.operations) or names
