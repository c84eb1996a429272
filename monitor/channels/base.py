"""The protocol of a channel: send a message, look it up, close.

A new kind of channel is a class with these members and an entry in `monitor.channels.CHANNELS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import Message

SPACING = 1.0  # seconds between two messages: Slack's limit is about one a second and channel
UNREACHABLE = "check this machine's network, its proxy and its clock"  # `DeliveryError.advice`


class Channel(Protocol):
    """A place that messages are sent to.

    `spacing` is the pause between two messages in seconds. A message with a `thread` becomes a
    reply where the channel has threads, elsewhere a message of its own. A message that `edits`
    another one sends nothing where `can_edit` is false. `can_find`: whether `find` can look up
    sent messages.
    """

    spacing: float
    can_edit: bool
    can_find: bool

    async def send(self, message: Message) -> str:
        """Send a message and return its reference in the channel.

        An edit returns the reference of the edited message. Raises DeliveryError.
        """
        ...

    async def find(self, message: Message, since: datetime) -> str | None:
        """Return the reference of a message whose answer was lost, if it arrived after `since`.

        None where it did not arrive, or the channel cannot look. Raises DeliveryError where the
        look-up failed.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class NoLookup:
    """Base of the channels that cannot look up sent messages."""

    can_find = False

    async def find(self, message: Message, since: datetime) -> str | None:
        """Return None: this channel cannot look."""
        del message, since
        return None
