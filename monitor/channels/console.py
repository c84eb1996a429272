"""Alerts on a terminal: the default channel, and what `--dry-run` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console as Terminal
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from monitor.model import Message, Report


class Console:
    """Prints messages to a terminal, or as plain text to a pipe."""

    spacing = 0.0

    def __init__(self, terminal: Terminal | None = None) -> None:
        self._terminal = terminal or Terminal(soft_wrap=False, highlight=False)

    async def send(self, message: Message) -> str:
        """Print the message; its key is its reference. Raises DeliveryError."""
        try:
            self._print(message)
        except (OSError, UnicodeError) as error:
            raise DeliveryError(f"cannot print: {type(error).__name__}") from error
        return message.key

    def _print(self, message: Message) -> None:
        if message.digest:
            count = len(message.reports)
            heading = f"Digest: {count} stor{'ies' if count > 1 else 'y'} found while catching up\n"
            self._terminal.print(Text(heading, style="bold"))
        for number, report in enumerate(message.reports):
            if number:
                self._terminal.print()
            text = render(report, reply=message.thread is not None)
            indented = message.thread is not None or message.digest
            self._terminal.print(Padding(text, (0, 0, 0, 4 if indented else 0)))
        self._terminal.print()

    async def close(self) -> None:
        """Nothing to let go of."""


def render(report: Report, *, reply: bool = False) -> Text:
    """Return a report as styled text; a feed's text is never read as markup."""
    text = Text()
    text.append("↳ " if reply else "", style="dim")
    text.append(f"[{', '.join(report.topics)}] ", style="bold red")
    text.append(report.title, style=Style(bold=True, link=report.link or None))
    line = f"\n{report.publisher or 'unknown publisher'} · {report.published_at:%Y-%m-%d %H:%M} UTC"
    if report.publishers:
        line += f" · also: {', '.join(report.publishers)}"
    text.append(line, style="dim")
    if report.excerpt.text != report.title:
        body = Text("\n" + report.excerpt.text)
        for start, end in report.excerpt.bold:
            body.stylize("bold", start + 1, end + 1)
        text.append(body)
    if report.link:
        text.append(f"\n{report.link}", style="blue")
    return text
