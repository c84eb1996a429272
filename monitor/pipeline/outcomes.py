"""The outcome of an entry in the ledger. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.store.ledger import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.model import Match

_RANK = (Outcome.DUPLICATE, Outcome.NO_MATCH, Outcome.NEAR_MISS, Outcome.HIT)


def outcome_of(matches: Sequence[Match], new_hits: Sequence[str], *, duplicate: bool) -> Outcome:
    """Return the best outcome over all topics; a duplicate is one unless it brought a new hit."""
    if new_hits or (matches and not duplicate and any(match.is_hit for match in matches)):
        return Outcome.HIT
    if duplicate:
        return Outcome.DUPLICATE
    return Outcome.NEAR_MISS if matches else Outcome.NO_MATCH


def better(one: Outcome, other: Outcome) -> Outcome:
    """Return the better of two outcomes: a hit, a near miss, no match, a duplicate."""
    return max(one, other, key=_RANK.index)
