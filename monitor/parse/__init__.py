"""The bytes of a feed → its articles, with feedparser. Pure: opens no file and no socket."""

from monitor.parse.feed import Source, parse

__all__ = ["Source", "parse"]
