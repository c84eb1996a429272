"""Where alerts go. `CHANNELS` has each kind's class; its arguments are its settings but `type`."""

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
