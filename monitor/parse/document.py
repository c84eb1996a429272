"""The document around an entry: what the entries share, and how their dates agree. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.parse.doubts import last_change, out_of_order, too_late
from monitor.parse.entries import NO_FRAGMENT, NOTHING, EntryFingerprint
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.parse.entries import EntryReader


class DocumentContext:
    """The document of an entry: its source and language, and the ids, links and contents in it."""

    def __init__(
        self,
        reader: EntryReader,
        lang: str,
        entry_fingerprints: Sequence[EntryFingerprint],
    ) -> None:
        self.source = reader.source
        self.lang = lang
        self.reader = reader
        self._entries = entry_fingerprints
        self._ids = Counter(each.id for each in entry_fingerprints)
        self._links = Counter(each.link for each in entry_fingerprints)
        self._places = Counter((each.link, each.fragment) for each in entry_fingerprints)
        self._contents = Counter(each.content for each in entry_fingerprints)
        self._changed_at = last_change(reader.source.last_modified)
        odd = out_of_order([each.published for each in entry_fingerprints])
        self._odd = None if odd is None else entry_fingerprints[odd]

    def keys(self) -> frozenset[bytes]:
        """Return the keys of all entries."""
        keys = (key(each) for each in self._entries for key in (self.id_key, self.link_key))
        return frozenset(filter(None, keys))

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
        if not entry.published:
            return None, ""
        at = datetime.fromtimestamp(entry.published, UTC)
        if doubt := too_late(at, self.source.now, self._changed_at):
            return at, doubt
        if entry is self._odd:
            return None, f"date {at:%Y-%m-%d %H:%M} UTC doubted: against the order of the feed"
        return at, ""
