"""Where alerts go. `CHANNELS` has each kind's class; its arguments are its settings but `type`."""

from collections.abc import Callable

from monitor.channels.base import Channel
from monitor.channels.console import Console
from monitor.channels.slack import Slack
from monitor.channels.webhook import SlackWebhook

CHANNELS: dict[str, Callable[..., Channel]] = {
    "console": Console,
    "slack": Slack,
    "slack-webhook": SlackWebhook,
}

__all__ = ["CHANNELS", "Channel", "Console", "Slack", "SlackWebhook"]
