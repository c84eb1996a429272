"""Slack, through a bot token and `chat.postMessage`.

What a feed wrote is escaped, so that it can neither mention anyone nor hide a link, and marked
`verbatim`, so that Slack turns none of its words into links. Limits are those of Slack's block
reference, and a message's blocks stay under 12,000 characters together: over about 13,200 Slack
refuses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.blocks import ContextBlock, DividerBlock, MarkdownTextObject, SectionBlock
from slack_sdk.web.async_client import AsyncWebClient

from monitor.channels.base import SPACING
from monitor.errors import DeliveryError
from monitor.text import shorten

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

    from monitor.model import Excerpt, Message, Report

TIMEOUT = 30  # seconds for one call
_MOST = 12_000  # characters of all blocks together
_BLOCKS = 48  # of Slack's 50, two kept for a heading and what was left out
_SECTION = 3_000
_FALLBACK = 3_500  # Slack advises at most 4,000
_FULL = 8  # reports that a digest tells with their excerpts; more are told in a line each
_SHORT = 120
_TITLE, _LINK, _OTHERS = 400, 1_500, 400
_RETRY_AFTER = 30.0  # seconds, where Slack says 429 without saying how long
_IN_LINK = str.maketrans({"|": "%7C", "<": "%3C", ">": "%3E", " ": "%20"})
_SERVER_ERROR = 500
_RATE_LIMITED = 429

# Slack's answers that only a person can change, for the whole channel.
_FOR_OPERATOR = frozenset(
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
    """One Slack channel. `token` is a bot token; it appears in no error."""

    def __init__(
        self, *, token: str, channel: str, api_url: str = "https://slack.com/api/"
    ) -> None:
        self.spacing = SPACING
        self._channel = channel
        self._client = AsyncWebClient(
            token=token,
            base_url=api_url,
            timeout=TIMEOUT,
            retry_handlers=[],  # the outbox retries; slack-sdk's own would post twice
        )

    async def send(self, message: Message) -> str:
        """Post the message and return its timestamp, Slack's name for it. Raises DeliveryError."""
        metadata = {"event_type": "monitor_alert", "event_payload": {"key": message.key}}
        try:
            answer = await self._client.chat_postMessage(
                channel=self._channel,
                text=fallback(message),
                blocks=None if message.plain else [block.to_dict() for block in blocks(message)],
                thread_ts=message.thread,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            raise _refusal(error) from None  # the answer's text may quote the request
        except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError) as error:
            raise DeliveryError(f"cannot reach Slack: {type(error).__name__}") from error
        except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
            reason = f"no answer from Slack: {type(error).__name__}"
            raise DeliveryError(reason, in_doubt=True) from error
        except (AttributeError, ValueError) as error:  # slack-sdk's own, on what is no JSON object
            raise DeliveryError("no answer that Slack would give", in_doubt=True) from error
        if not answer.get("ts"):
            raise DeliveryError("Slack: ok, but no message", in_doubt=True)
        return str(answer["ts"])

    async def close(self) -> None:
        """Each call has its own connection: nothing is left open."""


def _refusal(error: SlackApiError) -> DeliveryError:
    """Say who must act on an answer that is not ok, and when to try again."""
    status = int(getattr(error.response, "status_code", 0) or 0)
    data: Any = getattr(error.response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    if status == _RATE_LIMITED or code in {"ratelimited", "rate_limited"}:
        headers = getattr(error.response, "headers", {}) or {}
        wait = str(headers.get("Retry-After", ""))
        retry_after = float(wait) if wait.isdecimal() else _RETRY_AFTER
        return DeliveryError("Slack: ratelimited", retry_after=retry_after)
    if code in _FOR_OPERATOR:
        return DeliveryError(f"Slack: {code}", blame="operator")
    if status >= _SERVER_ERROR or code in _IN_DOUBT or not code:
        return DeliveryError(f"Slack: {code or f'HTTP {status}'}", in_doubt=True)
    if code in _PASSING:
        return DeliveryError(f"Slack: {code}")
    return DeliveryError(f"Slack: {code}", blame="message")


def escape(text: str) -> str:
    """Escape Slack's three control characters, as its formatting reference asks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(message: Message) -> str:
    """Return the message as one plain text: for notifications, and where blocks were refused.

    Where it is all that is sent, it has the links as well.
    """
    lines = [_line(report, linked=message.plain) for report in message.reports]
    heading = _digest_heading(message) + "\n" if message.digest else ""
    return _fitting(escape(heading + "\n".join(lines)), _FALLBACK)


def _line(report: Report, *, linked: bool) -> str:
    line = shorten(f"[{', '.join(report.topics)}] {report.title}", 600)
    publisher = f" ({shorten(report.publisher, 100)})" if report.publisher else ""
    return f"{line}{publisher}" + (f" {report.link}" if linked and report.link else "")


def blocks(message: Message) -> list[Block]:
    """Return the message as Block Kit; what does not fit is counted in the last line."""
    compact = len(message.reports) > _FULL
    heading: list[Block] = [_section(f"*{_digest_heading(message)}*")] if message.digest else []
    chosen, left = list(heading), _MOST - sum(map(_size, heading)) - 200
    for number, report in enumerate(message.reports):
        parts = [_one_line(report)] if compact else _report_blocks(report, divided=bool(chosen))
        if sum(map(_size, parts)) > left or len(chosen) + len(parts) > _BLOCKS:
            rest = len(message.reports) - number
            return [*chosen, _context(f"and {rest} more: `monitor hits` lists them")]
        chosen += parts
        left -= sum(map(_size, parts))
    return chosen


def _one_line(report: Report) -> Block:
    """Return a report of a long digest: headline, topics, publisher."""
    title = _fitting(escape(shorten(report.title, _SHORT)), 2 * _SHORT)
    publisher = escape(shorten(report.publisher or "unknown publisher", 60))
    topics = escape(shorten(" · ".join(report.topics), 60))
    return _section(f"• {_headline(report, title)}\n{topics} · {publisher}")


def _report_blocks(report: Report, *, divided: bool) -> list[Block]:
    headline = _headline(report, _fitting(escape(shorten(report.title, _TITLE)), 2 * _TITLE))
    topics = _fitting(escape(" · ".join(report.topics)), _TITLE)
    head = _section(f"{headline}\n*{topics}*")
    excerpt = [] if report.excerpt.text == report.title else [_section(_bold(report.excerpt))]
    return [*([DividerBlock()] if divided else []), head, *excerpt, _context(_origin(report))]


def _headline(report: Report, title: str) -> str:
    link = escape(report.link.translate(_IN_LINK))
    return f"*<{link}|{title}>*" if link and len(link) <= _LINK else f"*{title}*"


def _origin(report: Report) -> str:
    """Return who reported, when (in the reader's own time zone), and who else did."""
    at = report.published_at
    when = f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%Y-%m-%d %H:%M} UTC>"
    line = f"{escape(shorten(report.publisher or 'unknown publisher', 100))} · {when}"
    if report.publishers:
        line += " · also: " + escape(shorten(", ".join(report.publishers), _OTHERS))
    return line


def _bold(excerpt: Excerpt) -> str:
    """Return an excerpt with the found words in bold.

    Slack reads an asterisk as bold only at a word's edge; a zero-width space makes one inside
    a word, as a Korean name with its particle needs.
    """
    pieces, at = [], 0
    for start, end in excerpt.bold:
        pieces += [escape(excerpt.text[at:start]), "\u200b*"]
        pieces += [escape(excerpt.text[start:end]), "*\u200b"]
        at = end
    return "".join([*pieces, escape(excerpt.text[at:])])


def _digest_heading(message: Message) -> str:
    count = len(message.reports)
    return f"Digest: {count} stor{'ies' if count > 1 else 'y'} found while catching up"


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True))


def _context(text: str) -> ContextBlock:
    return ContextBlock(elements=[MarkdownTextObject(text=_fitting(text, _SECTION), verbatim=True)])


def _fitting(escaped: str, width: int) -> str:
    """Cut escaped text to a width without cutting an escape in two."""
    if len(escaped) <= width:
        return escaped
    cut = escaped[: width - 1]
    head, ampersand, tail = cut.rpartition("&")
    return (head if ampersand and ";" not in tail else cut) + "…"


def _size(block: Block) -> int:
    """Return how many characters of text a block holds."""
    if isinstance(block, SectionBlock):
        return len(block.text.text) if block.text else 0
    if isinstance(block, ContextBlock):
        return sum(len(getattr(element, "text", "")) for element in block.elements)
    return 0
