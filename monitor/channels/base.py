"""What a channel is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import Message

SPACING = 1.0  # seconds between two messages; Slack allows about one a second to a channel
UNREACHABLE = "check this machine's network, its proxy and its clock"  # advice


class Channel(Protocol):
    """A place that takes messages.

    `spacing` are seconds between two messages. Where a channel `can_thread`, a message with a
    `thread` becomes a reply; elsewhere it goes out as a message of its own. Where it cannot edit,
    a message that `edits` another sends nothing. One that `can_find` looks up what it sent.
    """

    spacing: float
    can_thread: bool
    can_edit: bool
    can_find: bool

    async def send(self, message: Message) -> str:
        """Send a message and return its reference there; an edit's is that of the edited message.

        Raises DeliveryError.
        """
        ...

    async def find(self, message: Message, since: datetime) -> str | None:
        """Return the reference of a message whose answer was lost, if it arrived since then.

        None also where a channel cannot tell. Raises DeliveryError where it could not look.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class NoLookup:
    """The part of a channel that cannot look up what it sent: it never finds anything."""

    can_find = False

    async def find(self, message: Message, since: datetime) -> str | None:
        """Return None: this channel cannot tell."""
        del message, since
        return None
