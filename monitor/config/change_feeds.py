"""Feeds added, paused and resumed in `config.yaml`: what commands and pages do alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.config.edit_feeds import address_key
from monitor.config.rewrite import change_feeds, mistake_in
from monitor.errors import InputError
from monitor.text.normalize import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from monitor.config.edit_feeds import FeedList

_ORDER = (
    "url", "title", "publisher", "country", "lang", "kind", "interval", "allow_private", "folder",
)  # fmt: skip


class SwitchedFeed(NamedTuple):
    """A feed that was paused or resumed; `changed` is False where it was so already."""

    name: str
    url: str
    changed: bool


def ordered(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a feed that are not empty, in the order of the file."""
    return {name: entry[name] for name in _ORDER if entry.get(name)}


def add_feed(path: Path, settings: Mapping[str, Any]) -> str:
    """Add a feed at the end of the list, and return its name. Raises InputError."""
    given = {
        key: clean(value) if isinstance(value, str) else value for key, value in settings.items()
    }
    entry = ordered(given)
    if mistake := mistake_in(entry):
        raise InputError(mistake)

    def added(feeds: FeedList) -> str:
        known = feeds.keys.get(address_key(entry["url"]))
        if known is not None:
            raise InputError(f"{feeds.path} has this feed already: {name_of(feeds, known)}")
        return feeds.added([entry])

    change_feeds(path, added)
    return str(entry.get("title") or entry["url"])


def switch_feed(path: Path, wanted: str, *, on: bool) -> SwitchedFeed:
    """Resume (`on`) or pause a feed, named by address or title. Raises InputError."""
    found: list[SwitchedFeed] = []

    def switched(feeds: FeedList) -> str:
        index = feeds.find(wanted)
        feed = feeds.feeds[index]
        changed = feed.get("enabled", True) is not on
        found.append(SwitchedFeed(name_of(feeds, index), str(feed["url"]), changed))
        return feeds.switched(index, on=on) if changed else feeds.text

    change_feeds(path, switched)
    return found[0]


def name_of(feeds: FeedList, index: int) -> str:
    """Return the title of a feed, its address where it has none."""
    feed = feeds.feeds[index]
    return str(feed.get("title") or feed.get("url"))
