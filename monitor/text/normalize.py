"""Text as a reader sees it: no markup, no control characters, one normal form."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

# Controls, soft hyphens, zero-width spaces, byte-order marks, direction marks and overrides, and
# lone surrogates: they hide or reverse text, break matching, or cannot be stored. The joiners
# U+200C and U+200D stay: Persian and Hindi need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")
_MARKUP = re.compile(r"</?[A-Za-z!]|&(?:#\d|#[xX][0-9A-Fa-f]|[A-Za-z])")
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|figure|figcaption|section"
    r"|article|header|footer|hr|dd|dt|pre)\b)",
    re.IGNORECASE,
)
_HIDDEN_TAGS = ["script", "style", "noscript", "iframe", "object", "template", "svg", "head"]
_WORD = re.compile(r"[^\W_]+")
# Links that joining would leave as they are: nearly all, and joining is slow.
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.-]+/[^\s\\?#;\[\]]*(?:\?[^\s\\?#;\[\]]+)?")

# Parameters that say how a reader came, not what he reads; collected from the links of real feeds.
# A name that may as well choose the article (`ref`, `rss`, `id`) is none of them.
_TRACKING = re.compile(
    r"utm_.*|at_(?:medium|campaign|link.*|format|ptr.*)|ito|maca|mc_[ce]id|cmp(?:id)?|fbclid"
    r"|gclid|dclid|yclid|igshid|ns_(?:campaign|mchannel|source|linkname|fee)|ocid|smid|smtyp"
    r"|ref_src|xtor|wt_.*|traffic_source",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Return `text` on one line, in NFC, without control and direction characters."""
    return unicodedata.normalize("NFC", _SPACE.sub(" ", _UNSEEN.sub("", text))).strip()


def plain(markup: str) -> str:
    """Return the text of an HTML fragment, cleaned; text that holds no markup stays as it is."""
    if not _MARKUP.search(markup):
        return clean(markup)
    tree = LexborHTMLParser(_BLOCK.sub(" <", _UNSEEN.sub("", markup)))
    tree.strip_tags(_HIDDEN_TAGS)
    return clean(tree.body.text(separator="") if tree.body else "")


def digest(*parts: str, size: int = 8) -> bytes:
    """Return a stable digest of the parts, `size` bytes long.

    Eight bytes keep the chance that two of 100 million articles share one below one in 3,000.
    """
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=size).digest()


def title_form(title: str) -> str:
    """Return the words of a title, folded, so that punctuation and case make no difference."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", title).casefold()))


def content_key(title: str, text: str) -> bytes:
    """Return a digest of what an article says, whatever its punctuation, case and markup."""
    return digest("content", title_form(title), title_form(text))


def absolute_link(link: str, base: str) -> str:
    """Return an http(s) link made absolute, or "" where it is none."""
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
    """Return scheme and host of a link: what of it is never secret."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def canonical_link(link: str) -> str:
    """Return what makes two links the same page, or "" where it names no single page.

    Scheme, `www.`, fragment, trailing slash and tracking parameters are left out. The start page
    of a site is no article's address.
    """
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
    """Return at most `width` characters of `text`, cut at a word with an ellipsis."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    word, space, _ = cut.rpartition(" ")
    return (word if space and len(word) > width // 2 else cut).rstrip(" ,;:") + "…"
