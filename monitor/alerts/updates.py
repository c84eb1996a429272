"""What an article adds to a story that was told: news in words, or nothing. Pure.

A new fact is told, repetition is not. What the story was without the article is compared with what
it is with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.alerts import figure_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.stories.state import ReportedFigure, StoryState

STEPS = (3, 5, 10, 20, 50, 100)  # independent publishers that are worth a word
_MOST_FIGURES = 5  # lines of figures in a message
_LEAP = 0.25  # a figure that grows by as much is big news
_NO_COUNTS = frozenset({"ordinal", "percent", "minutes", "km", "usd"})  # they do not grow with time
_ACRONYMS = frozenset({"brics", "csto", "eu", "iaea", "nato", "rsf", "un"})
# Term sets that name nobody, and no place, in particular.
_NOBODY = frozenset({
    "troops", "army", "military", "officers", "fighters", "prisoners_of_war", "casualties", "navy",
    "air_force", "border_guards", "intelligence", "non_state", "military_losses",
    "south_korean_services", "korean_peoples_army", "north_korean_units", "russian_volunteers",
    "into_russia", "us_mainland",
})  # fmt: skip
_VICTIMS = frozenset({"killed", "casualties", "captured"})


@dataclass(frozen=True, slots=True)
class StoryUpdate:
    """What is new, a line each; none where nothing is. `big` news are shown beside the thread too.

    `standing` says in words how the story stands.
    """

    lines: tuple[str, ...] = ()
    big: bool = False
    standing: str = ""


def news(before: StoryState, after: StoryState) -> StoryUpdate:
    """Return what a story has `after` an article that it had not `before`."""
    figures = list(_changed(before.figures, after.figures))
    confirmed = _is_confirmed(before, after)
    step = _step(before, after)
    names = [
        *_new("actor", before.actors, after.actors),
        *_new("place", before.places, after.places),
    ]
    lines = [line for line, _ in figures]
    lines += ["first independent confirmation of what only state media had said"] * confirmed
    lines += names
    lines += [f"{step} independent publishers now"] if step else []
    big = confirmed or any(leap for _, leap in figures) or step >= STEPS[2]
    return StoryUpdate(tuple(lines), big, standing(after))


def standing(story: StoryState) -> str:
    """Return in words how many tell a story, and since when."""
    count = len(story.independent) or len(story.publisher_reports)
    publishers = f"{count} publisher{'s' if count != 1 else ''}"
    return f"{publishers} since {story.started_at:%Y-%m-%d %H:%M} UTC"


def figure_lines(figures: Sequence[ReportedFigure]) -> tuple[str, ...]:
    """Return, for each unit, how its figure has grown: `troops: 8,000 → 11,000 (Blinken)`."""
    courses: dict[str, list[ReportedFigure]] = {}
    for figure in figures:
        course = courses.setdefault(figure.unit, [])
        if not course or (
            figure.value > course[-1].value and not figure_changes.is_same(figure, course[-1])
        ):
            course.append(figure)
    pairs = [(course[-1], course[-2] if len(course) > 1 else None) for course in courses.values()]
    return tuple(figure_changes.line(now, before) for now, before in pairs[:_MOST_FIGURES])


def _changed(
    before: Sequence[ReportedFigure], after: Sequence[ReportedFigure]
) -> Iterator[tuple[str, bool]]:
    """Yield each figure that is news, in words, and whether it is big.

    One that grew is news, and the first count of victims. One that fell seldom is: it is mostly a
    part of the whole, unless who told the other corrects it.
    """
    known, seen = (
        list(before),
        {(figure.article_id, figure.unit, figure.value) for figure in before},
    )
    for figure in after:
        if (figure.article_id, figure.unit, figure.value) in seen or figure.unit in _NO_COUNTS:
            continue
        same_unit = [other for other in known if other.unit == figure.unit]
        change = figure_changes.changed(known, figure)
        known.append(figure)
        if change is None:
            continue
        corrects = any(other.publisher == figure.publisher for other in same_unit)
        if (
            change.kind == "raised"
            or (change.kind == "lowered" and corrects)
            or (change.kind == "first" and figure.unit in _VICTIMS)
        ):
            most = max((other.value for other in same_unit), default=0.0)
            leaps = change.kind == "raised" and figure.value >= (1 + _LEAP) * most
            yield change.line, leaps


def _new(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    known = {_whole(name) for name in before}
    added = [name for name in dict.fromkeys(map(_whole, after)) if name not in known | _NOBODY]
    if added:
        names = ", ".join(map(_spelt, added))
        yield f"new {what}{'s' if len(added) > 1 else ''}: {names}"


def _spelt(name: str) -> str:
    return name.upper() if name in _ACRONYMS else name.replace("_", " ").title()


def _whole(name: str) -> str:
    """Return the term set that one is a part of: a state for `russia.leader`."""
    return name.partition(".")[0]


def _step(before: StoryState, after: StoryState) -> int:
    """Return the step that the count of independent publishers has reached, or 0."""
    had, has = len(before.independent), len(after.independent)
    return max((step for step in STEPS if had < step <= has), default=0)


def _is_confirmed(before: StoryState, after: StoryState) -> bool:
    """Whether somebody tells it for the first time who is no state's voice."""
    only_states_reported = bool(before.publisher_reports) and all(
        voice.is_state for voice in before.publisher_reports
    )
    return only_states_reported and any(not voice.is_state for voice in after.independent)
