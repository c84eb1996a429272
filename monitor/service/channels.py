"""The channels of a configuration; each is opened when it is first asked for.

Slack's libraries alone take a tenth of a second: the first feeds are on their way by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from monitor.channels import Channel, channel_class

if TYPE_CHECKING:
    from monitor.config.channels import AnyChannel


class ConfiguredChannels(Mapping[str, Channel]):
    """Channels by name, as `settings` describe them."""

    def __init__(self, settings: Mapping[str, AnyChannel]) -> None:
        self._settings = settings
        self._opened: dict[str, Channel] = {}

    def __getitem__(self, name: str) -> Channel:
        """Return a channel. Raises KeyError for a name that is not configured."""
        settings = self._settings[name]
        if name not in self._opened:
            self._opened[name] = channel_class(settings.type)(**settings.arguments())
        return self._opened[name]

    def __contains__(self, name: object) -> bool:
        """Whether a channel is configured; it is not opened for that."""
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._settings)

    def __len__(self) -> int:
        """Return the number of channels."""
        return len(self._settings)

    async def close(self) -> None:
        """Close the connections of those that were asked for."""
        for channel in self._opened.values():
            await channel.close()
