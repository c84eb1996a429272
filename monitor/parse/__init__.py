"""The bytes of a feed → its articles, with feedparser. Pure: opens no file and no socket."""

from monitor.model import Source
from monitor.parse.feed import parse

__all__ = ["Source", "parse"]
