"""Feeds and their polls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.model.kinds import Outcome
    from monitor.model.websub import Hub


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the configuration has it.

    `url` is the address as written there and names the feed everywhere (database, logs);
    `address` has the secrets filled in and is used to fetch, nothing else; so have `headers` and
    `proxy`. `adapts`: `interval` is where it starts, then polls follow the feed's own pace.
    """

    url: str
    address: str = field(repr=False)
    title: str
    publisher: str
    country: str
    lang: str
    kind: str
    interval: float
    enabled: bool = True
    allow_private: bool = False
    adapts: bool = False
    proxy: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def may_move(self) -> bool:
        """Whether a permanent redirect is remembered: not where secrets belong to the address."""
        return self.address == self.url and not self.headers


@dataclass(frozen=True, slots=True)
class PollingHints:
    """What a feed's document asks of those who poll it.

    `ttl` is in seconds; hours (0 to 23) and days (0 is Monday) to skip are in UTC.
    """

    ttl: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


NO_POLLING_HINTS = PollingHints()


@dataclass(frozen=True, slots=True)
class Pace:
    """What polls have taught about when to poll a feed.

    `rate` are new entries an hour, smoothed; `interval` the seconds from the last good poll to the
    next as it was planned. None: not known yet.
    """

    rate: float | None = None
    interval: float | None = None
    polling_hints: PollingHints = NO_POLLING_HINTS


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A claimed feed: what the last polls left behind. `lease_at` proves the claim is ours.

    `moved_to`, if any, is where permanent redirects led, and is fetched instead of its address.
    `claimed_at` is the moment that the poll goes by: when its articles were seen. `known` and
    `entry_fingerprints` are those of the last document. `pushed_until`, if set, a hub is relied
    upon.
    """

    id: int
    url: str
    claimed_at: datetime
    lease_at: float
    etag: str
    last_modified: str
    body_digest: bytes
    known: frozenset[bytes]
    failures: int
    first_polled_at: datetime | None
    ok_at: datetime | None
    moved_to: str = ""
    pace: Pace = Pace()
    entry_fingerprints: bytes = b""
    pushed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's answer. `body` is decompressed; `final_url` is where the redirects ended.

    `body` is None when the server said 304, or when it is the same as last time. `served_at` is
    the server's own clock, if it told. `fresh_for`: for how many seconds nothing will change, as it
    says. `moved_to` is where permanent redirects led, None where there were none to remember.
    `hub` is the one that its headers name. What was `pushed` came from a hub, and may be a part.
    """

    body: bytes | None
    body_digest: bytes
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    final_url: str = ""
    served_at: datetime | None = None
    fresh_for: float = 0.0
    moved_to: str | None = None
    hub: Hub | None = None
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class Politeness:
    """How many feeds are polled at once, in all and from a host, and the pause between."""

    at_once: int
    per_host: int
    host_delay: float


@dataclass(frozen=True, slots=True)
class PollResult:
    """How one poll ended: `unchanged`, `ok`, `lost` (the claim was), or the reason of a failure.

    `entries` were served; `articles` are new. `outcomes` are those of the entries new to us, `hits`
    the topics that were newly hit. `renamed` entries came back under other ids and links. `gapped`:
    others may have come and gone since the last poll.
    """

    url: str
    outcome: str
    entries: int = 0
    articles: int = 0
    renamed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    hits: tuple[str, ...] = ()
    gapped: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the two queues: how many rows are due, and by how many seconds the oldest is late."""

    due: int
    overdue: float


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Both queues at a heartbeat: `polls` of enabled feeds, `alerts` of the outbox.

    `alert_states` counts alerts by state; `stopped` has a line for each stopped channel.
    """

    feeds: int
    feeds_failing: int
    polls: Queue
    alerts: Queue
    alert_states: Mapping[str, int]
    stopped: tuple[str, ...]
