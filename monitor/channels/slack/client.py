"""Slack, through a bot token: `chat.postMessage`, `chat.update`, and looking up what was sent.

A message's reference is `channel/timestamp`, by which Slack itself knows it: edits and look-ups
need the channel's id, which only Slack's answers tell.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from monitor.channels.base import SPACING, UNREACHABLE
from monitor.channels.slack.blocks import blocks, fallback
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from monitor.model import Message

TIMEOUT = 30  # seconds for one call
EVENT = "monitor_alert"  # the type of our messages' metadata
_RETRY_AFTER = 30.0  # seconds, where Slack says 429 without saying how long
_SERVER_ERROR = 500
_RATE_LIMITED = 429
_PAGE, _PAGES = 100, 10  # messages on a page, and pages that are read at most
_LIST = 1_000  # channels on a page of their list
_CLOCKS = timedelta(minutes=5)  # by which Slack's clock and ours may differ
_ID = re.compile(r"[CDG][A-Z0-9]{6,}")

# What to do about Slack's answers, to calls of its API and to webhooks.
_RESTORE = "the channel is archived: restore it, or name another one"
ADVICE = {
    "channel_not_found": "check the channel's name, and invite the bot there: /invite @monitor",
    "not_in_channel": "invite the bot into the channel: /invite @monitor",
    "invalid_auth": "Slack does not know this token: copy it anew from the app's page",
    "not_authed": "no token was sent: set `token` or `token_file`",
    "token_revoked": "the token was revoked: install the app again, and copy the new token",
    "token_expired": "the token has expired: install the app again, and copy the new token",
    "account_inactive": "the bot was removed: install the app again, and copy the new token",
    "missing_scope": "give the bot the scope `chat:write`, and install the app again",
    "not_allowed_token_type": "this is no bot token: copy the one that begins with xoxb-",
    "is_archived": _RESTORE,
    "channel_is_archived": _RESTORE,
    "ratelimited": "Slack asks for a pause: try again in a minute",
    "invalid_token": "Slack does not know this webhook: copy its address anew",
    "no_service": "the webhook was removed: make a new one",
}
# Slack's answers that only a person can change, for the whole channel.
FOR_OPERATOR = frozenset(
    [
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "missing_scope",
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "no_permission",
        "ekm_access_denied",
        "restricted_action",
        "org_login_required",
        "team_access_not_granted",
        "access_denied",
        "not_allowed_token_type",
    ]
)
# Answers that leave open whether the message was posted, and those that pass by themselves.
_IN_DOUBT = frozenset(["internal_error", "fatal_error", "request_timeout"])
_PASSING = frozenset(["ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"])


class Slack:
    """One Slack channel. `token` is a bot token; it appears in no error.

    With an `app_token` its messages have buttons: `socket` listens for those who press them.
    """

    can_thread = True
    can_edit = True
    can_find = True

    def __init__(
        self,
        *,
        token: str,
        channel: str,
        app_token: str = "",
        api_url: str = "https://slack.com/api/",
    ) -> None:
        self.spacing = SPACING
        self._channel = channel
        self._id = channel if _ID.fullmatch(channel) else ""
        self._buttons = bool(app_token)
        self._client = client(token, api_url)

    async def send(self, message: Message) -> str:
        """Post or edit the message and return its reference. Raises DeliveryError."""
        layout = None if message.plain else blocks(message, buttons=self._buttons)
        content: dict[str, Any] = {
            "text": fallback(message),
            "blocks": None if layout is None else [block.to_dict() for block in layout],
            "metadata": {"event_type": EVENT, "event_payload": {"key": message.key}},
        }
        if message.edits is not None:
            channel, _, ts = message.edits.rpartition("/")
            await called(
                self._client.chat_update, channel=channel or self._channel, ts=ts, **content
            )
            return message.edits
        answer = await called(
            self._client.chat_postMessage,
            channel=self._channel,
            thread_ts=timestamp(message.thread),
            reply_broadcast=True if message.broadcast and message.thread else None,
            unfurl_links=False,
            unfurl_media=False,
            **content,
        )
        if not answer.get("ts"):
            raise DeliveryError("Slack: ok, but no message", in_doubt=True)
        self._id = str(answer.get("channel") or self._id)
        return f"{self._id}/{answer['ts']}"

    async def find(self, message: Message, since: datetime) -> str | None:
        """Look for the message's key in the metadata of what was posted since then.

        First messages are in the channel's history, replies (broadcast or not) in their thread.
        Raises DeliveryError, with the operator's blame where the token may not read.
        """
        if message.edits is not None:
            return None  # to edit a message twice does no harm
        channel = (message.thread or "").rpartition("/")[0] or await self._channel_id()
        where = {
            "channel": channel,
            "oldest": f"{(since - _CLOCKS).timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": str(_PAGE),
        }
        method = "conversations.history"
        if message.thread:
            method, where["ts"] = "conversations.replies", message.thread.rpartition("/")[2]
        async for posted in self._listed(method, "messages", where):
            metadata = posted.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("key") == message.key:
                return f"{channel}/{posted['ts']}"
        return None

    async def _channel_id(self) -> str:
        """Return the channel's id: what Slack told with a message, or by its lists of channels.

        Private channels are listed only if need be: that takes a scope of its own.
        """
        wanted = self._channel.removeprefix("#")
        for kind in ("public_channel", "private_channel"):
            if not self._id:
                where = {"types": kind, "limit": str(_LIST)}
                async for each in self._listed("conversations.list", "channels", where):
                    if each.get("name") == wanted:
                        self._id = str(each["id"])
                        break
        if not self._id:
            raise DeliveryError(
                "Slack: channel_not_found", blame="operator", advice=ADVICE["channel_not_found"]
            )
        return self._id

    async def _listed(
        self, method: str, what: str, where: dict[str, str]
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield what a method lists, page by page; ten pages at most."""
        cursor: dict[str, str] = {}
        for _ in range(_PAGES):
            answer = await called(
                self._client.api_call, api_method=method, data={**where, **cursor}
            )
            for each in answer.get(what) or []:
                yield each
            found = (answer.get("response_metadata") or {}).get("next_cursor")
            if not found:
                return
            cursor = {"cursor": str(found)}

    async def close(self) -> None:
        """Each call has its own connection: nothing is left open."""


def client(token: str, api_url: str, logger: logging.Logger | None = None) -> AsyncWebClient:
    """Return slack-sdk's client, which here never tries again by itself.

    The outbox does; slack-sdk's own retries would post twice.
    """
    return AsyncWebClient(
        token=token, base_url=api_url, timeout=TIMEOUT, retry_handlers=[], logger=logger
    )


def timestamp(ref: str | None) -> str | None:
    """Return Slack's own timestamp in a reference."""
    return ref.rpartition("/")[2] if ref else None


async def called(
    method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
) -> AsyncSlackResponse:
    """Call a method of Slack's API and return its answer. Raises DeliveryError."""
    try:
        return await method(**arguments)
    except SlackApiError as error:
        raise _refusal(error) from None  # the answer's text may quote the request
    except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
        raise DeliveryError(
            f"cannot reach Slack: {type(error).__name__}", advice=UNREACHABLE
        ) from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
        reason = f"no answer from Slack: {type(error).__name__}"
        raise DeliveryError(reason, in_doubt=True) from error
    except (AttributeError, ValueError) as error:  # slack-sdk's own, on what is no JSON object
        raise DeliveryError("no answer that Slack would give", in_doubt=True) from error


def _refusal(error: SlackApiError) -> DeliveryError:
    """Say who must act on an answer that is not ok, and when to try again."""
    status = int(getattr(error.response, "status_code", 0) or 0)
    data: Any = getattr(error.response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == _RATE_LIMITED or code in {"ratelimited", "rate_limited"}:
        headers = getattr(error.response, "headers", {}) or {}
        wait = str(headers.get("Retry-After", ""))
        retry_after = float(wait) if wait.isdecimal() else _RETRY_AFTER
        return DeliveryError(
            "Slack: ratelimited", retry_after=retry_after, advice=ADVICE["ratelimited"]
        )
    if code in FOR_OPERATOR:
        return DeliveryError(f"Slack: {code}", blame="operator", advice=ADVICE.get(code, ""))
    if status >= _SERVER_ERROR or code in _IN_DOUBT or not code:
        return DeliveryError(f"Slack: {code or f'HTTP {status}'}", in_doubt=True)
    if code in _PASSING:
        return DeliveryError(f"Slack: {code}")
    return DeliveryError(f"Slack: {code}", blame="message")
