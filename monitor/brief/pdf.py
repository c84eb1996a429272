"""A brief as PDF, set by Typst (extra `pdf`).

The brief goes into the document as JSON: no text of a feed is ever read as Typst's markup. The PDF
bears the end of the brief's time in place of the present one, so that it is the same each time.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from monitor.brief import wording
from monitor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.brief.brief import Brief, BriefStory, BriefTopic, Citation


def pdf(brief: Brief) -> bytes:
    """Return a brief as PDF. Raises InputError where Typst is not installed."""
    try:
        import typst
    except ImportError as error:
        raise InputError("a PDF needs Typst: pip install 'monitor-desk[pdf]'") from error
    template = files(__package__).joinpath("brief.typ").read_bytes()
    values = json.dumps(_values(brief), ensure_ascii=False)
    made: Any = typst.compile(template, sys_inputs={"brief": values}, timestamp=brief.until)
    return bytes(made)


def _values(brief: Brief) -> dict[str, Any]:
    return {
        "title": brief.title,
        "tlp": brief.tlp.label if brief.tlp else "",
        "counts": wording.counts(brief),
        "draft_by": wording.DRAFT,
        "summary": " ".join(brief.summary),
        "dropped": wording.dropped(brief),
        "topics": list(map(_topic, brief.topics)),
        "quiet": ", ".join(brief.quiet),
        "down": list(map(wording.outage, brief.feeds_down)),
        "reports": list(map(_citation, brief.citations)),
    }


def _topic(topic: BriefTopic) -> dict[str, Any]:
    return {
        "title": topic.title,
        "tlp": topic.tlp.label if topic.tlp else "",
        "stories": list(map(_story, topic.stories)),
        "omitted": wording.omitted(topic),
    }


def _story(story: BriefStory) -> dict[str, Any]:
    return {
        "title": story.title,
        "cites": _cites(story.cited),
        "standing": f"{wording.standing(story)}.",
        "draft": " ".join(story.draft),
        "glosses": list(story.glosses),
        "lines": wording.lines(story),
    }


def _cites(numbers: Iterable[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "source": wording.source(citation),
        "title": citation.title,
        "url": wording.safe_link(citation.url),
    }
