"""Slack through a bot token: `chat.postMessage`, `chat.update`, and looking up sent messages.

The reference of a message is `channel/timestamp`, Slack's own identity of a message. Edits and
look-ups need the channel's id, which only Slack's answers contain.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from monitor.channels.base import SPACING, UNREACHABLE
from monitor.channels.http_status import RATE_LIMITED, is_server_error, seconds_to_wait
from monitor.channels.slack.blocks import blocks, fallback
from monitor.errors import DeliveryError
from monitor.network import in_words

if TYPE_CHECKING:
    import logging
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from monitor.model import Message

TIMEOUT = 30  # seconds for one call
EVENT = "monitor_alert"  # `event_type` of our messages' metadata
_PAGE, _PAGES = 100, 10  # messages a page, and pages that a look-up reads at most
_LIST = 1_000  # channels a page of `conversations.list`
_CLOCKS = timedelta(minutes=5)  # by which Slack's clock and ours may differ
_ID = re.compile(r"[CDG][A-Z0-9]{6,}")

# Advice by Slack's error code, for calls of its API and for incoming webhooks.
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
# Error codes that stop the whole channel until its operator acts.
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
# Error codes that leave open whether the message was posted.
_IN_DOUBT = frozenset(["internal_error", "fatal_error", "request_timeout"])
_RATE_LIMITED = frozenset(["ratelimited", "rate_limited"])
# Error codes that pass by themselves.
_PASSING = _RATE_LIMITED | {"service_unavailable", "team_added_to_org"}


class Slack:
    """One Slack channel. `token` is a bot token; it appears in no error.

    With an `app_token` its messages have buttons: `socket_mode` receives the clicks.
    """

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
        self._client = web_client(token, api_url)

    async def send(self, message: Message) -> str:
        """Post or edit the message and return its reference. Raises DeliveryError."""
        if message.edits is not None:
            await self._edit(message.edits, self._content(message))
            return message.edits
        return await self._post(message, self._content(message))

    def _content(self, message: Message) -> dict[str, Any]:
        layout = None if message.plain else blocks(message, buttons=self._buttons)
        return {
            "text": fallback(message),
            "blocks": None if layout is None else [block.to_dict() for block in layout],
            "metadata": message_metadata(message.key),
        }

    async def _edit(self, ref: str, content: dict[str, Any]) -> None:
        channel, _, ts = ref.rpartition("/")
        await call(self._client.chat_update, channel=channel or self._channel, ts=ts, **content)

    async def _post(self, message: Message, content: dict[str, Any]) -> str:
        answer = await call(
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
        """Look for the message's key in the metadata of the messages posted after `since`.

        First messages are in the channel's history, replies (broadcast or not) in their thread.
        Raises DeliveryError, with the blame `operator` where the token lacks the scope to read.
        """
        if message.edits is not None:
            return None  # repeating an edit does no harm
        channel = (message.thread or "").rpartition("/")[0] or await self._channel_id()
        arguments = {
            "channel": channel,
            "oldest": f"{(since - _CLOCKS).timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": str(_PAGE),
        }
        method = "conversations.history"
        if message.thread:
            method = "conversations.replies"
            arguments["ts"] = message.thread.rpartition("/")[2]

        async for posted in self._list(method, "messages", arguments):
            metadata = posted.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("key") == message.key:
                return f"{channel}/{posted['ts']}"
        return None

    async def _channel_id(self) -> str:
        """Return the channel's id: from an earlier answer of Slack, or from its lists of channels.

        Private channels are listed last, since listing them takes a scope of its own.
        """
        for kind in ("public_channel", "private_channel"):
            self._id = self._id or await self._find_channel(kind)
        if not self._id:
            raise DeliveryError(
                "Slack: channel_not_found", blame="operator", advice=ADVICE["channel_not_found"]
            )
        return self._id

    async def _find_channel(self, kind: str) -> str:
        """Return the id of the channel in the list of one kind, "" where it is not in there."""
        name = self._channel.removeprefix("#")
        arguments = {"types": kind, "limit": str(_LIST)}
        async for channel in self._list("conversations.list", "channels", arguments):
            if channel.get("name") == name:
                return str(channel["id"])
        return ""

    async def _list(
        self, method: str, field: str, arguments: dict[str, str]
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the entries of `field` in the answers of a paged method, ten pages at most."""
        cursor: dict[str, str] = {}
        for _ in range(_PAGES):
            data = {**arguments, **cursor}
            answer = await call(self._client.api_call, api_method=method, data=data)
            for each in answer.get(field) or []:
                yield each
            next_cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not next_cursor:
                return
            cursor = {"cursor": str(next_cursor)}

    async def identify(self) -> tuple[str, frozenset[str]]:
        """Return the bot and its workspace, and the scopes of its token, as Slack tells them.

        Scopes are in the header `x-oauth-scopes` of each answer (docs.slack.dev, "auth.test").
        Raises DeliveryError, also where no public or private channel has the channel's name.
        """
        answer = await call(self._client.auth_test)
        written = str(answer.headers.get("x-oauth-scopes", ""))
        scopes = frozenset(filter(None, re.split(r"[,\s]+", written)))
        if "channels:read" in scopes:
            await self._channel_id()
        return f"{answer.get('user', 'a bot')} of {answer.get('team', 'a workspace')}", scopes

    async def close(self) -> None:
        """Nothing to close: each call has its own connection."""


def web_client(token: str, api_url: str, logger: logging.Logger | None = None) -> AsyncWebClient:
    """Return slack-sdk's client without its retries, which would post a message twice.

    The outbox retries instead.
    """
    return AsyncWebClient(
        token=token, base_url=api_url, timeout=TIMEOUT, retry_handlers=[], logger=logger
    )


def timestamp(ref: str | None) -> str | None:
    """Return Slack's timestamp from a reference `channel/timestamp`."""
    return ref.rpartition("/")[2] if ref else None


def message_metadata(key: str) -> dict[str, Any]:
    """Return the metadata by which `find` and the feedback listener recognise a message."""
    return {"event_type": EVENT, "event_payload": {"key": key}}


async def call(
    method: Callable[..., Awaitable[AsyncSlackResponse]], **arguments: Any
) -> AsyncSlackResponse:
    """Call a method of Slack's API and return its answer. Raises DeliveryError."""
    try:
        return await method(**arguments)
    except SlackApiError as error:
        raise _refusal(error) from None  # the answer's text may quote the request
    except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
        raise DeliveryError(f"cannot reach Slack: {in_words(error)}", advice=UNREACHABLE) from error
    except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
        reason = f"no answer from Slack: {in_words(error)}"
        raise DeliveryError(reason, in_doubt=True) from error
    except (AttributeError, ValueError) as error:  # raised by slack-sdk on a body without JSON
        raise DeliveryError("no answer that Slack would give", in_doubt=True) from error


def _refusal(error: SlackApiError) -> DeliveryError:
    """Return who must act on an answer that is not ok, and when to retry."""
    status = int(getattr(error.response, "status_code", 0) or 0)
    data: Any = getattr(error.response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == RATE_LIMITED or code in _RATE_LIMITED:
        return rate_limited(getattr(error.response, "headers", {}))
    if code in FOR_OPERATOR:
        return DeliveryError(f"Slack: {code}", blame="operator", advice=ADVICE.get(code, ""))
    if is_server_error(status) or code in _IN_DOUBT or not code:
        return DeliveryError(f"Slack: {code or f'HTTP {status}'}", in_doubt=True)
    if code in _PASSING:
        return DeliveryError(f"Slack: {code}")
    return DeliveryError(f"Slack: {code}", blame="message")


def rate_limited(headers: Mapping[str, Any] | None) -> DeliveryError:
    """Return the error for an answer that asks for a pause, with its seconds from Retry-After."""
    retry_after = seconds_to_wait(str((headers or {}).get("Retry-After", "")))
    return DeliveryError(
        "Slack: ratelimited", retry_after=retry_after, advice=ADVICE["ratelimited"]
    )
