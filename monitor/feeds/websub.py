"""How hubs are asked, believed and asked again (WebSub, W3C Recommendation of 2018). Pure."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from monitor.model import Hub
from monitor.text.durations import DAY
from monitor.text.normalize import absolute_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.model import Subscription

Verdict = Literal["subscribed", "unsubscribed", "denied", "unasked"]

ALGORITHMS = frozenset({"sha1", "sha256", "sha384", "sha512"})  # section 7.1.1
LONGEST_LEASE = 30 * DAY  # seconds; a hub may offer more, but is asked again
_SHORTEST = 60.0  # seconds after which a hub is asked again at the earliest
_RENEWED = 0.8  # of the lease is over when it is renewed
_FIRST_RETRY, _LONGEST_RETRY = 300.0, DAY
_LONGEST_ADDRESS = 2_000  # characters
_LONGEST_CHALLENGE = 1_000


def named_hub(links: Iterable[tuple[str, str]], base: str) -> Hub | None:
    """Return the hub of (rel, address) pairs, None where not both hub and topic are named.

    Of several hubs the first with HTTPS is taken: the secret is sent to it.
    """
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for rel, address in links:
        link = absolute_link(address, base)
        if rel in found and _can_be_asked(link):
            found[rel].append(link)
    if not found["hub"] or not found["self"]:
        return None
    hubs = sorted(found["hub"], key=lambda address: not address.startswith("https:"))
    return Hub(hubs[0], found["self"][0])


def _can_be_asked(address: str) -> bool:
    try:
        port = urlsplit(address).port
    except ValueError:  # such as :99999
        return False
    return bool(address) and len(address) <= _LONGEST_ADDRESS and port != 0


def secured(address: str) -> str:
    """Return a hub's address with HTTPS, as the Recommendation asks (section 8.2)."""
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.port in {None, 80}:
        host = parts.netloc.rpartition("@")[2].removesuffix(":80")
        return urlunsplit(parts._replace(scheme="https", netloc=host))
    return address


def request(subscription: Subscription, callback: str, lease: float) -> dict[str, str]:
    """Return the form that asks a hub to push, or to stop; `lease` is in seconds."""
    fields = {
        "hub.callback": f"{callback.rstrip('/')}/{subscription.token}",
        "hub.mode": "subscribe" if subscription.wanted else "unsubscribe",
        "hub.topic": subscription.hub.topic,
    }
    if subscription.wanted:
        fields |= {"hub.lease_seconds": str(int(lease)), "hub.secret": subscription.secret}
    return fields


def verdict(subscription: Subscription, query: Mapping[str, str]) -> Verdict:
    """Return what a hub's request about a subscription says; what we did not ask is `unasked`."""
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
    """Return until when a hub pushes, as its verification says; older hubs do not say it."""
    told = query.get("hub.lease_seconds", "")
    lease = float(told) if told.isdecimal() and len(told) < 12 else wanted  # noqa: PLR2004 - more is no lease
    return now + timedelta(seconds=min(lease, LONGEST_LEASE))


def renewal_at(until: datetime, now: datetime) -> datetime:
    """Return when a lease is renewed: well before it ends."""
    return now + max((until - now) * _RENEWED, timedelta(seconds=_SHORTEST))


def next_ask(attempts: int, now: datetime) -> datetime:
    """Return when a hub is asked again that did not answer, or did not verify."""
    wait = min(_FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait)


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether X-Hub-Signature (`sha256=…`) is that of the body by the secret."""
    algorithm, _, signature = header.strip().partition("=")
    if algorithm.lower() not in ALGORITHMS:
        return False
    expected = hmac.new(secret.encode(), body, algorithm.lower()).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode())


def links_of(feed: Any) -> list[tuple[str, str]]:
    """Return the links of a parsed feed as (rel, address)."""
    links = feed.get("links")
    return [
        (str(link.get("rel") or ""), str(link.get("href") or ""))
        for link in (links if isinstance(links, list) else ())
    ]
