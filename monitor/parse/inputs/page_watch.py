"""A page whose text is the news: a change of a sentence or more is an article. Pure.

    watch: {select: "main", ignore: ".date, .share"}

Each sentence counts as an entry that is known or not, as the entries of a feed do. The new
sentences of a poll are one article together; sentences that go, and those that move, are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.text.normalize import clean, digest, plain

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from monitor.model import Source

_PLACES = "main, article, [role=main], body"  # of the text, where no selector says
_BLOCKS = re.compile(
    r"<(?=/?(?:p|div|br|li|h[1-6]|tr|td|th|dt|dd|section|article)\b)", re.IGNORECASE
)
_BREAK = "\ue000"  # a private character, between blocks
_END = re.compile(r"(?<=[.!?…।])\s+|(?<=[。\uff01\uff1f])\s*")  # the last two are full-width
_ASIDE = "script, style, noscript, nav, header nav, footer, template"
_FEWEST_WORDS, _FEWEST_LETTERS = 4, 8  # of a sentence; the letters, where words have no spaces


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """The text of a page: its title, and its sentences by digest, in their order."""

    title: str
    lang: str
    sentences: dict[bytes, str]

    def added(self, known: frozenset[bytes]) -> list[str]:
        """Return the sentences that are not known yet."""
        return [text for key, text in self.sentences.items() if key not in known]


def built_page(page: WatchedPage, source: Source, known: frozenset[bytes]) -> Built:
    """Return what is new on a page as its one entry; none where nothing is.

    The title of the first article is the page's, later ones begin with what was added.
    """
    added = page.added(known)
    entry = built_entry(
        id=digest("page", source.url, *added).hex(),
        link=source.url,
        title=page.title if not known else "",
        text=" ".join(added),
    )
    return built_feed("watch", [entry] if added else [], title=page.title, lang=page.lang)


def watched(document: bytes, source: Source) -> WatchedPage:
    """Return the text of a page. Raises ParseError (`empty`) where the selector finds none."""
    tree = LexborHTMLParser(document.decode("utf-8", "replace"))
    parts = dict(source.input.parts)
    for aside in tree.css(", ".join(filter(None, (_ASIDE, parts.get("ignore"))))):
        aside.decompose()
    select = parts.get("select") or _PLACES
    sentences = dict(found for node in tree.css(select)[:1] for found in _sentences(node))
    if not sentences:
        raise ParseError(PollReason.EMPTY, f"`select: {select}` finds no sentence on the page")
    title, html = tree.css_first("title"), tree.css_first("html")
    return WatchedPage(
        clean(title.text()) if title else "",
        (html.attributes.get("lang") or "") if html else "",
        sentences,
    )


def _sentences(node: LexborNode) -> list[tuple[bytes, str]]:
    """Return (digest, text) of each sentence; labels and numbers alone are none."""
    text = plain(_BLOCKS.sub(f"{_BREAK}<", node.html or ""))
    blocks = text.split(_BREAK)
    pieces = [clean(piece) for block in blocks for piece in _END.split(block)]
    return [(digest("sentence", piece), piece) for piece in pieces if _is_sentence(piece)]


def _is_sentence(piece: str) -> bool:
    spaceless = sum(char >= "\u0e00" for char in piece) > len(piece) // 2
    if spaceless:
        return len(piece) >= _FEWEST_LETTERS
    return len(piece.split()) >= _FEWEST_WORDS
