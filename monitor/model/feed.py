"""Feeds and their polls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model.websub import Hub


@dataclass(frozen=True, slots=True)
class Input:
    """How a feed's documents are read.

    `kind` is a key of `parse.inputs.INPUTS`, `feed` (RSS or Atom), or `watch`; "" means that the
    document shows its kind. `parts` are (name, selector) of the kinds that need to be told where
    things stand.
    """

    kind: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as configured.

    `url` is the address as written in the configuration, and identifies the feed in the database
    and in logs. `address`, `headers` and `proxy` may hold secrets and are used for fetching only.
    `interval` is in seconds; `adapts`: it is the first interval only, then polls follow the feed's
    own pace. `reliability` is that of its publisher, A to F (Admiralty code); F: nobody judged it.
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
    input: Input = Input()
    reliability: str = "F"

    @property
    def may_move(self) -> bool:
        """Whether permanent redirects are remembered: not for a feed with secrets."""
        return self.address == self.url and not self.headers


@dataclass(frozen=True, slots=True)
class PollingHints:
    """The wishes of a feed's document for its polls.

    `ttl` is in seconds; hours (0 to 23) and days (0 is Monday) to skip are in UTC.
    """

    ttl: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


NO_POLLING_HINTS = PollingHints()


@dataclass(frozen=True, slots=True)
class Pace:
    """The pace of a feed, learned from its polls.

    `rate` are new entries an hour, smoothed; `interval` are the planned seconds from the last good
    poll to the next. None: not known yet.
    """

    rate: float | None = None
    interval: float | None = None
    polling_hints: PollingHints = NO_POLLING_HINTS


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A claimed feed with the state that its last polls left; `lease_at` proves that we own it.

    `claimed_at` is the time of the poll: its articles are seen then. `known` are the entries of the
    last document, `failures` the failed polls in a row. `moved_to` is the remembered target of
    permanent redirects, "" for none, and is fetched instead of the address. `pushed_until` is the
    end of a hub's lease, None without a hub. `restored`: the feed was not read since the database
    was restored, so what is new may have been sent before.
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
    pushed_until: datetime | None = None
    restored: bool = False

    def without_memory(self) -> DueFeed:
        """Return the claim as one of a feed of which no answer is remembered."""
        return replace(self, etag="", last_modified="", body_digest=b"", moved_to="")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's answer; `body` is decompressed, None for a 304 or the same body as last time.

    `final_url` is the address after redirects. `served_at` is the server's own clock. `fresh_for`
    are the seconds for which, by its headers, nothing changes. `moved_to` is the target of
    permanent redirects, None for none to remember. `hub` is the one named in the headers. A
    `pushed` document came from a hub, and may have some of the entries only. One that is `cut_off`
    ended early: it has no validators, no digest and no freshness.
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
    cut_off: bool = False

    def without_validators(self) -> Fetched:
        """Return the answer as one that the next poll cannot be the same as."""
        return replace(self, body_digest=b"", etag="", last_modified="")

    def without_memory(self) -> Fetched:
        """Return the answer as one that was cut off: the next poll asks for all of it again."""
        return replace(self.without_validators(), fresh_for=0.0, cut_off=True)


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a document: address and content type; the rest as in the configuration.

    `now` is the moment of the poll and `last_modified` the header of that name, where known: dates
    are judged by them. `cut_off`: by HTTP or by its compression, the answer ended early.
    """

    url: str = ""
    content_type: str = ""
    lang: str = ""
    publisher: str = ""
    kind: str = ""
    now: datetime | None = None
    last_modified: str = ""
    cut_off: bool = False
    input: Input = Input()

    @property
    def base(self) -> str:
        """The address that links are relative to, without its query, which may hold a secret."""
        return self.url.partition("?")[0]
