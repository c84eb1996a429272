"""E-mail through an SMTP server: replies are threaded by their Message-ID, edits are not sent."""

from __future__ import annotations

import re
import ssl
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from html import escape
from typing import TYPE_CHECKING, Literal

import aiosmtplib
import structlog

from monitor.channels import formatting
from monitor.channels.base import SPACING, UNREACHABLE, NoLookup
from monitor.errors import DeliveryError
from monitor.network import causes, in_words
from monitor.text.normalize import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from monitor.errors import Blame
    from monitor.model import AlertItem, Message

log = structlog.get_logger()

TIMEOUT = 30.0  # seconds for each step of an SMTP session
Tls = Literal["starttls", "tls", "none"]
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SUBJECT = 180  # characters
_PERMANENT = 500  # SMTP codes from here on refuse for good, RFC 5321, section 4.2.1
_ADVICE = {  # by the first two digits of the SMTP code
    53: "the mail server refuses user or password: check both",
    55: "the mail server refuses `sender` or `to`: check both, and that it may relay",
}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")  # an enhanced status code, RFC 3463


class Email(NoLookup):
    """One mailing: a server, a sender, recipients. `password` appears in no error.

    The Message-ID is made from the message's key: a mail reader recognises a message that is sent
    twice, and a reply refers to the first message of its story.
    """

    can_edit = False

    def __init__(
        self,
        *,
        host: str,
        sender: str,
        to: Sequence[str],
        port: int | None = None,
        tls: Tls = "starttls",
        user: str = "",
        password: str = "",
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.spacing = SPACING
        self._host = host
        self._port = port or _PORTS[tls]
        self._tls = tls
        self._sender = sender
        self._to = list(to)
        self._login = (user or None, password or None)
        self._context = context
        self._clock = clock

    async def send(self, message: Message) -> str:
        """Send the message and return its Message-ID; an edit sends nothing.

        A message that some recipients refuse counts as sent. Raises DeliveryError.
        """
        if message.edits is not None:
            return message.edits
        mail = self._mail(message)
        refused = await self._send(mail)
        if refused:
            codes = sorted({answer.code for answer in refused.values()})
            log.warning(
                "mail: recipients refused", refused=len(refused), of=len(self._to), codes=codes
            )
        return str(mail["Message-ID"])

    async def _send(self, mail: EmailMessage) -> dict[str, aiosmtplib.SMTPResponse]:
        """Send a mail and return the answers to the recipients that the server refused."""
        user, password = self._login
        try:
            refused, _ = await aiosmtplib.send(
                mail,
                hostname=self._host,
                port=self._port,
                use_tls=self._tls == "tls",
                start_tls=self._tls == "starttls",
                username=user,
                password=password,
                tls_context=self._context,
                timeout=TIMEOUT,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _refusal(error) from None  # the server's answer may quote what we sent
        return refused

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._to)
        mail["Subject"] = " ".join(shorten(formatting.subject(message), _SUBJECT).split())
        mail["Date"] = formatdate(self._clock(), usegmt=True)
        mail["Message-ID"] = f"<{message.key}@{self._domain()}>"
        if message.thread is not None:
            mail["In-Reply-To"] = mail["References"] = message.thread
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        mail.set_content(formatting.as_text(message) + "\n")
        if not message.plain:
            mail.add_alternative(html(message), subtype="html")
        return mail

    def _domain(self) -> str:
        return self._sender.rpartition("@")[2].rstrip("> ") or "monitor.invalid"

    async def close(self) -> None:
        """Nothing to close: each message has its own connection."""


def _refusal(error: Exception) -> DeliveryError:
    """Return who must act on an error of a send, and whether the mail may have gone out."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0] if error.recipients else error
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refused_with_code(error)
    return _no_session(error) or DeliveryError(
        f"no answer from the SMTP server: {in_words(error)}", in_doubt=True
    )


def _no_session(error: Exception) -> DeliveryError | None:
    """Return the error of a send that ended before the mail itself, None for any other."""
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes(error)):
        return DeliveryError(
            "SMTP: the server's certificate does not fit",
            blame="operator",
            advice="check `host`, and this machine's clock",
        )
    if type(error) in {aiosmtplib.SMTPException, aiosmtplib.SMTPNotSupported}:
        return DeliveryError(
            "SMTP: no TLS or no login at this server",
            blame="operator",
            advice="try `tls: tls` (port 465), or ask its operator how to log in",
        )
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return DeliveryError(f"cannot reach the SMTP server: {in_words(error)}", advice=UNREACHABLE)
    if isinstance(error, ValueError):
        return DeliveryError("SMTP: no such message can be made", blame="message")
    return None


def _refused_with_code(error: aiosmtplib.SMTPResponseException) -> DeliveryError:
    """Return the error for a code: 4xx passes, 5xx blames the message or the operator (RFC 5321).

    A 5xx blames the message where it answers DATA, in any earlier step the operator.
    """
    enhanced = _STATUS.search(error.message)
    reason = f"SMTP: {error.code}" + (f" {enhanced[0]}" if enhanced else "")
    blame: Blame = "passing"
    if error.code >= _PERMANENT:
        blame = "message" if isinstance(error, aiosmtplib.SMTPDataError) else "operator"
    step = type(error).__name__.removeprefix("SMTP").removesuffix("Error")
    return DeliveryError(
        f"{reason} ({step})", blame=blame, advice=_ADVICE.get(error.code // 10, "")
    )


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────


def html(message: Message) -> str:
    """Return a message as an HTML page; the texts of feeds are escaped."""
    title = formatting.heading(message)
    parts = [f"<h2>{escape(title)}</h2>"] if title else []
    if message.notice:
        parts += [f'<p dir="auto">{escape(line)}</p>' for line in message.notice.lines]
    parts += ["".join(_report(item, message)) for item in message.reports]
    parts += [f"<p>{escape(message.more)}</p>"] * bool(message.more)
    body = "<hr>".join(parts) if message.digest else "".join(parts)
    return f'<!DOCTYPE html><html><meta charset="utf-8"><body>{body}</body></html>'


def _report(item: AlertItem, message: Message) -> Iterator[str]:
    reply = message.thread is not None and bool(item.news)
    if reply:
        yield _list("New", item.news)
    topics = escape(formatting.marking(item.tlp) + " · ".join(item.topics))
    yield f"<p>{formatting.severity(item.severity)} · <b>{topics}</b></p>"
    yield f'<h3 dir="auto">{_headline(item)}</h3>'
    for line in formatting.glosses(item):
        yield f'<p dir="auto"><i>{escape(line)}</i></p>'
    if not reply and item.excerpt.text != item.title:
        yield f'<p dir="auto">{_bold(item)}</p>'
    if not reply and item.figures:
        yield _list("Figures", item.figures)
    yield f"<p><small>{escape(formatting.origin(item))}</small></p>"
    if not reply and item.why:
        yield f"<p><small>Matched: {escape(item.why)}</small></p>"


def _list(title: str, lines: Sequence[str]) -> str:
    items = "".join(f'<li dir="auto">{escape(line)}</li>' for line in lines)
    return f"<p><b>{title}</b></p><ul>{items}</ul>"


def _headline(item: AlertItem) -> str:
    title = escape(item.title)
    return f'<a href="{escape(item.link)}">{title}</a>' if item.link else title


def _bold(item: AlertItem) -> str:
    """Return the excerpt as HTML with the matched words in bold."""
    text, pieces, position = item.excerpt.text, [], 0
    for start, end in item.excerpt.bold:
        pieces += [escape(text[position:start]), f"<b>{escape(text[start:end])}</b>"]
        position = end
    return "".join([*pieces, escape(text[position:])])
