"""What a worker does: bytes and values in, values out, and nothing else."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

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


# An audit hook cannot be removed, so it gets a process of its own. What is loaded on first use (an
# encoding's table, the model of languages) is no doing of a document.
GUARDED = """
import json, sys
from monitor.scan.scan import Source, prepare, scan

body, topics = (part.encode("latin-1") for part in json.load(sys.stdin))
prepare(topics)
events, guarding = [], True

def guard(event, args):
    if guarding and event.partition(".")[0] in {"open", "os", "socket", "subprocess", "shutil"}:
        if not str(args[0]).endswith((".py", ".pyc")) and event not in {"os.listdir", "os.scandir"}:
            events.append(f"{event} {args}")

sys.addaudithook(guard)
found = scan(body, Source(url="https://news.example/feed.xml"), frozenset(), topics)
try:
    scan(b"/etc/passwd", Source(), frozenset(), topics)
except Exception as refused:
    reason = refused.reason
if "probe" in sys.argv:
    open("/dev/null").close()
guarding = False
json.dump([events, [each.article.title for each in found.scanned], reason], sys.stdout)
"""

HOSTILE = """<?xml version="1.0" encoding="windows-1251"?>
<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<?xml-stylesheet href="http://127.0.0.1:9/style.xsl"?>
<rss version="2.0"><channel><title>t</title><item><title>Курск ICBM &x;</title>
<link>http://127.0.0.1:9/1</link><pubDate>Thu,31 Oct 2024 4:35:5 GMT+9</pubDate>
<description>&lt;img src="http://127.0.0.1:9/i.png"&gt;</description></item></channel></rss>"""


def guarded(*arguments: str) -> tuple[list[str], list[str], str]:
    """What a scan in a process of its own opened, the titles it found, and its reason."""
    sent = json.dumps([HOSTILE.encode("cp1251").decode("latin-1"), TOPICS.decode("latin-1")])
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, *arguments],
        input=sent, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    events, titles, reason = json.loads(done.stdout)
    return events, titles, reason


def test_a_scan_opens_no_file_and_no_socket() -> None:
    events, titles, reason = guarded()
    assert events == []
    assert titles[0].startswith("Курск ICBM")
    assert reason == "not-a-feed"


def test_the_guard_would_tell() -> None:
    (event,) = guarded("probe")[0]
    assert event.startswith("open ('/dev/null'")
