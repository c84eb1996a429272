"""Messages of every kind, for the tests of channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from conftest import NOW

from monitor.model import AlertItem, DigestKind, Excerpt, Message, Notice, PublisherReport, Severity

HOSTILE = "<!channel> & <http://evil.example|here> <@U1> &lt;"
SECRET = "s3cr3t-t0ken"
FIRST = "C1/1730000000.000100"  # the reference of a story's first message


def report(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> AlertItem:
    usual: dict[str, Any] = {
        "topics": ("Missiles",), "link": "https://news.example/1", "publisher": "Example",
        "published_at": NOW, "excerpt": Excerpt(text, ()), "topic_ids": ("missiles",), "story": 7,
    }  # fmt: skip
    return AlertItem(title=title, **(usual | fields))


def alert(title: str = "Title", text: str = "An ICBM is tested.", **fields: Any) -> Message:
    return Message("key-1", (report(title, text, **fields),))


def digest(
    count: int, title: str = "Title", text: str = "An ICBM is tested.", **fields: Any
) -> Message:
    reports = tuple(report(f"{number} {title}", text, **fields) for number in range(count))
    return Message("key-1", reports, digest=DigestKind.CATCHING_UP)


def reply(*news: str, **fields: Any) -> Message:
    told = report("A later headline", news=news or ("troops: 8,000 → 11,000 (Blinken)",), **fields)
    return Message("key-2", (told,), thread=FIRST)


def voice(publisher: str, kind: str = "wire", country: str = "", **fields: Any) -> PublisherReport:
    return PublisherReport(publisher, kind, country, fields.pop("at", NOW), **fields)


VOICES = (
    voice("Yonhap", "wire", "KR", at=NOW - timedelta(hours=4)),
    voice("KCNA", "state", "KP"),
    voice("NHK", "broadcaster", "JP"),
    voice("The Harbour Herald", "newspaper", "GB"),
    voice("An aggregator", "aggregator", copy_of="Yonhap"),
)
KOREAN = Message(
    "key-ko",
    (
        report(
            "북한군 1만1천명, 러시아 쿠르스크 배치",
            "국정원은 북한군이 쿠르스크에 배치됐다고 밝혔다.",
            topics=("DPRK troops", "Kursk"),
            topic_ids=("dprk-troops", "kursk"),
            lang="ko",
            publisher="Yonhap",
            severity=Severity.CRITICAL,
            publisher_reports=VOICES,
            excerpt=Excerpt("국정원은 북한군이 쿠르스크에 배치됐다고 밝혔다.", ((5, 8), (10, 14))),
            figures=("troops: 8,000 → 11,000 (국정원)",),
            why="@north_korea NEAR/2 @troops: 북한군; @kursk: 쿠르스크",
        ),
    ),
)
ARABIC = Message(
    "key-ar",
    (
        report(
            "كوريا الشمالية تطلق صاروخا باليستيا عابرا للقارات (ICBM)",
            "أعلنت سيول أن الصاروخ سقط في بحر اليابان.",
            lang="ar",
            publisher="وكالة المرفأ",
            publisher_reports=(voice("وكالة المرفأ", "wire", "QA"),),
            excerpt=Excerpt("أعلنت سيول أن الصاروخ سقط في بحر اليابان.", ((14, 21),)),
        ),
    ),
)
HEARTBEAT = Message(
    "key-n",
    notice=Notice(
        "heartbeat:2024-10-31",
        "heartbeat",
        "All is well: 40 feeds polled 5,760 times",
        ("1,204 articles, 12 hits, 3 alerts sent", "9 near misses", "1 feed failing: <b>x</b> & y"),
    ),
)

KINDS = {
    "an alert": alert(),
    "a reply": Message("key-1", (report(),), thread=FIRST),
    "a digest": digest(3),
    "a digest of one": digest(1),
    "a long digest": digest(500),
    "without link": alert(link=""),
    "without publisher": alert(publisher=""),
    "a title only": alert("Title", "Title"),
    "found words": alert(excerpt=Excerpt("An ICBM is tested", ((3, 7), (11, 17)))),
    "other publishers": alert(publishers=("First", "Second")),
    "hostile": alert(HOSTILE, HOSTILE, publisher=HOSTILE, link=f"https://news.example/{HOSTILE}"),
    "a huge title": alert("word " * 2_000),
    "a huge title of escapes": alert("<&>" * 3_333),
    "a huge link": alert(link="https://news.example/" + "|>" * 2_500),
    "a long link of escapes and a title of them": alert(
        "&" * 400, link="https://news.example/" + "&" * 1_400
    ),
    "a long link and a title of escapes": alert(
        "&" * 400, link="https://news.example/" + "x" * 1_450
    ),
    "many topics": alert("A & B " * 66, topics=("Topic & more",) * 30),
    "a huge excerpt": alert(text="<&> " * 2_500),
    "a hundred publishers": alert(publisher="&" * 200, publishers=("A & B",) * 100),
    "a digest of long titles": digest(50, "<&>" * 3_333),
    "a digest of huge reports": digest(50, "&" * 400, "<&>" * 3_333, publishers=("A & B",) * 100),
    "a digest of nothing but titles": Message(
        "key-1", (report("Title", "Title"),) * 50, digest=DigestKind.CATCHING_UP
    ),
    "a story in Korean": KOREAN,
    "a headline in Arabic": ARABIC,
    "what is new": reply(),
    "hostile news": reply(*[HOSTILE * 9] * 50, figures=(HOSTILE,) * 50),
    "hostile voices, figures and reasons": alert(
        publisher_reports=tuple(voice(HOSTILE * 9, HOSTILE, at=NOW) for _ in range(50)),
        figures=(HOSTILE * 9,) * 50, why=HOSTILE * 99, topics=(HOSTILE,) * 9,
    ),
    "an edit": Message("key-1", (report(publisher_reports=VOICES),), edits=FIRST),
    "verdicts of readers": Message(
        "key-1", (report(),), reader_verdicts=(f"Marked as good by @{HOSTILE}",) * 50
    ),
    "a heartbeat": HEARTBEAT,
    "a huge notice": Message("key-n", notice=Notice("k", "feed", "<&>" * 999, ("<&>" * 999,) * 99)),
    "a notice of one line": Message("key-n", notice=Notice("k", "feed", "A feed fails")),
}  # fmt: skip
