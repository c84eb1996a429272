"""Which channels a topic is told in, and how. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.alerts.settings import Route
    from monitor.model import Topic


def ways(topic: Topic, routes: Sequence[Route], channels: Sequence[str]) -> dict[str, Mode]:
    """Return, by channel, how a topic is told there.

    A topic's own channels come first; without any, each route that it meets adds its channels, the
    first that names one decides how; where it meets none, it goes to all.
    """
    if topic.channels:
        return _without_off(dict.fromkeys(topic.channels, topic.mode))
    found: dict[str, Mode] = {}
    for route in routes:
        if _meets(topic, route):
            for channel in route.channels:
                found.setdefault(channel, route.mode or topic.mode)
    return _without_off(found or dict.fromkeys(channels, topic.mode))


def _meets(topic: Topic, route: Route) -> bool:
    return (
        (not route.severities or topic.severity in route.severities)
        and (not route.labels or bool(route.labels & set(topic.labels)))
        and (not route.topics or topic.id in route.topics)
    )


def _without_off(found: dict[str, Mode]) -> dict[str, Mode]:
    return {channel: mode for channel, mode in found.items() if mode is not Mode.OFF}
