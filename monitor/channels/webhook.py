"""A webhook of one's own: each message as JSON, signed as Standard Webhooks asks.

See https://www.standardwebhooks.com: `webhook-id` is the same when a message is sent again, and the
signature is an HMAC-SHA256 over `id.timestamp.body`. docs/channels.md documents the body.
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
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import AlertItem, Message

VERSION = 1  # of the body; raised when something in it changes its meaning
_TIMEOUT = 30.0  # seconds
_RETRY_AFTER = 30.0  # seconds, where a server says 429 without saying how long
_PREFIX = "whsec_"  # before a secret in base64
_FOR_OPERATOR = frozenset([401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 426, 451])
_ADVICE = dict.fromkeys((401, 403, 407), "the webhook turns us away: check `url` and `secret`")
_ADVICE |= dict.fromkeys((404, 410), "there is no such webhook any more: check `url`")
_PASSING = frozenset([408, 425, 429])
_OK, _MOVED, _REFUSED, _SERVER_ERROR = 200, 300, 400, 500


class Webhook(NoLookup):
    """One address that takes messages. `url` and `secret` appear in no error.

    Without a secret nothing is signed.
    """

    can_thread = True
    can_edit = True

    def __init__(
        self, *, url: str, secret: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.spacing = 0.0
        self._url = url
        self._secret = key(secret)
        self._clock = clock

    async def send(self, message: Message) -> str:
        """Post the message and return its key, or the reference of the message that it edits."""
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
            reason = f"cannot reach the webhook: {type(error).__name__}"
            raise DeliveryError(reason, advice=UNREACHABLE) from None  # its text has the address
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            reason = f"no answer from the webhook: {type(error).__name__}"
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
        """Each call has its own connection: nothing is left open."""


def _check(status: int, wait: str) -> None:
    """Raise DeliveryError unless the message was taken."""
    if _OK <= status < _MOVED:
        return
    reason = f"webhook: HTTP {status}"
    if status in _PASSING:
        retry_after = float(wait) if wait.isdecimal() else _RETRY_AFTER
        raise DeliveryError(reason, retry_after=retry_after)
    if status >= _SERVER_ERROR:
        raise DeliveryError(reason, in_doubt=True)
    operator = status in _FOR_OPERATOR or status < _REFUSED
    raise DeliveryError(
        reason, blame="operator" if operator else "message", advice=_ADVICE.get(status, "")
    )


def key(secret: str) -> bytes:
    """Return the bytes of a secret: base64 after `whsec_`, else the text itself."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(secret: bytes, webhook_id: str, at: int, data: bytes) -> str:
    """Return the signature header's value for a body sent at `at`, in seconds since 1970."""
    signed = f"{webhook_id}.{at}.".encode() + data
    code = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(code).decode()}"


def body(message: Message, at: datetime) -> dict[str, Any]:
    """Return a message as JSON has it; `at` is when it is sent."""
    return {
        "version": VERSION,
        "type": _type(message),
        "timestamp": _time(at),
        "data": {
            "key": message.key,
            "thread": message.thread,
            "edits": message.edits,
            "heading": formatting.heading(message),
            "text": formatting.as_text(message),
            "notice": asdict(message.notice) if message.notice else None,
            "reports": [_report(report) for report in message.reports],
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


def _report(report: AlertItem) -> dict[str, Any]:
    excerpt = report.excerpt
    return {
        "severity": report.severity,
        "story": report.story or None,
        "topics": [
            {"id": topic_id, "title": title}
            for topic_id, title in zip(
                report.topic_ids or ("",) * len(report.topics), report.topics, strict=False
            )
        ],
        "title": report.title,
        "link": report.link,
        "lang": report.lang,
        "publisher": report.publisher,
        "published_at": _time(report.published_at),
        "excerpt": excerpt.text,
        "found": [excerpt.text[start:end] for start, end in excerpt.bold],
        "publishers": [
            {
                "name": voice.publisher,
                "kind": voice.kind,
                "country": voice.country,
                "first_seen_at": _time(voice.first_seen_at),
                "copy_of": voice.copy_of or None,
            }
            for voice in report.publisher_reports
        ],
        "figures": list(report.figures),
        "news": list(report.news),
        "why": report.why,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
