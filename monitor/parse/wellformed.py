"""A plain, well-formed document → what feedparser reads in it, at a tenth of the cost. Pure.

expat reads the document once, strictly: without recovery, without a document type, so without
entities. Then the elements that articles and feeds are read from are followed as feedparser follows
them. Whatever could be read otherwise is left to feedparser, which stays the reference: elements
inside others, foreign use of known prefixes, base addresses, markup as XHTML, repairs of encodings.

    document ─▶ expat ─▶ names of elements ─▶ feed, entries
        └──────────┴────────────┴───────────────┴─▶ None: feedparser reads it
"""

from __future__ import annotations

import re
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from monitor.parse.entry_elements import (
    ENTRY_ELEMENTS,
    XML_BASE,
    DoubtfulError,
    EntryElements,
    attributes_of,
    check_address,
    link_in,
    text_of,
    typed_text,
)
from monitor.parse.vocabulary import (
    ATOM,
    DEEP_HOLDERS,
    DOUBTFUL,
    HOLDERS,
    HOLDERS_IN_FEED,
    NETSCAPE,
    PREFIXES,
    RSS_1,
    USERLAND,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TRANSPARENT = frozenset({"media_group", "media_content"})  # feedparser passes through them
# All that is followed in a source: words in other elements may become the title of the source.
_PLAIN_IN_SOURCE = frozenset({"title", "id", "link", "updated", "published"})
_NEVER_PLAIN = (b"<!DOCTYPE", b"\0")
_MARK_OR_DECLARATION = re.compile(rb"\xef\xbb\xbf|<\?xml\s")
_USUAL = frozenset(filter(None, PREFIXES.values()))
# The characters of Latin-1 beyond ASCII, as references.
_REFERENCE = re.compile(rb"&#(?:0*(?:1[2-9]|2[0-5])\d|[xX]0*[89A-Fa-f][0-9A-Fa-f]);")
# Control characters, which feedparser takes for those of Windows-1252.
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL_REFERENCE = re.compile(rb"&#(?:0*1[2-5]\d|[xX]0*[89][0-9A-Fa-f]);")
# The beginning of a character in UTF-8 that was taken for Latin-1, in a document, where a comment
# or the border of a section of CDATA may be within the character, and in a text.
_TWICE_ENCODED = re.compile(rb"\xc3[\x82-\xb4](?:\xc2|<[!?]|\]\]>)")
_MAY_BE_UTF8 = re.compile("[\xc2-\xf4][\x80-\xbf]")


def read_well_formed(document: bytes) -> dict[str, Any] | None:
    """Return what feedparser reads in a document, None where that is in doubt.

    Of feedparser's values, those that articles and feeds are read from. The document is in UTF-8,
    without a declaration.
    """
    if _MARK_OR_DECLARATION.match(document) or any(each in document for each in _NEVER_PLAIN):
        return None
    has_reference = bool(_REFERENCE.search(document))
    if _CONTROL.search(document) or (has_reference and _CONTROL_REFERENCE.search(document)):
        return None
    may_be_mended = has_reference or bool(_TWICE_ENCODED.search(document))
    try:
        return _read_strictly(document, may_be_mended=may_be_mended)
    except (ET.ParseError, DoubtfulError):
        return None


def _read_strictly(document: bytes, *, may_be_mended: bool) -> dict[str, Any]:
    """Return what is read in a document. Raises ET.ParseError and DoubtfulError."""
    # no document type is left, which is what makes expat dangerous
    reading: Any = ET.iterparse(BytesIO(document), events=("start-ns",))  # noqa: S314
    declared = [namespace for _, namespace in reading]
    if may_be_mended:
        _check_characters(reading.root)
    return _DocumentElements(reading.root, declared).read()


def _check_characters(root: ET.Element) -> None:
    """Raise DoubtfulError for what may be UTF-8 that was taken for Latin-1: feedparser mends it."""
    for element in root.iter():
        text = element.text or ""
        if text.isascii() or not _MAY_BE_UTF8.search(text):
            continue
        try:
            text.strip().encode("iso-8859-1").decode("utf-8")
        except UnicodeError:
            continue
        raise DoubtfulError


class _ElementNames(dict[str, str]):
    """The names of elements by their tags (see `vocabulary`). Raises DoubtfulError.

    Each prefix in the document stands for one namespace throughout, and each namespace has a usual
    prefix of its own.
    """

    def __init__(self, declared: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self._prefixes = {"": ""}  # the usual ones, by namespace
        written: dict[str, str] = {}
        usual: dict[str, str] = {}
        for prefix, uri in declared:
            self._prefixes[uri] = _usual_prefix(prefix or "", uri)
            _keep(written, (prefix or "").lower(), uri)
            _keep(usual, self._prefixes[uri] or uri, uri)
        self.namespaces = {uri.lower() for uri in written.values()}

    def __missing__(self, tag: str) -> str:
        uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        if uri not in self._prefixes:
            raise DoubtfulError
        prefix = self._prefixes[uri]
        name = f"{prefix}_{local.lower()}" if prefix else local.lower()
        self[tag] = name
        return name


def _keep(found: dict[str, str], key: str, uri: str) -> None:
    if found.setdefault(key, uri) != uri:
        raise DoubtfulError


def _usual_prefix(prefix: str, uri: str) -> str:
    """Return the prefix under which feedparser knows a namespace. Raises DoubtfulError."""
    known = "" if USERLAND in uri.lower() else PREFIXES.get(uri.lower())
    small = prefix.lower()
    if known is None and prefix:
        return small
    if known is None or (small != known and small in _USUAL):
        raise DoubtfulError
    return known


class _DocumentElements:
    """The elements of one document. All methods raise DoubtfulError."""

    def __init__(self, root: ET.Element, declared: list[tuple[str, str]]) -> None:
        self._root = root
        self._names = _ElementNames(declared)
        self._has_content = False  # as feedparser has it; the feed's elements may set it
        self._feed: dict[str, Any] = {}
        self._entries: list[dict[str, Any]] = []

    def read(self) -> dict[str, Any]:
        """Return the feed, its entries, and its version."""
        self._check_bases()
        root = self._names[self._root.tag]
        read = {"rss": self._read_rss, "feed": self._read_atom, "rdf_rdf": self._read_rdf}.get(root)
        if read is None:
            raise DoubtfulError
        version = read()
        return {"feed": self._feed, "entries": self._entries, "version": version, "bozo": False}

    def _check_bases(self) -> None:
        """Keep the base address of the document; others are left to feedparser."""
        elements = self._root.iter()
        own = {*next(elements).keys()} - {XML_BASE}
        if any(map(_is_base, own.union(chain.from_iterable(map(ET.Element.keys, elements))))):
            raise DoubtfulError
        self._base = self._root.get(XML_BASE, "")
        check_address(self._base)
        is_absolute = (
            self._base.startswith("http") and urljoin(self._base, self._base) == self._base
        )
        if self._base and not is_absolute:
            raise DoubtfulError

    def _read_rss(self) -> str:
        self._read_language()
        self._read_channel(self._only_channel(list(self._root)), "item")
        return "rss"

    def _read_atom(self) -> str:
        if self._uses(RSS_1, NETSCAPE):
            raise DoubtfulError
        self._read_language()
        self._read_channel(self._root, "entry")
        return "atom"

    def _read_rdf(self) -> str:
        if not self._uses(RSS_1) or self._uses(ATOM, NETSCAPE):
            raise DoubtfulError
        first, *others = list(self._root) or [self._root]
        self._read_channel(self._only_channel([first]), "")
        for element in others:
            if self._names[element.tag] == "item":
                self._entries.append(self._entry(element))
            elif self._names[element.tag] == "image":
                self._pass_over(element, "image", HOLDERS_IN_FEED)
            else:
                raise DoubtfulError
        return "rss10"

    def _uses(self, *namespaces: str) -> bool:
        return not self._names.namespaces.isdisjoint(namespaces)

    def _only_channel(self, elements: list[ET.Element]) -> ET.Element:
        if len(elements) != 1 or self._names[elements[0].tag] != "channel":
            raise DoubtfulError
        if {"lastmod", "href"} & attributes_of(elements[0]).keys():
            raise DoubtfulError
        return elements[0]

    def _read_language(self) -> None:
        attributes = attributes_of(self._root)
        if lang := attributes.get("xml:lang", attributes.get("lang")):
            self._feed["language"] = lang.replace("_", "-")

    def _read_channel(self, channel: ET.Element, entry: str) -> None:
        """Read the elements of a channel, of which some are its entries."""
        for element in channel:
            name = self._names[element.tag]
            if name == entry:
                self._entries.append(self._entry(element))
            else:
                self._read_of_feed(element, name)

    def _read_of_feed(self, element: ET.Element, name: str) -> None:
        """Read an element beside the entries."""
        if name in {"link", "id", "guid"}:
            link_in(self._feed, element, name, self._base)
        elif name in {"title", "media_title", "dc_title"}:
            if "title" in self._feed:  # the place of each decides
                raise DoubtfulError
            _, self._feed["title"] = typed_text(element)
        elif name in {"language", "dc_language"}:
            self._feed["language"] = text_of(element)
        elif name == "ttl" and not element.keys():
            self._feed["ttl"] = text_of(element)
        elif name in {"description", "dc_description", "media_description"}:
            self._describe(element, name)
        elif name in {"summary", "itunes_summary"}:
            self._describe(element, name)
            self._feed["summary"] = ""
        elif name in {"ttl", "source", "content", "content_encoded"}:
            raise DoubtfulError
        else:
            self._pass_over(element, name, HOLDERS_IN_FEED)

    def _describe(self, element: ET.Element, name: str) -> None:
        """Note that feedparser takes a description after a summary for a content."""
        self._pass_over(element, name, {})
        self._has_content |= "summary" in self._feed

    def _entry(self, item: ET.Element) -> dict[str, Any]:
        about = attributes_of(item)
        if about and about.keys() - {"rdf:about", "xml:lang"}:
            raise DoubtfulError
        entry = EntryElements(about.get("rdf:about", ""), self._base, has_content=self._has_content)
        self._has_content = False
        self._fill(entry, item, 0)
        return entry.values

    def _fill(self, entry: EntryElements, parent: ET.Element, depth: int) -> None:
        for element in parent:
            name = self._names[element.tag]
            if read := ENTRY_ELEMENTS.get(name):
                read(entry, element, depth)
            elif name in _TRANSPARENT:
                self._fill(entry, element, depth + 1)
            elif name == "source":
                self._read_source(entry, element, depth)
            else:
                self._pass_over(element, name, HOLDERS)

    def _read_source(self, entry: EntryElements, source: ET.Element, depth: int) -> None:
        """Read the feed that an entry comes from: RSS has its title as text, Atom as an element."""
        titles = [each for each in source if self._names[each.tag] == "title"]
        if not len(source):
            entry.come_from(text_of(source), None)
            return
        if (source.text or "").strip() or len(titles) > 1 or any(map(_has_words_after, source)):
            raise DoubtfulError
        if any(self._may_title(each) for each in source):
            raise DoubtfulError
        title = typed_text(titles[0])[1] if titles else ""
        entry.come_from(title, depth + 1 if title else None)

    def _may_title(self, element: ET.Element) -> bool:
        """Return whether words in an element of a source may become the title of the source."""
        name = self._names[element.tag]
        if len(element) or name not in _PLAIN_IN_SOURCE:
            return True
        return name != "title" and bool(element.keys() and (element.text or "").strip())

    def _pass_over(
        self, element: ET.Element, name: str, holders: Mapping[str, frozenset[str]]
    ) -> None:
        """Raise DoubtfulError for an element that may change what others mean."""
        if name in DOUBTFUL:
            raise DoubtfulError
        if len(element):
            allowed = holders.get(name, frozenset())
            inside = [*element.iter()][1:] if name in DEEP_HOLDERS else list(element)
            names = {self._names[each.tag] for each in inside}
            if not allowed.issuperset(names) or (
                name not in DEEP_HOLDERS and any(map(len, inside))
            ):
                raise DoubtfulError


def _has_words_after(element: ET.Element) -> bool:
    return bool((element.tail or "").strip())


def _is_base(attribute: str) -> bool:
    return attribute.rpartition("}")[2].lower() == "base"
