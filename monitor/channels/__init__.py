"""Where alerts go. `CHANNELS` names the kinds; `Channel` is what each of them does."""

from monitor.channels.base import Channel
from monitor.channels.console import Console
from monitor.channels.slack import Slack

CHANNELS = {"console": Console, "slack": Slack}

__all__ = ["CHANNELS", "Channel", "Console", "Slack"]
