"""The channels that a topic's alerts go to, and the mode in each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.alerts.settings import Route
    from monitor.model import Topic


def ways(topic: Topic, routes: Sequence[Route], channels: Sequence[str]) -> dict[str, Mode]:
    """Return the topic's mode by channel; channels where the mode is OFF are left out.

    A topic with channels of its own goes there and nowhere else. For any other topic each matching
    route adds its channels; the first route that names a channel decides the mode there. A topic
    that matches no route goes to all `channels`.
    """
    if topic.channels:
        return _without_off(dict.fromkeys(topic.channels, topic.mode))
    modes: dict[str, Mode] = {}
    for route in (route for route in routes if _matches(topic, route)):
        for channel in route.channels:
            modes.setdefault(channel, route.mode or topic.mode)
    return _without_off(modes or dict.fromkeys(channels, topic.mode))


def _matches(topic: Topic, route: Route) -> bool:
    return (
        (not route.severities or topic.severity in route.severities)
        and (not route.labels or bool(route.labels & set(topic.labels)))
        and (not route.topics or topic.id in route.topics)
    )


def _without_off(modes: dict[str, Mode]) -> dict[str, Mode]:
    return {channel: mode for channel, mode in modes.items() if mode is not Mode.OFF}
