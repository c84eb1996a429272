"""The pages of the desk: one module a page, and where each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.web.pages import (
    about,
    alerts,
    article,
    feeds,
    hits,
    inbox,
    now,
    places,
    stories,
    story,
    timeline,
    topic,
    topics,
)

if TYPE_CHECKING:
    from monitor.web.page import ReadPage

_ID = r"{id:\d+}"
TOPIC = "{topic:[a-z0-9][a-z0-9-]*}"

PAGES: dict[str, ReadPage] = {
    "/": now.read,
    "/now": now.read,
    "/now/newer": now.newer,
    "/inbox": inbox.read,
    "/stories": stories.read,
    f"/stories/{_ID}": story.read,
    "/hits": hits.read,
    "/map": places.read,
    f"/articles/{_ID}": article.read,
    "/timeline": timeline.read,
    "/topics": topics.read,
    f"/topics/{TOPIC}": topic.read,
    "/feeds": feeds.read,
    f"/feeds/{_ID}": feeds.one,
    "/alerts": alerts.read,
    "/about": about.read,
}
