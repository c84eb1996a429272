"""Alerts on a terminal: the default channel, and what `--dry-run` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console as Terminal
from rich.style import Style
from rich.text import Text

from monitor.channels.base import NoLookup
from monitor.channels.formatting import glosses, heading, marking, origin, severity
from monitor.errors import DeliveryError
from monitor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.model import AlertItem, Message


class Console(NoLookup):
    """Prints messages to a terminal, or as plain text to a pipe."""

    spacing = 0.0
    can_edit = False

    def __init__(self, terminal: Terminal | None = None) -> None:
        self._terminal = terminal or Terminal(soft_wrap=False, highlight=False)

    async def send(self, message: Message) -> str:
        """Print the message and return its key. An edit prints nothing."""
        if message.edits is not None:
            return message.edits
        try:
            self._print(message)
        except (
            OSError,
            ValueError,
        ) as error:  # ValueError: the terminal is closed, or lacks a character
            reason = getattr(error, "strerror", None) or "the terminal is closed, or lacks a letter"
            raise DeliveryError(f"cannot print: {reason}") from error
        return message.key

    def _print(self, message: Message) -> None:
        is_reply = message.thread is not None
        indent = 4 if is_reply or message.digest else 0

        for line in _head(message):
            self._terminal.print(line)

        for number, item in enumerate(message.reports):
            if number:
                self._terminal.print()
            for line in render(item, reply=is_reply).split("\n"):
                self._print_line(line, indent)

        if message.more:
            self._terminal.print(Text(f"\n{message.more}"))
        self._terminal.print()

    def _print_line(self, line: Text, indent: int) -> None:
        """Print a line, wrapped on a terminal; a link stays whole, and a pipe gets lines as is."""
        room = self._terminal.width - indent
        is_whole = not self._terminal.is_terminal or "://" in line.plain.split(" ", 1)[0]
        for part in [line] if is_whole else line.wrap(self._terminal, room):
            part.rstrip()
            self._terminal.print(Text(" " * indent).append_text(part), soft_wrap=True)

    async def close(self) -> None:
        """Nothing to close."""


def _head(message: Message) -> Iterator[Text]:
    """Yield the heading of a digest or a notice, and a notice's lines."""
    if title := heading(message):
        gap = "\n" if message.reports else ""
        yield Text(title + gap, style="bold")
    if message.notice:
        for line in message.notice.lines:
            yield Text(f"  {line}")


def render(item: AlertItem, *, reply: bool = False) -> Text:
    """Return a report as styled text; markup in a feed's text stays plain text."""
    text = _headline(item, reply=reply)
    text.append("".join(f"\n{line}" for line in glosses(item)), style="italic")
    text.append(f"\n{origin(item)}", style="dim")

    if reply and item.news:
        text.append(f"\nnew: {'; '.join(item.news)}")
    elif item.excerpt.text != item.title:
        text.append("\n").append(_excerpt(item))

    if not reply:
        text.append("".join(f"\n{figure}" for figure in item.figures))
    if item.link:
        text.append(f"\n{item.link}", style="blue")
    return text


def _headline(item: AlertItem, *, reply: bool) -> Text:
    text = Text()
    text.append("↳ " if reply else "", style="dim")
    if item.severity is Severity.CRITICAL:
        text.append(f"{severity(item.severity)} ", style="bold red")
    text.append(f"[{marking(item.tlp)}{', '.join(item.topics)}] ", style="bold red")
    text.append(item.title, style=Style(bold=True, link=item.link or None))
    return text


def _excerpt(item: AlertItem) -> Text:
    excerpt = Text(item.excerpt.text)
    for start, end in item.excerpt.bold:
        excerpt.stylize("bold", start, end)
    return excerpt
