"""The document around an entry: what the entries share, and how their dates agree. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.parse.doubts import last_change, out_of_order, too_late
from monitor.parse.entries import NO_FRAGMENT, NOTHING, EntryFingerprint
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from monitor.parse.entries import EntryReader


class DocumentContext:
    """The document of an entry: its source and language, and the ids, links and contents in it."""

    def __init__(
        self,
        reader: EntryReader,
        lang: str,
        entries: Collection[tuple[EntryFingerprint, Any]],
    ) -> None:
        self.source = reader.source
        self.lang = lang
        self.reader = reader
        self._entries = entries
        self._ids = Counter(each.id for each, _ in entries)
        self._links = Counter(each.link for each, _ in entries)
        self._contents = Counter(each.content for each, _ in entries)

    @cached_property
    def _places(self) -> Counter[tuple[bytes, bytes]]:
        return Counter((each.link, each.fragment) for each, _ in self._entries)

    @cached_property
    def _changed_at(self) -> datetime | None:
        return last_change(self.source.last_modified)

    @cached_property
    def _dates(self) -> dict[bytes, int]:
        """When each entry was published, by its digest: a new one is judged by all of them."""
        return {each.digest: self.reader.published(entry) for each, entry in self._entries}

    @cached_property
    def _odd(self) -> bytes | None:
        """The digest of the one entry whose date is out of order, if any."""
        odd = out_of_order([*self._dates.values()])
        return None if odd is None else [*self._dates][odd]

    def keys(self) -> frozenset[bytes]:
        """Return the keys of all entries."""
        own = (each for counts in (self._ids, self._links)
               for each, count in counts.items() if count == 1)  # fmt: skip
        shared = (self.link_key(each) for each, _ in self._entries if self._links[each.link] > 1)
        return frozenset(filter(None, (*own, *shared))) - {NOTHING}

    def id_key(self, entry: EntryFingerprint) -> bytes | None:
        """Return the key of the entry's id, None without an id that no other entry has."""
        return entry.id if entry.id != NOTHING and self._ids[entry.id] == 1 else None

    def link_key(self, entry: EntryFingerprint) -> bytes | None:
        """Return the key of the entry's link, None without a link that no other entry has.

        The fragment counts only where several entries are on one page, as in a live blog.
        """
        if entry.link == NOTHING:
            return None
        if self._links[entry.link] == 1:
            return entry.link
        has_place = entry.fragment != NO_FRAGMENT
        if has_place and self._places[entry.link, entry.fragment] == 1:
            return digest("place", entry.link.hex(), entry.fragment.hex())
        return None

    def has_own_content(self, entry: EntryFingerprint) -> bool:
        """Whether no other entry has the same title and summary."""
        return self._contents[entry.content] == 1

    def date(self, entry: EntryFingerprint) -> tuple[datetime | None, str]:
        """Return the date of an entry, and why it is doubted ("" for no doubt).

        A date against the order of the feed is dropped: its article counts as one of unknown date.
        """
        published = self._dates[entry.digest]
        if not published:
            return None, ""
        at = datetime.fromtimestamp(published, UTC)
        if doubt := too_late(at, self.source.now, self._changed_at):
            return at, doubt
        if entry.digest == self._odd:
            return None, f"date {at:%Y-%m-%d %H:%M} UTC doubted: against the order of the feed"
        return at, ""
