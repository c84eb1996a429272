"""How far a story can be believed, in lines: credibility, reliability, contested figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def belief_lines(story: dict[str, Any]) -> Iterator[str]:
    """Yield the credibility with its reason, what a person says instead, and contested figures."""
    computed = story["credibility"]
    if overruled := computed["overruled"]:
        note = f": {overruled['note']}" if overruled["note"] else ""
        yield (
            f"credibility: {overruled['value']} ({overruled['words']}), judged by"
            f" {overruled['by']}{note}"
        )
    kind = "computed credibility" if overruled else "credibility"
    yield f"{kind}: {computed['value']} ({computed['words']}): {computed['reason']}"
    for figure in story["contested"]:
        said = [_position(position) for position in figure["positions"]]
        denied = [f"{side} denies" for side in figure["denied_by"]]
        yield f"contested: {figure['kind']}: {' · '.join([*said, *denied])}"


def _position(position: dict[str, Any]) -> str:
    side, speaker = position["side"], position["speaker"]
    if not side or side == speaker:
        return f"{speaker} {position['range']}"
    return f"{side} {position['range']} ({speaker})"
