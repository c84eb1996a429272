"""The services that Apprise supports: Telegram, Teams, ntfy, Matrix and more (extra `apprise`).

Apprise returns only whether a message was accepted: no look-up, no threads and no edits. The HTTP
status of a refusal is read from what the service logged.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from monitor.channels import formatting
from monitor.channels.base import SPACING, NoLookup
from monitor.channels.http_status import blame_of, is_server_error
from monitor.errors import DeliveryError
from monitor.model import Severity

if TYPE_CHECKING:
    from monitor.model import Message

_TIMEOUT = 60.0  # seconds for a message
_STATUS = re.compile(r"\berror=(\d{3})\b")  # how Apprise's services log an HTTP status
_ADVICE = "the service turns us away: check the tokens in `url`"
_KINDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}
# The beginning of what some services read as a mention; a zero-width space after it prevents that.
_MENTION = re.compile(r"@(?=\w)|<(?=[!@#&])")


class Apprise(NoLookup):
    """One address in Apprise's form, such as `tgram://token/chat`: a secret, which no error shows.

    Each address is a channel of its own, so that no service gets a message twice because another
    one refused it.
    """

    can_edit = False

    def __init__(self, *, url: str) -> None:
        self.spacing = SPACING
        self._url = url

    async def send(self, message: Message) -> str:
        """Send the message and return its key, since Apprise returns no reference."""
        if message.edits is not None:
            return message.edits
        service = await asyncio.to_thread(
            self._service
        )  # importing Apprise loads a hundred services
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
            reason = "Apprise is not installed: pip install 'monitor-desk[apprise]'"
            raise DeliveryError(reason, blame="operator") from None
        service = apprise.Apprise()
        if not service.add(self._url):
            reason = "no address that Apprise understands: check `url`"
            raise DeliveryError(reason, blame="operator")
        return service

    async def close(self) -> None:
        """Nothing to close: Apprise keeps no connection."""


def _severity(message: Message) -> Severity:
    if message.notice:
        return message.notice.severity
    severities = [item.severity for item in message.reports]
    return max(severities, key=list(Severity).index, default=Severity.INFO)


def _harmless(text: str) -> str:
    """Return the text with all mentions broken, so that no feed can notify anyone."""
    return _MENTION.sub(lambda mention: f"{mention[0]}\u200b", text)


def _refusal(result: Any) -> DeliveryError:
    """Return who must act on a refusal; the service's own words stay out, they may hold secrets."""
    status = _http_status(result)
    if status is None:
        return DeliveryError("Apprise: the service did not take the message", in_doubt=True)
    blame = blame_of(status)
    return DeliveryError(
        f"Apprise: HTTP {status}",
        blame=blame,
        in_doubt=is_server_error(status),
        advice=_ADVICE if blame == "operator" else "",
    )


def _http_status(result: Any) -> int | None:
    """Return the last HTTP status that the services logged, None if they logged none."""
    lines: list[str] = []
    for service in result.results:
        lines += map(str, service.logs())
    found = [match for match in map(_STATUS.search, lines) if match]
    return int(found[-1][1]) if found else None
