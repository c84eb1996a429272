"""Which addresses of a web page may be feeds."""

from __future__ import annotations

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.discovery import MOST, candidates, sitemaps

PAGE = "https://news.example/world/index.html?edition=asia"


def found(markup: str, address: str = PAGE) -> list[str]:
    return candidates(markup.encode(), address)


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml" href="/rss.php">',
        '<LINK TYPE="Application/Atom+XML; charset=utf-8" REL="Alternate home" HREF=/rss.php>',
        "<link rel=alternate type=application/rdf+xml href='../rss.php'>",
        '<link rel="feed" href="https://news.example/rss.php#top">',
        '<base href="https://news.example/"><link rel=feed href="rss.php">',
    ],
)
def test_feeds_that_a_page_declares_are_found(link: str) -> None:
    assert found(f"<!doctype html><head>{link}<title>x</title>") == ["https://news.example/rss.php"]


@pytest.mark.parametrize(
    "href",
    [
        "/feed", "/feed/", "/rss", "/rss/world", "/feeds/all", "/a/atom/", "rss.xml", "/rss2.xml",
        "/index.xml", "/feed_en.xml", "/world.rss", "/news.atom", "/index.rdf", "/?feed=rss2",
        "/news?format=rss", "//feeds.example/rss",
    ],
)  # fmt: skip
def test_obvious_anchors_are_found(href: str) -> None:
    assert len(found(f'<p><a href="{href}">Subscribe</a>')) == 1


def test_an_anchor_that_says_so_is_found_if_it_leads_to_a_document() -> None:
    assert found('<a href="/get.php?id=4"><b>RSS</b> feed</a>') == [
        "https://news.example/get.php?id=4"
    ]
    assert found('<a title="Atom" href="/world.xml"><img src=i.png></a>') == [
        "https://news.example/world.xml"
    ]
    assert found('<a href="/about-rss">What is RSS?</a>') == []


@pytest.mark.parametrize(
    "markup",
    [
        "", "text", '<a href="/world">World</a>', '<a href="/sitemap.xml">Map</a>',
        '<a href="/feedback">Feedback</a>', '<a href="/rss-explained.html">RSS</a>',
        '<link rel="alternate" hreflang="ko" href="/ko/">',
        '<link rel="alternate" type="application/json" href="/wp-json">',
        '<link rel="stylesheet" type="application/rss+xml" href="/x">',
        '<link rel=alternate type="application/rss+xml">',
        '<link rel=alternate type="application/rss+xml" href="">',
        '<a href="javascript:rss()">RSS</a>', '<a href="feed:rss.xml">x</a>',
        '<a href="file:///etc/rss.xml">x</a>', '<a href="http://[::1/rss.xml">x</a>',
        '<a href="#feed">x</a>', "<a href>RSS</a>",
    ],
)  # fmt: skip
def test_what_is_no_feed_is_left_out(markup: str) -> None:
    assert found(markup) == []


def test_each_address_comes_once_and_declared_ones_first() -> None:
    page = """
      <a href="/feed/">RSS</a> <a href="/feed/#x">RSS</a> <a href="/rss">RSS</a>
      <link rel=alternate type=application/rss+xml href="/rss">
      <link rel=alternate type=application/atom+xml href="/atom.php">
    """
    assert found(page) == [f"https://news.example/{path}" for path in ("rss", "atom.php", "feed/")]


def test_a_page_does_not_name_itself() -> None:
    assert found('<a href="#top">x</a><a href="/rss">RSS</a>', "https://news.example/rss") == []


def test_a_page_that_names_thousands_is_cut() -> None:
    anchors = "".join(f'<a href="/rss/{number}">x</a>' for number in range(5_000))
    assert len(found(anchors)) == MOST


def test_letters_of_another_encoding_do_no_harm() -> None:
    page = '<title>뉴스</title><a href="/rss">구독</a>'.encode("cp949")
    assert candidates(page, PAGE) == ["https://news.example/rss"]


@settings(derandomize=True, max_examples=many(100), deadline=None)
@given(href=st.text(max_size=60), rest=st.binary(max_size=60))
def test_whatever_a_page_holds_only_web_addresses_come(href: str, rest: bytes) -> None:
    page = f'<a href="{href}">RSS</a><link rel=feed href="{href}">'.encode("utf-8", "replace")
    for address in candidates(rest + page, PAGE):
        assert address.startswith(("http://", "https://"))


def test_a_channel_of_telegram_on_a_page_is_a_feed() -> None:
    links = '<a href="https://t.me/harbour">Join</a> <a href="https://t.me/s">x</a>'
    assert found(links) == ["https://t.me/harbour"]


@pytest.mark.parametrize("kind", ["feed+json", "geo+json", "cap+xml"])
def test_feeds_of_other_inputs_that_a_page_declares_are_found(kind: str) -> None:
    link = f'<link rel="alternate" type="application/{kind}" href="/events">'
    assert found(link) == ["https://news.example/events"]


def test_robots_txt_names_the_sitemaps_of_news() -> None:
    robots = b"""User-agent: *
Disallow: /x
Sitemap: https://news.example/pages.xml
sitemap: /news-sitemap.xml
Sitemap: javascript:news
"""
    address = "https://news.example/robots.txt"
    assert sitemaps(robots, address) == ["https://news.example/news-sitemap.xml"]
