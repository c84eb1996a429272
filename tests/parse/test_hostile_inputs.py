"""Pages, JSON, sitemaps and alerts as no one should write them: articles or a reason."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError, PollReason
from monitor.matching.compile import pack
from monitor.model import Input
from monitor.parse import Source, parse
from monitor.scan.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import Article

REASONS = {"empty", "html", "not-a-feed"}
MANY = 5_000  # entries
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def _url(number: int) -> str:
    news = f"<news:news><news:title>Title {number}</news:title></news:news>"
    return f"<url><loc>https://desk.example/{number}</loc>{news}</url>"


def _post(number: int) -> str:
    text = f'<div class="tgme_widget_message_text js-message_text">Post {number} is here</div>'
    return f'<div class="tgme_widget_message" data-post="harbour/{number}">{text}</div>'


def _sitemap(count: int) -> str:
    return f"<urlset {NEWS}>{''.join(map(_url, range(count)))}</urlset>"


def _json_feed(count: int) -> str:
    items = [{"id": number, "title": f"Title {number}"} for number in range(count)]
    return json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})


def _telegram(count: int) -> str:
    posts = "".join(map(_post, range(count)))
    return f'<html><section class="tgme_channel_history">{posts}</section></html>'


def _geojson(count: int) -> str:
    features = [{"id": number, "properties": {"title": f"M {number}"}} for number in range(count)]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _cap(count: int) -> str:
    infos = "".join(f"<info><event>Flood {each}</event></info>" for each in range(count))
    return f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{infos}</alert>'


def _page(count: int) -> str:
    items = (f'<li><a href="/{number}">Title number {number}</a></li>' for number in range(count))
    return f"<html><ul>{''.join(items)}</ul></html>"


def _data(count: int) -> str:
    return json.dumps(
        [{"title": f"Title {number}", "url": f"/{number}"} for number in range(count)]
    )


def _notice(count: int) -> str:
    return "".join(f"<p>The notice has number {each} today.</p>" for each in range(count))


MADE: dict[str, tuple[Callable[[int], str], Input]] = {
    "json-feed": (_json_feed, Input()),
    "sitemap": (_sitemap, Input()),
    "telegram": (_telegram, Input()),
    "geojson": (_geojson, Input()),
    "cap": (_cap, Input()),
    "list": (_page, Input("list", (("item", "li"),))),
    "json": (_data, Input("json", (("title", "title"), ("link", "url")))),
    "watch": (_notice, Input("watch")),
}
GARBAGE = [
    "", "<", ">", "</", "&", "&#0;", "&lol;", '"', "'", "{", "}", "[", "]", ":", ",", "null", "\\",
    "\x00", "\u202e", "\ud7ff", "9" * 400, "1e999", "NaN", "<!--", "]]>", "<![CDATA[", "<?",
    "<svg>", "<template>", "javascript:x", "http://[", "data:,", "<table>", "</html>", "true", "-1",
]  # fmt: skip
changes = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, 40), st.sampled_from(GARBAGE)),
    min_size=1, max_size=6,
)  # fmt: skip


def outcome(document: str, given_input: Input) -> tuple[str, tuple[Article, ...]]:
    """Return the reason why a document cannot be read, "" for none, and its articles."""
    try:
        found = parse(document.encode(), Source("https://desk.example/", input=given_input))
    except ParseError as error:
        return error.reason, ()
    return "", found.articles


@pytest.mark.parametrize("kind", MADE)
@given(changes)
@settings(derandomize=True, max_examples=many(120), deadline=None)
def test_a_mutated_document_gives_articles_or_a_reason(
    kind: str, changed: list[tuple[int, int, str]]
) -> None:
    make, given_input = MADE[kind]
    document = make(8)
    for at, length, garbage in changed:
        document = document[:at] + garbage + document[at + length :]
    reason, found = outcome(document, given_input)
    assert reason in {"", "unparsable", *REASONS}
    assert all(each.title and not each.link.startswith("java") for each in found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", MADE)
@pytest.mark.unmeasured
def test_thousands_of_entries_are_read_within_a_part_of_the_deadline(kind: str) -> None:
    make, given_input = MADE[kind]
    document = make(MANY).encode()
    begun = time.process_time()
    found = parse(document, Source("https://desk.example/", input=given_input))
    assert time.process_time() - begun < 5
    assert len(found.known) == MANY, kind


@pytest.mark.parametrize(
    ("document", "given_input"),
    [
        ("<html>" + "<div>" * 8_000 + "<li>x", Input("list", (("item", "li"),))),
        ("<html>" + "<b>" * 8_000 + "x", Input("watch")),
        ('{"a":' * 100_000, Input("json", (("title", "a"),))),
        (f"<urlset {NEWS}>" + "<url>" * 100_000, Input("sitemap")),
        ('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">' + "<a>" * 50_000
         + "</a>" * 50_000 + "</alert>", Input("cap")),
    ],
    ids=["list", "watch", "json", "sitemap", "cap"],
)  # fmt: skip
def test_thousands_of_levels_are_read_or_refused(document: str, given_input: Input) -> None:
    reason, _ = outcome(document, given_input)
    assert reason in {"", *REASONS}


@pytest.mark.slow
async def test_a_selector_that_explodes_is_stopped_at_the_deadline() -> None:
    page = "<html>" + "<div><p>" * 1_500
    item = "div:has(div:has(div:has(div:has(p.none))))"
    source = Source("https://desk.example/", input=Input("list", (("item", item),)))
    async with Workers(1, 0.5) as workers:
        with pytest.raises(ParseError) as caught:
            await workers(page.encode(), source, frozenset(), pack(()))
    assert caught.value.reason in {PollReason.PARSE_TIMEOUT, PollReason.EMPTY}
