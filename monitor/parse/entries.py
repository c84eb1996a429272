"""An entry of a feed as feedparser reads it → its parts: link, title, text, date. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.parse.dates import DateReader
from monitor.parse.recovery import UnparsableEntry
from monitor.parse.zones import country_of
from monitor.text.normalize import absolute_link, canonical_link, clean, digest, plain

if TYPE_CHECKING:
    from monitor.model import Source

_FULL_TEXTS = ("yandex_full-text", "turbo_content")  # elements that feedparser does not know
_TYPE_TEXT = re.compile(rb"""type=["']text["']""")
NOTHING = bytes(8)  # the digest of what an entry does not have
NO_FRAGMENT = bytes(4)

# Characters that are read of a title, of a text, and of the markup of either. The longest newspaper
# articles have 100,000; spaCy takes a kilobyte of memory for ten characters that it matches.
LONGEST_TITLE, LONGEST_TEXT, LONGEST_MARKUP = 2_000, 100_000, 1_000_000


class EntryFingerprint(NamedTuple):
    """Digests of an entry, eight bytes each; NOTHING where the entry lacks it.

    `digest` is over its words. `id`, `link` and `content` (title and summary, no digest) tell
    whether another entry shares them. `link` is that of the page, without its `fragment` (a digest
    of four bytes). `address` is the entry's link, absolute.
    """

    digest: bytes
    id: bytes
    link: bytes
    content: tuple[str, str]
    fragment: bytes = NO_FRAGMENT
    address: str = ""


class EntryReader:
    """Reads the entries of one document; `parsed` is what feedparser made of it."""

    def __init__(self, source: Source, document: bytes, parsed: Any) -> None:
        feed = parsed.get("feed") or {}
        version = str(parsed.get("version") or "")
        tag, site = clean(str(feed.get("language") or "")), str(feed.get("link") or "")
        self.source = source
        is_atom = version.startswith("atom")
        self._names_text = is_atom and bool(_TYPE_TEXT.search(document))
        # RSS has no rule for relative links; in Atom they count from the document (RFC 4287, 2).
        channel = "" if is_atom else absolute_link(site, source.base)
        self._base = channel or source.base
        country = partial(country_of, source.lang or tag, site, source.url)
        lang = (source.lang or tag).partition("-")[0].lower()
        self._dates = DateReader(document, source.now, lang, country)

    def published(self, entry: Any) -> int:
        """Return the date of an entry in seconds since 1970, 0 for an undated entry."""
        at = self._dates.published_at(entry)
        return int(at.timestamp()) if at else 0

    def fingerprint(self, entry: Any) -> EntryFingerprint:
        """Return the fingerprint of an entry.

        `digest` is over the words as the feed sent them, before any cleaning, so that a known entry
        costs a digest only. Dates are left out of it: a changed date alone is no news.
        """
        if isinstance(entry, UnparsableEntry):
            markup_only = digest(entry.markup.decode("utf-8", "replace"))
            return EntryFingerprint(markup_only, NOTHING, NOTHING, ("", ""))
        get = entry.get
        entry_id, link = str(get("id") or ""), str(get("link") or "")
        title, summary = str(get("title") or ""), str(get("summary") or "")
        content = "".join(self._contents(entry))
        origin = str((get("source") or {}).get("title") or "")
        address = self.link(entry)
        page, (_, _, fragment) = canonical_link(address), address.partition("#")
        return EntryFingerprint(
            digest(entry_id, link, title, summary, content, origin),
            digest("id", entry_id) if entry_id else NOTHING,
            digest("link", page) if page else NOTHING,
            (title, summary),
            digest(fragment, size=4) if fragment else NO_FRAGMENT,
            address,
        )

    def link(self, entry: Any) -> str:
        """Return the entry's link, absolute; without one, an id that is an address."""
        link = _own_link(entry)
        if link:
            return absolute_link(link, self._base)
        return absolute_link(str(entry.get("id") or ""), "")

    def title(self, entry: Any) -> str:
        """Return the title as text."""
        title = str(entry.get("title") or "")
        return self._as_text(title, entry.get("title_detail"))[:LONGEST_TITLE].rstrip()

    def text(self, entry: Any) -> str:
        """Return summary and longest content, each once: content often begins with the summary.

        Of a text that is longer than any article the beginning is read.
        """
        return self._whole_text(entry)[:LONGEST_TEXT].rstrip()

    def _whole_text(self, entry: Any) -> str:
        summary = self._as_text(str(entry.get("summary") or ""), entry.get("summary_detail"))
        contents = (plain(each[:LONGEST_MARKUP]) for each in self._contents(entry))
        content = max(contents, key=len, default="")
        if not content or content in summary:
            return summary
        beginning = summary[:80].rstrip("….")
        return content if beginning in content else f"{summary} {content}"

    def _as_text(self, value: str, detail: Any) -> str:
        """Return the text of an element; of Atom's `type="text"` each character stands for itself.

        RSS does not say what is markup, and feeds of Atom that name no type often mean markup.
        """
        value = value[:LONGEST_MARKUP]
        kind = str((detail or {}).get("type") or "") if self._names_text else ""
        return clean(value) if kind == "text/plain" else plain(value)

    def _contents(self, entry: Any) -> list[str]:
        """Return the longer texts of an entry, as feedparser gives them."""
        contents = [str(part.get("value") or "") for part in entry.get("content", ())]
        return contents + [str(entry.get(name) or "") for name in _FULL_TEXTS if name in entry]


def _own_link(entry: Any) -> str:
    """Return the link to the article itself: the alternate link that is the id, else the first.

    feedparser takes the last alternate link, which in some feeds leads to a related article. Where
    an entry has no alternate link, its link to itself stands for it.
    """
    found = entry.get("links")
    links = found if isinstance(found, list) else []  # an element named `links` replaces the list
    addresses = _addresses(links, "alternate")
    if entry.get("id") in addresses:
        return str(entry["id"])
    if address := next(filter(None, addresses), "") or str(entry.get("link") or ""):
        return address
    return next(filter(None, _addresses(links, "self")), "")


def _addresses(links: list[Any], rel: str) -> list[str]:
    return [str(each.get("href") or "") for each in links if each.get("rel") == rel]
