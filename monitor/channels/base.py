"""What a channel is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from monitor.model import Message

SPACING = 1.0  # seconds between two messages; Slack allows about one a second to a channel


class Channel(Protocol):
    """A place that takes messages."""

    spacing: float

    async def send(self, message: Message) -> str:
        """Send a message and return its reference there. Raises DeliveryError."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
