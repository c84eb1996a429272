"""E-mail: it threads, it is readable as text and as HTML, and its server's answers are heeded."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from messages import ARABIC, HOSTILE, KINDS, KOREAN, SECRET, alert, reply
from postbox import Postbox, contexts, postbox
from structlog.testing import capture_logs

from monitor.channels.email import Email, html
from monitor.errors import DeliveryError

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from monitor.model import Message

every_kind = pytest.mark.parametrize("message", KINDS.values(), ids=KINDS)


def mailing(box: Postbox, **settings: Any) -> Email:
    usual: dict[str, Any] = {
        "host": "127.0.0.1", "port": box.port, "tls": "none", "sender": "Desk <desk@example.org>",
        "to": ["a@example.org", "b@example.org"], "clock": NOW.timestamp,
    }  # fmt: skip
    return Email(**(usual | settings))


async def mailed(message: Message) -> EmailMessage:
    async with postbox() as box:
        await mailing(box).send(message)
    [mail] = box.mails
    return mail


async def failure(box: Postbox, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await mailing(box, **settings).send(alert())
    return caught.value


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


async def test_a_mail_says_from_whom_to_whom_when_and_that_a_program_wrote_it() -> None:
    mail = await mailed(alert())
    assert (mail["From"], mail["To"]) == ("Desk <desk@example.org>", "a@example.org, b@example.org")
    assert mail["Date"] == "Thu, 31 Oct 2024 18:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "🟠 [Missiles] Title"


async def test_a_message_keeps_its_id_when_it_is_sent_again() -> None:
    async with postbox() as box:
        refs = [await mailing(box).send(alert()) for _ in range(2)]
    assert refs == ["<key-1@example.org>"] * 2
    assert [mail["Message-ID"] for mail in box.mails] == refs


async def test_a_reply_refers_to_the_first_message() -> None:
    mail = await mailed(replace(reply(), thread="<key-1@example.org>"))
    assert (mail["In-Reply-To"], mail["References"]) == ("<key-1@example.org>",) * 2


async def test_the_text_tells_it_all() -> None:
    assert part(await mailed(KOREAN), "plain").splitlines() == [
        "🔴 Critical [DPRK troops, Kursk] 북한군 1만1천명, 러시아 쿠르스크 배치",
        "4 independent publishers (1 state), first: Yonhap 2024-10-31 14:00 UTC: Yonhap (wire, KR)"  # noqa: ISC004 - one line
        " · KCNA (state, KP) · NHK (broadcaster, JP) · The Harbour Herald (newspaper, GB);"
        " repeated by 1 other",
        "국정원은 북한군이 쿠르스크에 배치됐다고 밝혔다.",
        "troops: 8,000 → 11,000 (국정원)",
        "Matched: @north_korea NEAR/2 @troops: 북한군; @kursk: 쿠르스크",
        "https://news.example/1",
    ]


async def test_found_words_are_bold_and_the_headline_is_a_link_in_html() -> None:
    page = part(await mailed(KOREAN), "html")
    assert "국정원은 <b>북한군</b>이 <b>쿠르스크</b>에" in page
    assert '<a href="https://news.example/1">북한군 1만1천명' in page


async def test_every_paragraph_finds_its_own_direction() -> None:
    assert '<h3 dir="auto"><a href=' in part(await mailed(ARABIC), "html")


@every_kind
async def test_no_markup_of_a_feed_is_markup(message: Message) -> None:
    page = html(message)
    assert "<!channel>" not in page
    assert "<http" not in page


async def test_what_a_feed_wrote_makes_no_header() -> None:
    mail = await mailed(alert(f"{HOSTILE}\r\nBcc: spy@example.org", topics=("A\nB",)))
    assert mail["Bcc"] is None
    assert "Bcc: spy@example.org" in mail["Subject"]


@every_kind
async def test_every_kind_of_message_can_be_mailed(message: Message) -> None:
    mail = await mailed(replace(message, edits=None, thread=None))
    assert part(mail, "plain").strip()
    assert len(mail["Subject"]) <= 200


async def test_a_plain_mail_has_no_html() -> None:
    assert (await mailed(replace(alert(), plain=True))).get_body(("html",)) is None


@pytest.mark.parametrize("tls", ["tls", "starttls"])
@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
async def test_with_tls_it_logs_in(tls: str, tmp_path: Path) -> None:
    server, client = contexts(tmp_path)
    login = {"host": "localhost", "tls": tls, "user": "desk", "password": SECRET}
    async with postbox(server, tls) as box:
        await mailing(box, context=client, **login).send(alert())
        assert box.logins == [(b"desk", SECRET.encode())]
        error = await failure(box, context=client, **(login | {"password": "wr0ng"}))
        assert (error.blame, error.reason) == ("operator", "SMTP: 535 5.7.8 (Authentication)")
        error = await failure(box, **login)  # which does not trust the certificate
    assert error.blame == "operator"
    assert "certificate" in error.reason
    assert len(box.mails) == 1


async def test_nothing_is_sent_in_the_clear_where_tls_is_asked_for() -> None:
    async with postbox() as box:
        error = await failure(box, tls="starttls", user="desk", password=SECRET)
    assert (error.blame, box.mails, box.logins) == ("operator", [], [])


@pytest.mark.parametrize(
    ("answer", "blame"),
    [
        ("451 4.3.0 try later", "passing"),
        ("554 5.7.1 spam", "message"),
        ("552 5.3.4 too big", "message"),
    ],
)
async def test_what_the_server_says_of_a_mail_says_who_must_act(answer: str, blame: str) -> None:
    async with postbox() as box:
        box.plan = [answer]
        error = await failure(box)
    assert (error.blame, error.in_doubt) == (blame, False)
    assert error.reason.startswith(f"SMTP: {answer[:9]}")


@pytest.mark.parametrize(
    ("answer", "blame"), [("450 4.2.0 greylisted", "passing"), ("550 5.1.1 nobody", "operator")]
)
async def test_refused_recipients_say_who_must_act(answer: str, blame: str) -> None:
    async with postbox() as box:
        box.refused = dict.fromkeys(["a@example.org", "b@example.org"], answer)
        assert (await failure(box)).blame == blame


async def test_one_recipient_refused_is_logged_and_the_others_get_the_mail() -> None:
    async with postbox() as box:
        box.refused = {"a@example.org": "550 5.1.1 nobody"}
        with capture_logs() as logs:
            await mailing(box).send(alert())
    assert box.to == [["b@example.org"]]
    [line] = logs
    assert (line["refused"], line["of"], line["codes"]) == (1, 2, [550])


async def test_nobody_there_is_a_passing_fault() -> None:
    async with postbox() as box:
        pass
    error = await failure(box)
    assert (error.blame, error.in_doubt) == ("passing", False)
