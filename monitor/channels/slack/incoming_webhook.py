"""Slack through an incoming webhook: no bot, hence no threads and no edits.

A later report of a story goes out as a message of its own, marked as a later report.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from monitor.channels.base import SPACING, UNREACHABLE, NoLookup
from monitor.channels.http_status import RATE_LIMITED, is_server_error
from monitor.channels.slack.blocks import blocks, fallback
from monitor.channels.slack.client import ADVICE, TIMEOUT, rate_limited
from monitor.errors import DeliveryError
from monitor.network import in_words

if TYPE_CHECKING:
    from slack_sdk.webhook import WebhookResponse

    from monitor.errors import Blame
    from monitor.model import AlertItem, Message

_OK = 200
_LONGEST_CODE = 60  # characters; a longer body is a page, not an error code

# Error codes of webhooks that stop the whole channel until its operator acts.
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

    can_edit = False

    def __init__(self, *, url: str) -> None:
        self.spacing = SPACING
        self._client = AsyncWebhookClient(url, timeout=TIMEOUT, retry_handlers=[])

    async def send(self, message: Message) -> str:
        """Post the message and return its key, since Slack returns no reference.

        Raises DeliveryError.
        """
        if message.edits is not None:
            return message.edits
        if message.thread is not None:
            message = replace(message, thread=None, reports=tuple(map(_later, message.reports)))
        text = fallback(message)  # outside of `try`: a bug of ours is not Slack's fault
        layout = None if message.plain else [block.to_dict() for block in blocks(message)]
        try:
            answer = await self._client.send(
                text=text,
                blocks=layout,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
            raise DeliveryError(
                f"cannot reach Slack: {in_words(error)}", advice=UNREACHABLE
            ) from None
        except Exception as error:  # noqa: BLE001 - slack-sdk passes on the errors of aiohttp and json
            reason = f"no answer from Slack: {in_words(error)}"
            raise DeliveryError(reason, in_doubt=True) from None
        _check(answer)
        return message.key

    async def close(self) -> None:
        """Nothing to close: each call has its own connection."""


def _later(item: AlertItem) -> AlertItem:
    return replace(item, topics=("Later report", *item.topics))


def _check(answer: WebhookResponse) -> None:
    """Raise DeliveryError unless Slack accepted the message."""
    status, code = answer.status_code, str(answer.body).strip()
    if status == _OK:
        return
    if status == RATE_LIMITED:
        raise rate_limited(answer.headers)
    if is_server_error(status):
        raise DeliveryError(f"Slack: HTTP {status}", in_doubt=True)

    is_code = code.replace("_", "").isalpha() and len(code) < _LONGEST_CODE
    reason = code if is_code else f"HTTP {status}"
    blame: Blame = "operator" if code in _FOR_OPERATOR else "message"
    raise DeliveryError(f"Slack: {reason}", blame=blame, advice=ADVICE.get(code, ""))
