"""The operator's own webhook: each message as JSON, signed by the Standard Webhooks specification.

See https://www.standardwebhooks.com: `webhook-id` stays the same when a message is sent again, and
the signature is an HMAC-SHA256 over `id.timestamp.body`. docs/channels.md documents the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from monitor import __version__
from monitor.channels import formatting
from monitor.channels.base import UNREACHABLE, NoLookup
from monitor.channels.http_status import (
    FOR_OPERATOR,
    PASSING,
    blame_of,
    is_server_error,
    seconds_to_wait,
)
from monitor.errors import DeliveryError
from monitor.network import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import AlertItem, Message, PublisherReport

VERSION = 1  # of the body; raised when a field of the body changes its meaning
_TIMEOUT = 30.0  # seconds for one request
_PREFIX = "whsec_"  # before a secret in base64
# The other 4xx statuses of a server that takes no request of this kind, whatever the message.
_FOR_OPERATOR = FOR_OPERATOR | {406, 411, 415, 426, 451}
_ADVICE = dict.fromkeys((401, 403, 407), "the webhook turns us away: check `url` and `secret`")
_ADVICE |= dict.fromkeys((404, 410), "there is no such webhook any more: check `url`")
_OK, _MOVED = 200, 300


class Webhook(NoLookup):
    """One address to post messages to. `url` and `secret` appear in no error.

    Messages are signed only where `secret` is set. `clock` returns seconds since 1970.
    """

    can_edit = True

    def __init__(
        self, *, url: str, secret: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.spacing = 0.0
        self._url = url
        self._secret = key(secret)
        self._clock = clock

    async def send(self, message: Message) -> str:
        """Post the message and return its key, or the reference of the message that it edits.

        Raises DeliveryError.
        """
        at = int(self._clock())
        content = body(message, datetime.fromtimestamp(at, UTC))
        data = json.dumps(content, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"monitor/{__version__}",
            "webhook-id": message.key,
            "webhook-timestamp": str(at),
        }
        if self._secret:
            headers["webhook-signature"] = signature(self._secret, message.key, at, data)

        try:
            status, wait = await self._post(data, headers)
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            reason = f"cannot reach the webhook: {in_words(error)}"
            raise DeliveryError(
                reason, advice=UNREACHABLE
            ) from None  # the error's text has the address
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            reason = f"no answer from the webhook: {in_words(error)}"
            raise DeliveryError(reason, in_doubt=True) from None
        _check(status, wait)
        return message.edits or message.key

    async def _post(self, data: bytes, headers: dict[str, str]) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(self._url, data=data, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers.get("Retry-After", "")

    async def close(self) -> None:
        """Nothing to close: each request has its own connection."""


def _check(status: int, wait: str) -> None:
    """Raise DeliveryError unless the status is a success; `wait` is the Retry-After header."""
    if _OK <= status < _MOVED:
        return
    raise DeliveryError(
        f"webhook: HTTP {status}",
        blame=blame_of(status, _FOR_OPERATOR),
        retry_after=seconds_to_wait(wait) if status in PASSING else None,
        in_doubt=is_server_error(status),
        advice=_ADVICE.get(status, ""),
    )


def key(secret: str) -> bytes:
    """Return the key that a secret stands for: base64 after `whsec_`, otherwise its own bytes."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(secret: bytes, webhook_id: str, at: int, data: bytes) -> str:
    """Return the value of the header `webhook-signature`; `at` is in seconds since 1970."""
    signed = f"{webhook_id}.{at}.".encode() + data
    mac = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


def body(message: Message, at: datetime) -> dict[str, Any]:
    """Return the JSON body of a message that is sent at `at`."""
    return {
        "version": VERSION,
        "type": _type(message),
        "timestamp": _time(at),
        "data": {
            "key": message.key,
            "thread": message.thread,
            "edits": message.edits,
            "tlp": message.tlp and message.tlp.label,
            "heading": formatting.heading(message),
            "more": message.more,
            "text": formatting.as_text(message),
            "notice": asdict(message.notice) if message.notice else None,
            "reports": [_report(item) for item in message.reports],
        },
    }


def _type(message: Message) -> str:
    if message.notice:
        return "notice"
    if message.edits is not None:
        return "edit"
    if message.digest:
        return "digest"
    return "alert" if message.thread is None else "reply"


def _report(item: AlertItem) -> dict[str, Any]:
    excerpt = item.excerpt
    return {
        "severity": item.severity,
        "story": item.story or None,
        "topics": _topics(item),
        "tlp": item.tlp and item.tlp.label,
        "title": item.title,
        "link": item.link,
        "lang": item.lang,
        "gloss": item.gloss or None,
        "machine_gloss": item.machine_gloss or None,
        "publisher": item.publisher,
        "published_at": _time(item.published_at),
        "excerpt": excerpt.text,
        "found": [excerpt.text[start:end] for start, end in excerpt.bold],
        "publishers": [_publisher(each) for each in item.publisher_reports],
        "figures": list(item.figures),
        "news": list(item.news),
        "why": item.why,
    }


def _topics(item: AlertItem) -> list[dict[str, str]]:
    """Return id and title of each topic; the id is empty for a message that has titles only."""
    topic_ids = item.topic_ids or ("",) * len(item.topics)
    pairs = zip(topic_ids, item.topics, strict=False)
    return [{"id": topic_id, "title": title} for topic_id, title in pairs]


def _publisher(report: PublisherReport) -> dict[str, Any]:
    return {
        "name": report.publisher,
        "kind": report.kind,
        "country": report.country,
        "first_seen_at": _time(report.first_seen_at),
        "copy_of": report.copy_of or None,
    }


def _time(at: datetime) -> str:
    """Return a time in ISO 8601, UTC, such as `2026-11-29T06:30:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
