"""Outlets that are not polled: hosts of feeds and names of publishers count as polled."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import feed

from monitor.config.load import load
from monitor.diagnostics.unpolled import PolledOutlets

FEEDS = [
    feed("https://en.yna.co.kr/RSS/news.xml", publisher="Yonhap"),
    feed("https://feeds.bbci.co.uk/news/rss.xml", publisher="BBC"),
    feed("https://feeds.example.net/moscow", publisher="The Moscow Times"),
    feed("https://news.local/rss", publisher=""),
    feed("http://127.0.0.1:8000/rss", publisher="Own"),
]


@pytest.mark.parametrize(
    "host",
    ["yna.co.kr", "www.yna.co.kr", "bbc.com", "bbc.co.uk", "themoscowtimes.com", "news.local"],
)
def test_an_outlet_of_a_feed_is_polled(host: str) -> None:
    assert PolledOutlets(FEEDS).has(host)


@pytest.mark.parametrize("host", ["koreaherald.co.kr", "co.kr", "moscow.com", "example.org", "kr"])
def test_other_outlets_are_not(host: str) -> None:
    assert not PolledOutlets(FEEDS).has(host)


def test_without_feeds_nothing_is_polled() -> None:
    assert not PolledOutlets([]).has("bbc.com")


@pytest.mark.parametrize(
    "host",
    ["nytimes.com", "theguardian.com", "dw.com", "france24.com", "lemonde.fr", "tagesschau.de",
     "aljazeera.com", "bbc.com", "scmp.com", "channelnewsasia.com", "twz.com", "sipri.org"],
)  # fmt: skip
def test_outlets_of_the_shipped_feeds_are_polled(host: str) -> None:
    config = load(Path(__file__).parents[2] / "config.yaml")
    assert PolledOutlets(config.feeds).has(host)
