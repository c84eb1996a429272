"""Alerts on a terminal: the default channel, and what `--dry-run` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console as Terminal
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from monitor.channels.base import NoLookup
from monitor.channels.formatting import heading, origin, severity
from monitor.errors import DeliveryError
from monitor.model import Severity

if TYPE_CHECKING:
    from monitor.model import AlertItem, Message


class Console(NoLookup):
    """Prints messages to a terminal, or as plain text to a pipe."""

    spacing = 0.0
    can_thread = True
    can_edit = False

    def __init__(self, terminal: Terminal | None = None) -> None:
        self._terminal = terminal or Terminal(soft_wrap=False, highlight=False)

    async def send(self, message: Message) -> str:
        """Print the message; its key is its reference. An edit prints nothing."""
        if message.edits is not None:
            return message.edits
        try:
            self._print(message)
        except (OSError, ValueError) as error:  # ValueError: closed, or no such characters there
            raise DeliveryError(f"cannot print: {type(error).__name__}") from error
        return message.key

    def _print(self, message: Message) -> None:
        if title := heading(message):
            ends = "\n" if message.reports else ""
            self._terminal.print(Text(title + ends, style="bold"))
        for line in message.notice.lines if message.notice else ():
            self._terminal.print(Text(f"  {line}"))
        for number, report in enumerate(message.reports):
            if number:
                self._terminal.print()
            text = render(report, reply=message.thread is not None)
            indented = message.thread is not None or message.digest
            self._terminal.print(Padding(text, (0, 0, 0, 4 if indented else 0)))
        self._terminal.print()

    async def close(self) -> None:
        """Nothing to let go of."""


def render(report: AlertItem, *, reply: bool = False) -> Text:
    """Return a report as styled text; a feed's text is never read as markup."""
    text = Text()
    text.append("↳ " if reply else "", style="dim")
    critical = report.severity is Severity.CRITICAL
    text.append(f"{severity(report.severity)} " if critical else "", style="bold red")
    text.append(f"[{', '.join(report.topics)}] ", style="bold red")
    text.append(report.title, style=Style(bold=True, link=report.link or None))
    text.append(f"\n{origin(report)}", style="dim")
    if reply and report.news:
        text.append(f"\nnew: {'; '.join(report.news)}")
    elif report.excerpt.text != report.title:
        body = Text("\n" + report.excerpt.text)
        for start, end in report.excerpt.bold:
            body.stylize("bold", start + 1, end + 1)
        text.append(body)
    for figure in () if reply else report.figures:
        text.append(f"\n{figure}")
    if report.link:
        text.append(f"\n{report.link}", style="blue")
    return text
