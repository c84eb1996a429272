"""What a document costs to read, by its input, beside RSS with the same articles.

    python benchmarks/inputs.py                 30 articles a document
    python benchmarks/inputs.py --entries 1000

Times are of the processor, the median of 15 runs. All entries are new, and none is matched.
"""

from __future__ import annotations

import argparse
import json
from html import escape
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from monitor.model import Input
from monitor.parse import Source, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RUNS = 15
WORDS = "The ministry said on Monday that ships wait outside the strait for the third day. " * 3
NEWS = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
Article = tuple[str, str, str]  # address, title, text
DATE = "2026-11-30T08:00:00Z"


def made(count: int) -> list[Article]:
    """Return articles."""
    return [
        (f"https://desk.example/{each}", f"Report {each} on the <strait>", f"{each}. {WORDS}")
        for each in range(count)
    ]


def rss(articles: Sequence[Article]) -> str:
    """Return the articles as RSS."""
    items = (
        f"<item><guid>{link}</guid><link>{link}</link><title>{escape(title)}</title>"
        f"<pubDate>Mon, 30 Nov 2026 08:00:00 GMT</pubDate><description>{text}</description></item>"
        for link, title, text in articles
    )
    return f"<rss version='2.0'><channel><title>Desk</title>{''.join(items)}</channel></rss>"


def json_feed(articles: Sequence[Article]) -> str:
    """Return the articles as a JSON Feed."""
    items = [
        {"id": link, "url": link, "title": title, "content_text": text, "date_published": DATE}
        for link, title, text in articles
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


def sitemap(articles: Sequence[Article]) -> str:
    """Return the articles as a news sitemap, which has no texts."""
    urls = (
        f"<url><loc>{link}</loc><n:news><n:publication_date>{DATE}</n:publication_date>"
        f"<n:title>{escape(title)}</n:title></n:news></url>"
        for link, title, _ in articles
    )
    return f"<urlset {NEWS}>{''.join(urls)}</urlset>"


def telegram(articles: Sequence[Article]) -> str:
    """Return the articles as posts of a channel."""
    posts = (
        f'<div class="tgme_widget_message" data-post="desk/{number}"><div class="'
        f'tgme_widget_message_text js-message_text"><b>{escape(title)}</b><br>{text}</div>'
        f'<a class="tgme_widget_message_date"><time datetime="{DATE}"></time></a></div>'
        for number, (_, title, text) in enumerate(articles)
    )
    return f'<html><section class="tgme_channel_history">{"".join(posts)}</section></html>'


def geojson(articles: Sequence[Article]) -> str:
    """Return the articles as features with a place."""
    features = [
        {"id": link, "properties": {"title": title, "url": link, "description": text, "time": DATE},
         "geometry": {"type": "Point", "coordinates": [33.5, 44.6]}}
        for link, title, text in articles
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features})


def page(articles: Sequence[Article]) -> str:
    """Return the articles as a list on a page."""
    items = (
        f'<li><h3><a href="{link}">{escape(title)}</a></h3><time datetime="{DATE}"></time>'
        f"<p>{text}</p></li>"
        for link, title, text in articles
    )
    return f"<html><body><ul>{''.join(items)}</ul></body></html>"


def data(articles: Sequence[Article]) -> str:
    """Return the articles as JSON."""
    return json.dumps(
        [{"url": link, "head": title, "at": DATE, "lead": text} for link, title, text in articles]
    )


LIST = {"item": "li", "title": "h3", "link": "a", "date": "time@datetime", "text": "p"}
JSON = {"title": "head", "link": "url", "date": "at", "text": "lead"}
INPUTS: dict[str, tuple[Callable[[Sequence[Article]], str], Input]] = {
    "RSS": (rss, Input()),
    "JSON Feed": (json_feed, Input()),
    "news sitemap": (sitemap, Input()),
    "Telegram": (telegram, Input()),
    "GeoJSON": (geojson, Input()),
    "list": (page, Input("list", tuple(LIST.items()))),
    "json": (data, Input("json", tuple(JSON.items()))),
    "watch": (page, Input("watch")),
}


def milliseconds(document: bytes, source: Source) -> float:
    """Return the processor's time for one document."""
    times = []
    for _ in range(RUNS):
        begun = process_time()
        parse(document, source)
        times.append(process_time() - begun)
    return median(times) * 1_000


def main() -> None:
    """Print a line for each input."""
    options = argparse.ArgumentParser()
    options.add_argument("--entries", type=int, default=30)
    articles = made(options.parse_args().entries)
    table = Table("input", "bytes", "ms a document", "times RSS")
    base = 0.0
    for name, (make, given) in INPUTS.items():
        document = make(articles).encode()
        took = milliseconds(document, Source("https://desk.example/", input=given))
        base = base or took
        table.add_row(name, f"{len(document):,}", f"{took:.1f}", f"{took / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
