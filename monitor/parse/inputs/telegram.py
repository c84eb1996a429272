"""The public page of a Telegram channel, `https://t.me/s/NAME`: its last posts. Pure.

The page has about twenty posts and needs no account. A channel may have no such page: then Telegram
answers with one that only names the channel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs.built import Built, built_entry, built_feed

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from monitor.model import Source

_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_SIGNS = (b"tgme_channel_history", b"tgme_widget_message", b"tgme_page_")
_POST = ".tgme_widget_message[data-post]"
_TEXT = ".tgme_widget_message_text.js-message_text"
_FORWARDED = ".tgme_widget_message_forwarded_from_name"
_TIME = ".tgme_widget_message_date time[datetime]"


def read(document: bytes, _source: Source) -> Built | None:
    """Return the posts of a channel, None for any other page.

    Raises ParseError (`html`, which is the state “blocked”) for a channel without a public page.
    """
    # Feeds quote posts with Telegram's own markup, so the document has to be a page.
    if not _PAGE.match(document) or not any(sign in document for sign in _SIGNS):
        return None
    tree = LexborHTMLParser(document.decode("utf-8", "replace"))
    posts = tree.css(_POST)
    if not posts and tree.css_first(".tgme_channel_history") is None:
        raise ParseError(PollReason.HTML, "the channel has no public preview on t.me/s/")
    return built_feed(
        "telegram",
        [_entry(post) for post in posts],
        title=_text(tree.css_first(".tgme_channel_info_header_title")),
    )


def _entry(post: LexborNode) -> Built:
    address = f"https://t.me/{post.attributes.get('data-post')}"
    body, time = post.css_first(_TEXT), post.css_first(_TIME)
    return built_entry(
        link=address,
        markup=(body.html or "") if body else "",
        published=(time.attributes.get("datetime") or "") if time else "",
        origin=_text(post.css_first(_FORWARDED)),
    )


def _text(node: LexborNode | None) -> str:
    return node.text(strip=True) if node else ""
