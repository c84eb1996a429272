"""What goes into a page and what comes out: the values that page functions take and return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monitor.errors import InputError, MonitorError
from monitor.text.durations import moment

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.store.queries.desk import DeskReader

Row = dict[str, Any]
_LONGEST_ID = 18  # digits that surely fit into SQLite's 64-bit integers
_MOST = 500  # rows of a list


class NoPageError(MonitorError):
    """There is no such page, or no such article, story or topic."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for.

    `query` are the parameters of the address, `path` its parts. `config` is None while
    `config.yaml` cannot be used; `mistakes` then says why. `looked_at` is when the reader last
    said to have read what is new, None for never.
    """

    now: datetime
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    config: Config | None = None
    mistakes: str = ""
    looked_at: datetime | None = None

    def text(self, name: str) -> str:
        """Return a parameter without space around it, "" where it is not given."""
        return self.query.get(name, "").strip()

    def number(self, name: str, otherwise: int, most: int = _MOST) -> int:
        """Return a parameter from 1 to `most`. Raises InputError."""
        given = self.text(name)
        if not given:
            return otherwise
        if not given.isdecimal() or len(given) > _LONGEST_ID or int(given) < 1:
            raise InputError(f"{name}: {given!r} is no number from 1 to {most}")
        return min(int(given), most)

    def time(self, name: str) -> datetime | None:
        """Return a time: `24h` before now, or ISO 8601 in UTC; None if not given.

        Raises InputError.
        """
        given = self.text(name)
        if not given:
            return None
        try:
            return moment(given, self.now)
        except (ValueError, OverflowError) as error:
            message = f"{name}: {given!r} is no time such as 24h, 7d or 2024-10-31"
            raise InputError(message) from error

    def id(self) -> int:
        """Return the id in the address. Raises NoPageError for one that no row can have."""
        given = self.path["id"]
        if len(given) > _LONGEST_ID:
            raise NoPageError(f"there is nothing with the id {given}")
        return int(given)

    def title_of(self, topic: str) -> str:
        """Return the title of a topic, its id where the configuration lacks it."""
        titles = {each.id: each.title for each in self.config.topics} if self.config else {}
        return titles.get(topic, topic)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An entry of a page's Atom or JSON Feed; `url` leads to the article, `page` to our page."""

    id: str
    title: str
    url: str
    page: str
    at: str
    text: str = ""
    author: str = ""
    lang: str = ""
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `data` is what its JSON says, and what its template shows.

    `extra` is for the template alone. `rows` with `columns` are the list that CSV has, `items` that
    of feeds; without columns, or items, a page has no such form.
    """

    template: str
    title: str
    data: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    columns: Sequence[str] = ()
    items: Sequence[FeedItem] | None = None


ReadPage = Callable[["DeskReader", Asked], Page]
