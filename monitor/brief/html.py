"""A brief as one HTML page with its own style, which prints well. Pure."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from monitor.brief import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.brief.brief import Brief, BriefStory, BriefTopic, Citation

_CITED = re.compile(r"\[(\d{1,4})\]")


def html(brief: Brief) -> str:
    """Return a brief as a page without scripts, which loads nothing from anywhere."""
    style = files(__package__).joinpath("brief.css").read_text(encoding="utf-8")
    title = escape(brief.title)
    head = f'<meta charset="utf-8"><title>{title}</title><style>\n{style}</style>'
    body = "\n".join(_body(brief))
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _body(brief: Brief) -> Iterator[str]:
    yield _label(brief.tlp.label if brief.tlp else "")
    yield f'<h1>{escape(brief.title)}</h1>\n<p class="counts">{escape(wording.counts(brief))}</p>'
    if brief.summary:
        yield _draft(brief.summary)
    if left_out := wording.dropped(brief):
        yield f"<p><em>{left_out}.</em></p>"
    for topic in brief.topics:
        yield from _topic(topic)
    if brief.quiet:
        yield f"<p>No stories: {escape(', '.join(brief.quiet))}.</p>"
    if brief.feeds_down:
        yield f"<h2>Feeds that were down</h2>{_list(map(wording.outage, brief.feeds_down))}"
    if brief.citations:
        items = "\n".join(map(_citation, brief.citations))
        yield f'<h2>Reports</h2>\n<ol class="reports">\n{items}\n</ol>'
    yield _label(brief.tlp.label if brief.tlp else "")


def _label(label: str) -> str:
    return f'<p class="tlp">{label}</p>' if label else ""


def _draft(sentences: Iterable[str]) -> str:
    shown = _linked(" ".join(sentences))
    return f'<blockquote><small>{wording.DRAFT}</small><p dir="auto">{shown}</p></blockquote>'


def _linked(text: str) -> str:
    return _CITED.sub(r'<a class="cite" href="#r\1">[\1]</a>', escape(text))


def _list(lines: Iterable[str]) -> str:
    items = "".join(f'<li dir="auto">{escape(line)}</li>' for line in lines)
    return f"<ul>{items}</ul>"


def _topic(topic: BriefTopic) -> Iterator[str]:
    label = f" <small>{topic.tlp.label}</small>" if topic.tlp else ""
    yield f"<h2>{escape(topic.title)}{label}</h2>"
    for story in topic.stories:
        yield from _story(story)
    if more := wording.omitted(topic):
        yield f"<p>{escape(more)}</p>"


def _story(story: BriefStory) -> Iterator[str]:
    lang = f' lang="{escape(story.lang)}"' if story.lang else ""
    title = f'<span{lang} dir="auto">{escape(story.title)}</span>'
    yield f"<section><h3>{title} {_cites(story.cited)}</h3>"
    yield from (f'<p class="standing" dir="auto">{escape(gloss)}</p>' for gloss in story.glosses)
    yield f'<p class="standing">{escape(wording.standing(story))}.</p>'
    if story.draft:
        yield _draft(story.draft)
    items = [f'<li dir="auto">{_linked(line)}</li>' for line in wording.lines(story)]
    yield (f"<ul>{''.join(items)}</ul>" if items else "") + "</section>"


def _cites(numbers: Iterable[int]) -> str:
    return "".join(f'<a class="cite" href="#r{number}">[{number}]</a>' for number in numbers)


def _citation(citation: Citation) -> str:
    link = wording.safe_link(citation.url)
    title = f'<span lang="{escape(citation.lang)}" dir="auto">{escape(citation.title)}</span>'
    shown = f'<a href="{escape(link)}" rel="noreferrer">{title}</a>' if link else title
    source = escape(wording.source(citation))
    return f'<li id="r{citation.number}" value="{citation.number}">{source}: {shown}</li>'
