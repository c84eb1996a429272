"""Whatever Apprise speaks: Telegram, Teams, ntfy, Matrix and more (the extra `apprise`).

Apprise tells only whether a message was taken, so no look-up, no threads and no edits.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from monitor.channels import formatting
from monitor.channels.base import SPACING, NoLookup
from monitor.errors import DeliveryError
from monitor.model import Severity

if TYPE_CHECKING:
    from monitor.model import Message

_TIMEOUT = 60.0  # seconds for a message
_STATUS = re.compile(r"\berror=(\d{3})\b")  # how Apprise's services log an HTTP status
_PASSING = frozenset([408, 425, 429])
_FOR_OPERATOR = frozenset([401, 402, 403, 404, 405, 407, 410])
_ADVICE = "the service turns us away: check the tokens in `url`"
_REFUSED, _SERVER_ERROR = 400, 500
_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
# What some services read as a mention; a zero-width space inside makes it plain text everywhere.
_MENTION = re.compile(r"@(?=\w)|<(?=[!@#&])")


class Apprise(NoLookup):
    """One address as Apprise writes it, such as `tgram://token/chat`: a secret, in no error.

    An address is one destination, so that what one takes is never repeated because of another.
    """

    can_thread = False
    can_edit = False

    def __init__(self, *, url: str) -> None:
        self.spacing = SPACING
        self._url = url

    async def send(self, message: Message) -> str:
        """Hand the message over and return its key, since services tell no name of it."""
        if message.edits is not None:
            return message.edits
        service = await asyncio.to_thread(self._service)  # Apprise loads a hundred services first
        result = await service.async_notify(
            title=_harmless(formatting.subject(message)),
            body=_harmless(formatting.as_text(message)),
            notify_type=_KINDS[_severity(message)],
            body_format="text",
            timeout=_TIMEOUT,
        )
        if not result:
            raise _refusal(result)
        return message.key

    def _service(self) -> Any:
        try:
            import apprise  # noqa: PLC0415 - an extra that few need
        except ImportError:
            reason = "Apprise is not installed: pip install 'monitor[apprise]'"
            raise DeliveryError(reason, blame="operator") from None
        service = apprise.Apprise()
        if not service.add(self._url):
            reason = "no address that Apprise understands: check `url`"
            raise DeliveryError(reason, blame="operator")
        return service

    async def close(self) -> None:
        """Apprise keeps nothing open."""


def _severity(message: Message) -> Severity:
    if message.notice:
        return message.notice.severity
    found = [report.severity for report in message.reports]
    return max(found, key=list(Severity).index, default=Severity.INFO)


def _harmless(text: str) -> str:
    return _MENTION.sub(lambda found: f"{found[0]}\u200b", text)


def _refusal(result: Any) -> DeliveryError:
    """Say who must act, by the HTTP status in what the service logged; its words stay out."""
    lines = [str(entry) for each in result.results for entry in each.logs()]
    statuses = [int(found[1]) for line in lines if (found := _STATUS.search(line))]
    if not statuses:
        return DeliveryError("Apprise: the service did not take the message", in_doubt=True)
    status = statuses[-1]
    reason = f"Apprise: HTTP {status}"
    if status >= _SERVER_ERROR or status in _PASSING:
        return DeliveryError(reason, in_doubt=status >= _SERVER_ERROR)
    operator = status in _FOR_OPERATOR or status < _REFUSED
    return DeliveryError(
        reason, blame="operator" if operator else "message", advice=_ADVICE if operator else ""
    )
