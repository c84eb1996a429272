"""Bytes of a feed → its articles, with feedparser. Pure: opens no file and no socket."""

from monitor.parse.document import Source, parse

__all__ = ["Source", "parse"]
