"""Slack through an incoming webhook: no bot, so no threads and no edits.

A later report of a story comes as a message of its own, marked as such.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from monitor.channels.base import SPACING, UNREACHABLE, NoLookup
from monitor.channels.slack.blocks import blocks, fallback
from monitor.channels.slack.client import ADVICE, TIMEOUT
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from slack_sdk.webhook import WebhookResponse

    from monitor.errors import Blame
    from monitor.model import AlertItem, Message

_OK, _RATE_LIMITED, _SERVER_ERROR = 200, 429, 500
_RETRY_AFTER = 30.0  # seconds, where Slack says 429 without saying how long

# Slack's answers to a webhook that only a person can change.
_FOR_OPERATOR = frozenset(
    [
        "invalid_token",
        "no_service",
        "no_service_id",
        "no_team",
        "team_disabled",
        "channel_not_found",
        "channel_is_archived",
        "action_prohibited",
        "posting_to_general_channel_denied",
        "no_active_hooks",
        "user_not_found",
    ]
)


class SlackWebhook(NoLookup):
    """One incoming webhook. `url` is a secret: it appears in no error."""

    can_thread = False
    can_edit = False

    def __init__(self, *, url: str) -> None:
        self.spacing = SPACING
        self._client = AsyncWebhookClient(url, timeout=TIMEOUT, retry_handlers=[])

    async def send(self, message: Message) -> str:
        """Post the message; its key is its reference, since Slack tells none."""
        if message.edits is not None:
            return message.edits
        if message.thread is not None:
            message = replace(message, thread=None, reports=tuple(map(_later, message.reports)))
        text = fallback(message)  # outside of `try`: a bug of ours is not Slack's fault
        shown = None if message.plain else [block.to_dict() for block in blocks(message)]
        try:
            answer = await self._client.send(
                text=text,
                blocks=shown,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
            raise DeliveryError(
                f"cannot reach Slack: {type(error).__name__}", advice=UNREACHABLE
            ) from None
        except Exception as error:  # noqa: BLE001 - slack-sdk lets through what aiohttp and json raise
            reason = f"no answer from Slack: {type(error).__name__}"
            raise DeliveryError(reason, in_doubt=True) from None
        _check(answer)
        return message.key

    async def close(self) -> None:
        """Each call has its own connection: nothing is left open."""


def _later(report: AlertItem) -> AlertItem:
    return replace(report, topics=("Later report", *report.topics))


def _check(answer: WebhookResponse) -> None:
    """Raise DeliveryError unless Slack took the message."""
    status, code = answer.status_code, str(answer.body).strip()
    if status == _OK:
        return
    if status == _RATE_LIMITED:
        wait = str((answer.headers or {}).get("Retry-After", ""))
        retry_after = float(wait) if wait.isdecimal() else _RETRY_AFTER
        raise DeliveryError(
            "Slack: ratelimited", retry_after=retry_after, advice=ADVICE["ratelimited"]
        )
    if status >= _SERVER_ERROR:
        raise DeliveryError(f"Slack: HTTP {status}", in_doubt=True)
    known = code if code.replace("_", "").isalpha() and len(code) < 60 else f"HTTP {status}"  # noqa: PLR2004 - a code, not a page
    blame: Blame = "operator" if code in _FOR_OPERATOR else "message"
    raise DeliveryError(f"Slack: {known}", blame=blame, advice=ADVICE.get(code, ""))
