"""Text as a reader sees it: no markup, no control characters, one normal form (NFC). Pure.

Identity is computed here, too: digests of titles and contents, and the canonical form of a link.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from collections.abc import Iterable

# Control characters, soft hyphens, zero-width spaces, byte-order marks, direction marks and
# overrides, and lone surrogates: such characters hide or reverse text, break matching, or cannot be
# stored. The joiners U+200C and U+200D stay, because Persian and Hindi need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_MARKUP = re.compile(r"</?[A-Za-z!]|&(?:#\d|#[xX][0-9A-Fa-f]|[A-Za-z])")
# A named reference without its semicolon, and what HTML requires after it inside of an address.
_UNCLOSED = re.compile(r"&([A-Za-z][A-Za-z0-9]*+)(?!;)(=?)")
_PLAIN_BLOCKS = "p|div|br|li|ul|ol|h[1-6]|blockquote|figure|figcaption|section|article|hr"
_BLOCK = re.compile(
    rf"<(?=/?(?:{_PLAIN_BLOCKS}|tr|td|th|table|header|footer|dd|dt|pre)\b)", re.IGNORECASE
)
# A tag in which nothing is hidden, and that leaves texts in their order; group 1: of a block.
_PLAIN_TAG = re.compile(
    rf"</?(?:({_PLAIN_BLOCKS})|a|b|em|i|img|small|span|strong|u)"
    r"""(?:[ \t\n\r\f]++[A-Za-z_-]++=(?:"[^"<>]*+"|'[^'<>]*+'))*+[ \t\n\r\f]*+/?>""",
    re.ASCII | re.IGNORECASE,
)
# References that are no plain ones: unknown, without a semicolon, to characters that may not be.
_ODD_REFERENCE = re.compile(
    "&(?!(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip"
    r"|#(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}|[1-4]\d{4}));)[A-Za-z#]"
)
_HIDDEN_TAGS = ["script", "style", "noscript", "iframe", "object", "template", "svg", "head"]
_MARK = re.compile(r"[^\x00-\x7f\w]")  # beyond ASCII
# The marks of ASCII → spaces, in the bytes of UTF-8: `str.translate` takes several times as long.
_NO_MARKS = "".join(chr(point) if chr(point).isalnum() else " " for point in range(128)).encode()
_NO_MARKS += bytes(range(128, 256))
# By the length of a digest; a copy costs less than a new one.
_HASHES = {size: blake2b(digest_size=size) for size in (4, 8, 16)}
# Links that `urljoin` would return unchanged: nearly all links, and `urljoin` is slow.
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.-]+/[^\s\\?#;\[\]]*(?:\?[^\s\\?#;\[\]]+)?")
# Links without a port, a query or anything unusual, of which the canonical form is a part.
_PLAIN_LINK = re.compile(r"https?://([a-z0-9.-]+)(/[A-Za-z0-9/._~%-]*)(?:#[A-Za-z0-9_-]*)?")

# Tracking parameters, collected from the links of real feeds. Names that may choose the article on
# other sites (`ref`, `rss`, `id`) are left out.
_TRACKING = re.compile(
    r"utm_.*|at_(?:medium|campaign|link.*|format|ptr.*)|ito|maca|mc_[ce]id|cmp(?:id)?|fbclid"
    r"|gclid|dclid|yclid|igshid|ns_(?:campaign|mchannel|source|linkname|fee)|ocid|smid|smtyp"
    r"|ref_src|xtor|wt_.*|traffic_source",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return a text on one line, in NFC, without control and direction characters."""
    # printable are no invisible character, and of white space the space alone
    if not text.isprintable() or "  " in text:
        text = " ".join(_INVISIBLE.sub("", text).split())
    return unicodedata.normalize("NFC", text.strip())


def plain(markup: str) -> str:
    """Return the text of an HTML fragment, cleaned; a text without markup is only cleaned."""
    if not _MARKUP.search(markup):
        return clean(markup)
    simple = _of_plain_tags(markup)
    return clean(simple) if simple is not None else of_any_markup(markup)


def _of_plain_tags(markup: str) -> str | None:
    """Return the text of a fragment of plain tags and references only, None for any other.

    Most summaries are such fragments, and a parser takes four times as long.
    """
    text = _PLAIN_TAG.sub(_space_of_block, markup)
    if "<" in text or _ODD_REFERENCE.search(text):
        return None
    return unescape(text) if "&" in text else text


def _space_of_block(tag: re.Match[str]) -> str:
    return " " if tag[1] else ""


def of_any_markup(markup: str) -> str:
    """Return the text of an HTML fragment as a browser reads it, cleaned."""
    markup = _UNCLOSED.sub(_unless_reference, _INVISIBLE.sub("", markup))
    tree = LexborHTMLParser(_BLOCK.sub(" <", markup))
    tree.strip_tags(_HIDDEN_TAGS)
    return clean(tree.body.text(separator="") if tree.body else "")


def _unless_reference(found: re.Match[str]) -> str:
    """Escape an `&` that begins no reference: HTML reads `&section=2` as `§ion=2`."""
    is_reference = found[1] in html5 and not found[2]
    return found[0] if is_reference else f"&amp;{found[0][1:]}"


def digest(*parts: str, size: int = 8) -> bytes:
    """Return a stable digest of the parts (BLAKE2b), `size` bytes long.

    With eight bytes, two of 100 million articles share a digest with a chance below 1 in 3,000.
    """
    return _digest("\x1f".join(parts).encode("utf-8", "surrogatepass"), size)


def _digest(joined: bytes, size: int = 8) -> bytes:
    hashed = _HASHES[size].copy()
    hashed.update(joined)
    return hashed.digest()


def title_form(title: str) -> str:
    """Return the words of a title, folded (NFKC, no case), without punctuation."""
    return _form(title).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=8)  # a title is asked for more than once
def _form(text: str) -> bytes:
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not folded.isascii():
        folded = _MARK.sub(" ", folded)
    return b" ".join(folded.encode("utf-8", "surrogatepass").translate(_NO_MARKS).split())


def content_key(title: str, text: str) -> bytes:
    """Return a digest of an article's words; punctuation, case and markup make no difference."""
    return digest_of_words("content", title, text)


def digest_of_words(kind: str, *texts: str) -> bytes:
    """Return a digest of the words of texts; digests of two kinds differ."""
    return _digest(b"\x1f".join((kind.encode(), *map(_form, texts))))


def absolute_link(link: str, base: str) -> str:
    """Return the absolute form of an http(s) link, or "" for any other link."""
    if _ABSOLUTE.fullmatch(link) and link.isascii() and link.isprintable():
        return link
    link = clean(link)
    if _ABSOLUTE.fullmatch(link):
        return link
    try:
        joined = "" if not link or link.startswith("#") else urljoin(base, link)
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in {"http", "https"} and parts.netloc else ""


def origin(link: str) -> str:
    """Return scheme and host of a link, without its path, query and credentials (often secret)."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def on_same_host(links: Iterable[str], base: str) -> list[str]:
    """Return the links that lead to the host of `base`."""
    whole = (absolute_link(link, base) for link in links)
    return [link for link in whole if link and urlsplit(link).hostname == urlsplit(base).hostname]


def canonical_link(link: str) -> str:
    """Return the form that all links to one page share, or "" for a link to no single page.

    Scheme, `www.`, fragment, trailing slash and tracking parameters are left out. The start page
    of a site gives "", because no article stands there.
    """
    if plain := _PLAIN_LINK.fullmatch(link):
        host, path = plain[1].removeprefix("www."), plain[2].rstrip("/")
        return host + path if host and path else ""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return ""

    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0])
    ]
    path = parts.path.rstrip("/")
    if not host or not (path or query):
        return ""
    return f"{host}{port}{path}" + (f"?{urlencode(sorted(query))}" if query else "")


def shorten(text: str, width: int) -> str:
    """Return at most `width` characters of a text, cut at a space with an ellipsis."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    word, space, _ = cut.rpartition(" ")
    return (word if space and len(word) > width // 2 else cut).rstrip(" ,;:") + "…"
