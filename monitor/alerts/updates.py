"""What an article adds to a story that was told: news in words, or nothing. Pure.

A new fact is told, repetition is not. What the story was without the article is compared with what
it is with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.alerts import figure_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.stories.state import ReportedFigure, StoryState

MANY = 10  # independent publishers that are worth a word, once
_LEAP = 0.25  # a figure that grows by as much is big news
MOST_FIGURES = 3
# Units of the figures that messages show, the weightiest first; `stories show` has all.
TOLD_UNITS = (
    "killed", "casualties", "wounded", "captured", "troops", "missiles", "drones", "shells",
    "evacuated",
)  # fmt: skip
_DELIVERED = " delivered"  # end of a label: weapons that are bought or sent are not launched
_VICTIMS = frozenset({"killed", "casualties", "captured"})
# Acts that turn a story into another, by their term set, with the line that tells so.
TURNS = {
    "agreement": "an agreement is reported",
    "ceasefire": "a ceasefire is reported",
    "confirmation": "a confirmation is reported",
    "denial": "a denial is reported",
    "resignation": "a resignation or dismissal is reported",
    "missile_launch": "a launch is reported",
    "capture": "a capture is reported",
    "withdrawal": "a withdrawal is reported",
    "nuclear_test": "a nuclear test is reported",
}


@dataclass(frozen=True, slots=True)
class StoryUpdate:
    """What is new, a line each; none where nothing is. `big` news are shown beside the thread too.

    `standing` says in words how the story stands.
    """

    lines: tuple[str, ...] = ()
    big: bool = False
    standing: str = ""


def news(before: StoryState, after: StoryState) -> StoryUpdate:
    """Return what a story has `after` an article that it had not `before`.

    Publishers are counted in the story's first message: they are news once there are `MANY`, or
    where one confirms what only states had said.
    """
    figures = list(_changed(before.figures, after.figures))[:MOST_FIGURES]
    confirmed = _is_confirmed(before, after)
    many = len(before.independent) < MANY <= len(after.independent)
    known = {*before.actions, *before.others, *before.weapons}
    turns = [TURNS[turn] for turn in TURNS if turn in after.turns and turn not in known]
    lines = [*turns, *(line for line, _ in figures)]
    lines += ["first independent confirmation of what only state media had said"] * confirmed
    lines += [f"{len(after.independent)} independent publishers now"] * many
    big = bool(turns) or confirmed or many or any(leap for _, leap in figures)
    return StoryUpdate(tuple(lines), big, standing(after))


def is_weighty(unit: str, label: str) -> bool:
    """Whether messages and the desk's first page show a figure of this unit and label."""
    return unit in TOLD_UNITS and not label.endswith(_DELIVERED)


def standing(story: StoryState) -> str:
    """Return in words how many tell a story, and since when."""
    count = len(story.independent) or len(story.publisher_reports)
    publishers = f"{count} publisher{'s' if count != 1 else ''}"
    return f"{publishers} since {story.started_at:%Y-%m-%d %H:%M} UTC"


def figure_lines(figures: Sequence[ReportedFigure]) -> tuple[str, ...]:
    """Return how the three weightiest figures have grown: `troops: 8,000 → 11,000 (Blinken)`."""
    courses: dict[str, list[ReportedFigure]] = {}
    for figure in filter(_is_told, figures):
        course = courses.setdefault(figure_changes.kind_of(figure), [])
        if not course or (
            figure.value > course[-1].value and not figure_changes.is_same(figure, course[-1])
        ):
            course.append(figure)
    weightiest = sorted(courses.values(), key=lambda course: TOLD_UNITS.index(course[-1].unit))
    pairs = [(course[-1], course[-2] if len(course) > 1 else None) for course in weightiest]
    return tuple(figure_changes.line(now, before) for now, before in pairs[:MOST_FIGURES])


def _is_told(figure: ReportedFigure) -> bool:
    return is_weighty(figure.unit, figure.label)


def _changed(
    before: Sequence[ReportedFigure], after: Sequence[ReportedFigure]
) -> Iterator[tuple[str, bool]]:
    """Yield each figure that is news, in words, and whether it is big; one of a kind.

    One that grew is news, and the first count of victims. One that fell seldom is: it is mostly a
    part of the whole, unless who told the other corrects it.
    """
    seen = {(told.article_id, told.unit, told.label, told.value) for told in before}
    added = [
        told
        for told in filter(_is_told, after)
        if (told.article_id, told.unit, told.label, told.value) not in seen
    ]
    largest: dict[str, ReportedFigure] = {}
    for told in sorted(added, key=lambda told: told.value):
        largest[figure_changes.kind_of(told)] = told
    for told in sorted(largest.values(), key=lambda told: TOLD_UNITS.index(told.unit)):
        yield from _change(before, told)


def _change(before: Sequence[ReportedFigure], told: ReportedFigure) -> Iterator[tuple[str, bool]]:
    kind = figure_changes.kind_of(told)
    same_kind = [other for other in before if figure_changes.kind_of(other) == kind]
    change = figure_changes.changed(before, told)
    corrects = any(other.publisher == told.publisher for other in same_kind)
    if change and (
        change.kind == "raised"
        or (change.kind == "lowered" and corrects)
        or (change.kind == "first" and told.unit in _VICTIMS)
    ):
        most = max((other.value for other in same_kind), default=0.0)
        yield change.line, change.kind == "raised" and told.value >= (1 + _LEAP) * most


def _is_confirmed(before: StoryState, after: StoryState) -> bool:
    """Whether somebody tells it for the first time who is no state."""
    only_states_reported = bool(before.publisher_reports) and all(
        report.is_state for report in before.publisher_reports
    )
    return only_states_reported and any(not report.is_state for report in after.independent)
