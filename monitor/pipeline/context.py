"""The context of the pipeline: the store, the feeds, the topics, and the functions that do I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from monitor import alerts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from monitor.channels import Channel
    from monitor.model import Article, DueFeed, Feed, Fetched, MatchedArticle, Topic
    from monitor.scan.workers import MatchSome, ScanOne
    from monitor.store.database import Store


@dataclass(frozen=True, slots=True)
class Politeness:
    """The most polls at a time, in all and of one host, and the seconds between two of a host."""

    at_once: int
    per_host: int
    host_delay: float


class AskHub(Protocol):
    """A function that posts a form to a hub (WebSub); raises FetchError."""

    async def __call__(
        self, address: str, fields: Mapping[str, str], *, allow_private: bool = False
    ) -> None:
        """Return once the hub has accepted the form."""
        ...


async def ask_no_hub(
    address: str, fields: Mapping[str, str], *, allow_private: bool = False
) -> None:
    """Do nothing: the `ask_hub` of a context without WebSub."""


async def match_in_thread(
    articles: tuple[Article, ...], topics: bytes
) -> tuple[MatchedArticle, ...]:
    """Match in the caller's thread: the `match_some` of a context without workers."""
    from monitor.scan.scan import match_some

    return match_some(articles, topics)


@dataclass(frozen=True, slots=True)
class PipelineContext:
    """Everything that the pipeline needs; `service.assemble` builds it, tests build their own.

    `feeds` are by address, `topics` by id, `channels` by name; `packed` are the topics for `scan`
    (see `matching.compile`), or their digest where its workers have them. A poll must end within
    `poll_lease` seconds; one that takes in a document in pieces gets as much again for each.
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
    ask_hub: AskHub = ask_no_hub
    match_some: MatchSome = match_in_thread
    delivery: alerts.Delivery = field(default_factory=alerts.Delivery)

    @property
    def news_channels(self) -> tuple[str, ...]:
        """Channels of topics that name none: all but that of operations, or all if it is alone."""
        names = tuple(self.channels)
        return tuple(name for name in names if name != self.delivery.operations) or names
