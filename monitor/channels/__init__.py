"""Where alerts go: one class for each kind of channel.

`CHANNELS` maps a channel's `type` in the configuration to its class; the channel's other settings
are the arguments of the class.
"""

from collections.abc import Callable

from monitor.channels.apprise import Apprise
from monitor.channels.base import Channel
from monitor.channels.console import Console
from monitor.channels.email import Email
from monitor.channels.slack.client import Slack
from monitor.channels.slack.incoming_webhook import SlackWebhook
from monitor.channels.webhook import Webhook

CHANNELS: dict[str, Callable[..., Channel]] = {
    "console": Console,
    "slack": Slack,
    "slack-webhook": SlackWebhook,
    "email": Email,
    "webhook": Webhook,
    "apprise": Apprise,
}

__all__ = ["CHANNELS", "Apprise", "Channel", "Console", "Email", "Slack", "SlackWebhook", "Webhook"]
