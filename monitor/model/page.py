"""The pages of hits: which is due to be looked at, and what was seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class DuePage:
    """A claimed page of an article; `lease_at` proves that the claim is ours.

    `title` is the headline in its feed. `keep` is `text` or `page`; `looks` counts the looks
    before, of which the first was at `first_at`. `feed` is the address of the article's feed.
    """

    article: int
    link: str
    title: str
    lang: str
    keep: str
    looks: int
    first_at: datetime | None
    lease_at: float
    feed: str


@dataclass(frozen=True, slots=True)
class PageLook:
    """What was seen of a page: a status (0 for no answer) and an observation in words.

    `title` and `text` are those of the page, empty where there are none; `sha256` is the digest of
    the answer's content. `record` names the WARC file with offset and length.
    """

    at: datetime
    url: str
    status: int
    words: str
    title: str = ""
    text: str = ""
    sha256: str = ""
    size: int = 0
    seconds: float = 0.0
    record: str = ""
    record_sha256: str = ""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What a server answered: `headers` as they came, `body` decoded, `url` after redirects."""

    status: int
    reason: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    url: str
    content_type: str = ""
