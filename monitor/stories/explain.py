"""Why an article is in its story, kept as plain values and told in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.stories.scoring import ENOUGH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.stories.assign import Assignment
    from monitor.stories.scoring import Reason, Scored

_KEPT = 12  # reasons of each sign that are kept, the weightiest
_LEAST = 0.05  # what a reason has to weigh to be worth a word


def record(placement: Assignment) -> dict[str, Any]:
    """Return the evidence of a placement as values for JSON.

    `chosen` is the story that it continues, `next` the likeliest other one; each with its score,
    how many articles it had, and its reasons as (what, weight, how many of these have it).
    """
    chosen = next((w for w in placement.others if w.profile.story == placement.story), None)
    rest = [each for each in placement.others if each is not chosen]
    return {
        "by": "headline" if placement.same_title else "evidence" if chosen else "first",
        "needed": ENOUGH,
        "chosen": chosen and _values(chosen),
        "next": _values(rest[0]) if rest else None,
    }


def _values(weighed: Scored) -> dict[str, Any]:
    told = [each for each in weighed.reasons if abs(each.weight) >= _LEAST]
    told.sort(key=lambda each: -abs(each.weight))
    shared = [each for each in told if each.weight > 0][:_KEPT]
    against = [each for each in told if each.weight < 0][:_KEPT]
    return {
        "story": weighed.profile.story,
        "score": round(weighed.score, 2),
        "articles": weighed.profile.articles,
        "reasons": [_row(each) for each in (*shared, *against)],
    }


def _row(reason: Reason) -> list[Any]:
    return [reason.what, round(reason.weight, 2), reason.among]


def in_words(why: Mapping[str, Any]) -> Iterator[str]:
    """Yield why an article is where it is, in words, a line each."""
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
        told = [
            _reason(what, weight, among, count)
            for what, weight, among in side["reasons"]
            if weight * sign > 0
        ]
        if told:
            yield f"  {label}: {', '.join(told)}"


def _reason(what: str, weight: float, among: int, count: int) -> str:
    """Return one reason: `kursk (in 3 of 4) +1.20`."""
    kind, _, name = what.partition(":")
    if kind in _PLAIN:
        text = _PLAIN[kind][weight > 0]
    elif kind.startswith("@"):
        text = f"@{name}"
    else:
        text = {"word": f"“{name.partition(':')[2]}…”"}.get(kind, f"{kind} {name}")
    if among and count > 1:
        text += f" (in {among} of {count})"
    elif kind.startswith("@") and weight < 0:
        text += " (only here)" if not among else " (only there)"
    return f"{text} {weight:+.2f}"


_PLAIN = {
    "time": ("published long after or before", "published at the time"),
    "stories": ("other stories of the topic at the time", ""),
    "topics": ("no topic in common, or hardly", ""),
    "days": ("other days are named", ""),
    "@actors": ("no actor in common", ""),
    "@places": ("no place in common", ""),
    "@actions": ("no action in common", ""),
    "models": ("other models are named", ""),
    "ordinals": ("another one in a row", ""),
    "date": ("the date is no moment", ""),
}
