"""What a worker does: bytes and values in, values out, and nothing else."""

from __future__ import annotations

import pickle

import guarded
import pytest
from fakes import item, rss, topic

from monitor.errors import ParseError
from monitor.matching.compile import pack
from monitor.scan.scan import Source, scan

TOPICS = pack([topic("icbm", "ICBM"), topic("kursk", "Kursk")])
SOURCE = Source(url="https://news.example/feed.xml")
FEED = rss(item("ICBM over Kursk"), item("Weather"), "<item/>").encode()


def test_each_new_article_comes_with_what_it_matches() -> None:
    found = scan(FEED, SOURCE, frozenset(), TOPICS)
    told = {each.article.title: [m.topic for m in each.matches] for each in found.scanned}
    assert told == {"ICBM over Kursk": ["icbm", "kursk"], "Weather": []}


def test_a_scan_tells_of_the_feed_and_of_what_it_could_not_read() -> None:
    found = scan(FEED, SOURCE, frozenset(), TOPICS)
    assert found.title == "Example"
    assert len(found.known) == 3
    assert [each.reason for each in found.unread] == ["no title and no text"]


def test_known_entries_give_nothing() -> None:
    first = scan(FEED, SOURCE, frozenset(), TOPICS)
    again = scan(FEED, SOURCE, first.known, TOPICS)
    assert (again.scanned, again.unread, again.known) == ((), (), first.known)


def test_without_topics_articles_still_come() -> None:
    found = scan(FEED, SOURCE, frozenset(), pack([]))
    assert [each.matches for each in found.scanned] == [(), ()]


def test_what_is_no_feed_is_refused_with_its_reason() -> None:
    with pytest.raises(ParseError) as refused:
        scan(b"<html></html>", SOURCE, frozenset(), TOPICS)
    assert refused.value.reason == "html"


def test_a_scan_comes_back_from_a_worker_as_it_was() -> None:
    found = scan(FEED, SOURCE, frozenset(), TOPICS)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


HOSTILE = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<?xml-stylesheet href="http://127.0.0.1:9/style.xsl"?>
<rss version="2.0"><channel><title>t</title><item><title>Курск ICBM &x;</title>
<link>http://127.0.0.1:9/1</link><pubDate>Thu,31 Oct 2024 4:35:5 GMT+9</pubDate>
<description>&lt;img src="http://127.0.0.1:9/i.png"&gt;</description></item></channel></rss>"""


def test_a_scan_opens_no_file_and_no_socket() -> None:
    opened, (titles, reason) = guarded.scanned([HOSTILE.encode("cp1251"), b"/etc/passwd"], TOPICS)
    assert opened == []
    assert titles[0].startswith("Курск ICBM")
    assert reason == "not-a-feed"


def test_the_guard_would_tell() -> None:
    [event] = guarded.probed()
    assert event.startswith("open ('/dev/null'")
