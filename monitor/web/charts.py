"""Charts as SVG without styles of their own: the stylesheet colours them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLOT = (280, 80)  # width and height of figures over time
_LEAST = 1.5  # height of a bar that stands for something
_MARK = 3.0  # width of a range of one value, in hundredths
_TALL = 30  # height of a timeline


@dataclass(frozen=True, slots=True)
class Course:
    """What a speaker said of a figure: its values with their times (seconds), in order of time."""

    speaker: str
    points: tuple[tuple[float, float], ...]

    @property
    def values(self) -> str:
        """The values as text."""
        return ", ".join(f"{value:,g}" for _, value in self.points)

    @property
    def changes(self) -> bool:
        """Whether the speaker gave more than one value."""
        return len({value for _, value in self.points}) > 1


def bars(counts: Sequence[int], label: str, *, height: int = 28, width: int = 5) -> Markup:
    """Return one bar a count; `label` is what a screen reader says in place of the picture."""
    highest = max(counts, default=0)
    step = width + 2
    drawn = []
    for place, count in enumerate(counts):
        tall = max(_LEAST, height * count / highest) if count else 1
        kind = "bar" if count else "nil"
        drawn.append(
            f'<rect class="{kind}" x="{place * step}" y="{height - tall:.1f}"'
            f' width="{width}" height="{tall:.1f}"/>'
        )
    total = max(step * len(counts) - 2, 1)
    return Markup(  # noqa: S704 - numbers of ours, and an escaped label
        f'<svg class="bars" role="img" aria-label="{escape(label)}" width="{total}"'
        f' height="{height}" viewBox="0 0 {total} {height}">{"".join(drawn)}</svg>'
    )


def share(value: float, label: str) -> Markup:
    """Return a bar of a share from 0 to 1."""
    filled = 100 * min(max(value, 0.0), 1.0)
    return Markup(  # noqa: S704 - a number of ours, and an escaped label
        f'<svg class="share" role="img" aria-label="{escape(label)}" viewBox="0 0 100 6"'
        f' preserveAspectRatio="none"><rect class="ground" width="100" height="6"/>'
        f'<rect class="bar" width="{filled:.1f}" height="6"/></svg>'
    )


def range(low: float, high: float, label: str) -> Markup:  # noqa: A001 - its name in templates
    """Return a bar from one share (0 to 1) to another; a range of one value is a mark."""
    begin = 100 * min(max(low, 0.0), 1.0)
    wide = max(100 * min(max(high, 0.0), 1.0) - begin, _MARK)
    return Markup(  # noqa: S704 - numbers of ours, and an escaped label
        f'<svg class="share" role="img" aria-label="{escape(label)}" viewBox="0 0 100 6"'
        f' preserveAspectRatio="none"><rect class="ground" width="100" height="6"/>'
        f'<rect class="bar" x="{min(begin, 100 - _MARK):.1f}" width="{wide:.1f}" height="6"/></svg>'
    )


def timeline(counts: Sequence[int], label: str, window: tuple[int, int], highest: int) -> Markup:
    """Return one bar a day, as wide as there is room; `window` are the first and last day marked.

    `highest` is the count of a bar of full height: rows with the same can be compared.
    """
    first, last = max(window[0], 0), window[1]
    wide = max(last - first + 1, 0) * 10
    drawn = [f'<rect class="window" x="{first * 10}" height="{_TALL}" width="{wide}"/>']
    for place, count in enumerate(counts):
        if count:
            tall = max(_LEAST, _TALL * count / max(highest, 1))
            drawn.append(f'<rect class="bar" x="{place * 10 + 1}" y="{_TALL - tall:.1f}"'
                         f' width="8" height="{tall:.1f}"/>')  # fmt: skip
    return Markup(  # noqa: S704 - numbers of ours, and an escaped label
        f'<svg class="days" role="img" aria-label="{escape(label)}" preserveAspectRatio="none"'
        f' viewBox="0 0 {len(counts) * 10} {_TALL}">{"".join(drawn)}</svg>'
    )


def begins(courses: Sequence[Course]) -> float:
    """Return the time of the first value, in seconds."""
    return min(course.points[0][0] for course in courses)


def ends(courses: Sequence[Course]) -> float:
    """Return the time of the last value, in seconds."""
    return max(course.points[-1][0] for course in courses)


def in_words(courses: Sequence[Course]) -> str:
    """Return the values as text: `Seoul 10,000, 12,000; Kyiv 8,000, 10,000`."""
    return "; ".join(f"{course.speaker} {course.values}" for course in courses)


def courses(rows: Sequence[Course], label: str) -> Markup:
    """Return figures over time: a line a speaker, with steps; a dot where a value was given.

    The height is from 0 to the largest value. Lines of speakers who changed stand out.
    """
    first, span = begins(rows), max(ends(rows) - begins(rows), 1.0)
    highest = max(value for row in rows for _, value in row.points) or 1
    tall, drawn = _PLOT[1] - 8, []
    for row in sorted(rows, key=lambda row: row.changes):
        places = [
            (round(_PLOT[0] * (at - first) / span, 1), round(4 + tall * (1 - value / highest), 1))
            for at, value in row.points
        ]
        drawn.append(_steps(row, places))
    return Markup(  # noqa: S704 - numbers of ours, and escaped names
        f'<svg class="courses" role="img" aria-label="{escape(label)}" preserveAspectRatio="none"'
        f' viewBox="0 0 {_PLOT[0]} {_PLOT[1]}">{"".join(drawn)}</svg>'
    )


def _steps(row: Course, places: Sequence[tuple[float, float]]) -> str:
    kind = ' class="changed"' if row.changes else ""
    corners = [f"{places[0][0]},{places[0][1]}"]
    for (_, before), (x, y) in pairwise(places):
        corners += [f"{x},{before}", f"{x},{y}"]
    line = f'<polyline{kind} points="{" ".join([*corners, f"{_PLOT[0]},{places[-1][1]}"])}"/>'
    dots = "".join(
        f'<line x1="{x}" y1="{y}" x2="{x}" y2="{y}">'
        f"<title>{escape(row.speaker)}: {value:,g}</title></line>"
        for (x, y), (_, value) in zip(places, row.points, strict=True)
    )
    return line + dots
