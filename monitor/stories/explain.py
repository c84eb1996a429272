"""Why an article is in its story: the evidence as values for JSON, and those in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.stories.scoring import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.stories.assign import Assignment
    from monitor.stories.scoring import Reason, Scored

_KEPT = 12  # reasons of each sign that are kept, the weightiest
_LEAST = 0.05  # weight of a reason that is worth a word


def record(assignment: Assignment) -> dict[str, Any]:
    """Return the evidence of an assignment as values for JSON.

    `chosen` is the story that the article continues, `next` the likeliest other one: each with its
    score, the number of its articles, and reasons as (what, weight, number of articles with it).
    """
    scored = assignment.others
    chosen = next((each for each in scored if each.profile.story == assignment.story), None)
    rest = [each for each in scored if each is not chosen]
    return {
        "by": _decided_by(assignment, chosen),
        "needed": ENOUGH,
        "chosen": chosen and _values(chosen),
        "next": _values(rest[0]) if rest else None,
    }


def _decided_by(assignment: Assignment, chosen: Scored | None) -> str:
    if assignment.same_title:
        return "headline"
    return "evidence" if chosen else "first"


def _values(scored: Scored) -> dict[str, Any]:
    reasons = [reason for reason in scored.reasons if abs(reason.weight) >= _LEAST]
    reasons.sort(key=lambda reason: -abs(reason.weight))
    supporting = [reason for reason in reasons if reason.weight > 0][:_KEPT]
    opposing = [reason for reason in reasons if reason.weight < 0][:_KEPT]
    return {
        "story": scored.profile.story,
        "score": round(scored.score, 2),
        "articles": scored.profile.articles,
        "reasons": [_row(reason) for reason in (*supporting, *opposing)],
    }


def _row(reason: Reason) -> list[Any]:
    return [reason.what, round(reason.weight, 2), reason.among]


def in_words(why: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that explain an assignment, from the values of `record`."""
    by = why.get("by")
    if by == "headline":
        yield "the same headline as an earlier article of the story"
    elif by == "evidence":
        yield from _compared(why["chosen"], "compared with its", why["needed"])
    elif by == "first":
        yield "began the story"
    if other := why.get("next"):
        yield from _compared(other, f"not story {other['story']}: compared with its", why["needed"])


def _compared(side: Mapping[str, Any], begin: str, needed: float) -> Iterator[str]:
    count = side["articles"]
    articles = "only article" if count == 1 else f"{count} articles"
    yield f"{begin} {articles}: {side['score']:+.2f}, more than {needed:+.2f} continues it"
    for sign, label in ((1, "for"), (-1, "against")):
        reasons = [
            _reason(what, weight, among, count)
            for what, weight, among in side["reasons"]
            if weight * sign > 0
        ]
        if reasons:
            yield f"  {label}: {', '.join(reasons)}"


def _reason(what: str, weight: float, among: int, count: int) -> str:
    """Return a reason in words: `@kursk (in 3 of 4) +1.20`."""
    is_term_set = what.startswith("@") and ":" in what
    text = _named(what, weight)
    if among and count > 1:
        text += f" (in {among} of {count})"
    elif is_term_set and weight < 0:
        text += " (only there)" if among else " (only here)"
    return f"{text} {weight:+.2f}"


def _named(what: str, weight: float) -> str:
    kind, _, name = what.partition(":")
    if kind in _PLAIN:
        against, in_favour = _PLAIN[kind]
        return in_favour if weight > 0 else against
    if kind.startswith("@"):
        return f"@{name}"
    if kind == "word":
        stem = name.partition(":")[2]
        return f"“{stem}…”"
    return f"{kind} {name}"


# Reasons that are no feature: in words where they speak against, and for.
_PLAIN = {
    "time": ("published long after or before", "published at the time"),
    "stories": ("other stories of the topic at the time", ""),
    "topics": ("no topic in common, or hardly one", ""),
    "further topics": ("each has a topic that the other has not", ""),
    "headline": ("the headline names what few reports have", "the headline names the same"),
    "figures": ("other figures of the same unit", "the same figures"),
    "days": ("other days are named", ""),
    "@actors": ("no actor in common", ""),
    "@places": ("no place in common", ""),
    "@targets": ("nothing in common that is struck", ""),
    "@actions": ("no action in common", ""),
    "models": ("other models are named", ""),
    "ordinals": ("other ordinal numbers are named", ""),
    "acts": ("an act of another kind", ""),
    "date": ("only the day, month or year is known", ""),
}
