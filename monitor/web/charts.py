"""Charts as SVG without styles of their own: the stylesheet colours them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = 1.5  # height of a bar that stands for something
_TALL = 30  # height of a timeline


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
