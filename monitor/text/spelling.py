"""The one "did you mean …?" of the program, for names that people write: topics, channels, keys.

Similarity is `difflib`'s, after Ratcliff and Obershelp ("Pattern Matching: The Gestalt Approach",
Dr. Dobb's Journal, July 1988): twice the characters in common by the characters of both names.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(
    name: str,
    names: Iterable[str],
    *,
    least: float = 0.5,
    written: str = "`{}`",
    otherwise: str = "",
) -> str:
    """Hint to append to "there is no NAME": `; did you mean …?` with the most similar of `names`.

    Where no name has a similarity of at least `least` (0 to 1), the hint is `; ` and `otherwise`,
    or "" without that. `written` is the form in which the message shows a name.
    """
    similar = get_close_matches(name, list(names), n=1, cutoff=least)
    if similar:
        return f"; did you mean {written.format(similar[0])}?"
    return f"; {otherwise}" if otherwise else ""
