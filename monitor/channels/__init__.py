"""Where alerts go: one class for each kind of channel.

`CHANNELS` maps a channel's `type` in the configuration to its class; the channel's other settings
are the arguments of the class. A class is loaded when a channel of its kind is asked for: the
libraries of Slack alone take as long as a third of a start.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from monitor.channels.base import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

# each type's module and class
CHANNELS = {
    "console": ("console", "Console"),
    "slack": ("slack.client", "Slack"),
    "slack-webhook": ("slack.incoming_webhook", "SlackWebhook"),
    "email": ("email", "Email"),
    "webhook": ("webhook", "Webhook"),
    "apprise": ("apprise", "Apprise"),
}

__all__ = ["CHANNELS", "Channel", "channel_class"]


def channel_class(kind: str) -> Callable[..., Channel]:
    """Return the class of a kind of channel, one of `CHANNELS`."""
    module, name = CHANNELS[kind]
    found: Callable[..., Channel] = getattr(import_module(f"monitor.channels.{module}"), name)
    return found
