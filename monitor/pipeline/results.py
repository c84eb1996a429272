"""What a poll brought, and its result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from monitor.model import DueFeed, Fetched, Scan
    from monitor.pipeline.story_alerts import NewHit
    from monitor.store.ledger import Outcome


@dataclass(frozen=True, slots=True)
class PollResult:
    """The result of a poll; `outcome` is `unchanged`, `ok`, `lost` (the claim) or a failure.

    `entries` counts those served, `articles` the new ones, `renamed` the known entries with other
    ids and links. `outcomes` are those of new entries. `gapped`: entries may have been missed since
    the last poll.
    """

    url: str
    outcome: str
    entries: int = 0
    articles: int = 0
    renamed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    hits: tuple[NewHit, ...] = ()
    gapped: bool = False

    @property
    def articles_hit(self) -> int:
        """The number of articles that hit a topic."""
        return len({hit.article for hit in self.hits})

    @property
    def brings_news(self) -> bool:
        """Whether anything is new since the last poll: an entry, a hit, or a failure."""
        is_read = self.outcome in {"ok", "unchanged"}
        return not is_read or bool(self.outcomes or self.hits)

    def joined(self, later: PollResult) -> PollResult:
        """Return the result of this piece of a document and a later one."""
        return replace(
            later,
            articles=self.articles + later.articles,
            renamed=self.renamed + later.renamed,
            outcomes=(*self.outcomes, *later.outcomes),
            hits=(*self.hits, *later.hits),
        )


class Polled(NamedTuple):
    """What a poll brought: the claim, the answer, and its scan.

    `earlier` is the number of new entries in the pieces of this document that were stored before.
    """

    due: DueFeed
    fetched: Fetched
    scan: Scan
    earlier: int = 0

    @property
    def has_hits(self) -> bool:
        """Whether an article hits a topic, so that stories may change."""
        return any(match.is_hit for each in self.scan.scanned for match in each.matches)
