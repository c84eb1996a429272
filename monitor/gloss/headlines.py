"""Headlines of hits that a machine glosses: in batches, each once, within a budget a month.

No message waits for a gloss: the first message of a story is edited once it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import structlog

from monitor.errors import GlossError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

log = structlog.get_logger()
BATCH = 20  # headlines that are sent together
_RECENT = timedelta(days=1)  # older hits are not glossed any more


@dataclass(frozen=True, slots=True)
class Glossing:
    """How headlines are glossed: `translate` (headlines, their language, the target).

    `readers` are the languages that readers know, the first the target; `monthly` are the most
    characters that are sent in a calendar month (UTC).
    """

    translate: Callable[[Sequence[str], str, str], Awaitable[list[str]]]
    model: str
    readers: Sequence[str]
    monthly: int


async def gloss_headlines(store: Store, glossing: Glossing, now: datetime) -> int:
    """Gloss the headlines of recent hits that no machine has glossed; return how many."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def wanted(tx: Transaction) -> tuple[list[tuple[str, str]], int]:
        titles = tx.gloss.unglossed(now - _RECENT, glossing.readers, BATCH)
        return titles, glossing.monthly - tx.gloss.spent(month)

    titles, left = await store.write(wanted)
    affordable = _within(titles, left)
    if len(affordable) < len(titles):
        log.warning("headlines not glossed", reason="the budget of this month is spent")
    glossed = 0
    for lang, group in groupby(sorted(affordable, key=lambda each: each[1]), key=lambda e: e[1]):
        glossed += await _gloss(store, glossing, [title for title, _ in group], lang, now)
    return glossed


def _within(titles: Sequence[tuple[str, str]], characters: int) -> list[tuple[str, str]]:
    kept = []
    for title, lang in titles:
        characters -= len(title)
        if characters < 0:
            break
        kept.append((title, lang))
    return kept


async def _gloss(
    store: Store, glossing: Glossing, titles: list[str], lang: str, now: datetime
) -> int:
    into = glossing.readers[0]
    try:
        texts = await glossing.translate(titles, lang, into)
    except GlossError as error:
        log.warning("headlines not glossed", reason=str(error), next="tried again in a minute")
        return 0

    def keep(tx: Transaction) -> None:
        pairs = {(title, lang): text for title, text in zip(titles, texts, strict=True)}
        tx.gloss.keep(pairs, into, glossing.model, now)
        stories = {s for title in titles for s in tx.gloss.stories_with(title, now - _RECENT)}
        for story in stories:
            tx.activity.edit_messages(story, now)

    await store.write(keep)
    return len(titles)
