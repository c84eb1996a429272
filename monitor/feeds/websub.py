"""Requests to hubs, their verification, leases and signatures. Pure.

The protocol is WebSub (W3C Recommendation of 2018); section numbers are those of the
Recommendation.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from monitor.model import Hub
from monitor.text.durations import DAY
from monitor.text.normalize import absolute_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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


Verdict = Literal["subscribed", "unsubscribed", "denied", "unasked"]

ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})  # section 7.1.1
LONGEST_LEASE = 30 * DAY  # seconds; a longer lease is cut to this
_SHORTEST = 60.0  # seconds until a lease is renewed, at least
_RENEWED = 0.8  # share of the lease after which it is renewed
_FIRST_RETRY, _LONGEST_RETRY = 300.0, DAY  # seconds
LONGEST_ADDRESS = 2_000  # characters; longer addresses are not remembered
_LONGEST_CHALLENGE = 1_000  # characters


def named_hub(links: Iterable[tuple[str, str]], base: str) -> Hub | None:
    """Return the hub in a list of (rel, address) pairs, None without a `hub` and a `self`.

    Of several hubs the first with HTTPS is taken, because the secret is sent there. `base` is what
    addresses are relative to.
    """
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for rel, address in links:
        link = absolute_link(address, base)
        if rel in found and _is_usable(link):
            found[rel].append(link)
    if not found["hub"] or not found["self"]:
        return None
    hubs = sorted(found["hub"], key=lambda address: not address.startswith("https:"))
    return Hub(hubs[0], found["self"][0])


def _is_usable(address: str) -> bool:
    try:
        port = urlsplit(address).port
    except ValueError:  # a port such as 99999
        return False
    return bool(address) and len(address) <= LONGEST_ADDRESS and port != 0


def secured(address: str) -> str:
    """Return a hub's address with HTTPS in place of HTTP at port 80 (section 8.2)."""
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.port in {None, 80}:
        host = parts.netloc.rpartition("@")[2].removesuffix(":80")
        return urlunsplit(parts._replace(scheme="https", netloc=host))
    return address


def request(subscription: Subscription, callback: str, lease: float) -> dict[str, str]:
    """Return the form that subscribes or unsubscribes (section 5.1); `lease` is in seconds."""
    fields = {
        "hub.callback": f"{callback.rstrip('/')}/{subscription.token}",
        "hub.mode": "subscribe" if subscription.wanted else "unsubscribe",
        "hub.topic": subscription.hub.topic,
    }
    if subscription.wanted:
        fields |= {"hub.lease_seconds": str(int(lease)), "hub.secret": subscription.secret}
    return fields


def verdict(subscription: Subscription, query: Mapping[str, str]) -> Verdict:
    """Return the meaning of a hub's verification request; `unasked` for what we did not request."""
    if query.get("hub.topic") != subscription.hub.topic:
        return "unasked"
    mode = query.get("hub.mode")
    if mode == "denied":
        return "denied"
    challenge = query.get("hub.challenge", "")
    plain = challenge.isascii() and challenge.isprintable()
    if not challenge or len(challenge) > _LONGEST_CHALLENGE or not plain:
        return "unasked"
    if mode == "subscribe" and subscription.wanted:
        return "subscribed"
    return "unsubscribed" if mode == "unsubscribe" and not subscription.wanted else "unasked"


def lease_until(query: Mapping[str, str], wanted: float, now: datetime) -> datetime:
    """Return the end of a lease by the hub's verification; older hubs grant the one `wanted`.

    `wanted` is in seconds.
    """
    granted = query.get("hub.lease_seconds", "")
    is_number = granted.isdecimal() and len(granted) < 12  # noqa: PLR2004 - a sane number of seconds
    lease = float(granted) if is_number else wanted
    return now + timedelta(seconds=min(lease, LONGEST_LEASE))


def renewal_at(until: datetime, now: datetime) -> datetime:
    """Return when a lease is renewed: after four fifths of the time that is left."""
    return now + max((until - now) * _RENEWED, timedelta(seconds=_SHORTEST))


def next_ask(attempts: int, now: datetime) -> datetime:
    """Return when a hub is asked again after `attempts` requests that it did not verify."""
    wait = min(_FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait)


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether an X-Hub-Signature header (`sha256=…`) is the signature of the body."""
    algorithm, _, signature = header.strip().partition("=")
    if algorithm.lower() not in ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, algorithm.lower()).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode())


def links_of(feed: Any) -> list[tuple[str, str]]:
    """Return the links of a feed that feedparser read as (rel, address) pairs."""
    links = feed.get("links")
    if not isinstance(links, list):
        return []
    return [(str(link.get("rel") or ""), str(link.get("href") or "")) for link in links]
