"""Answers that break HTTP, or bend it, are read where browsers read them."""

from __future__ import annotations

import gzip

import pytest
from aiohttp import web
from servers import BAD_ANSWERS, BODY, answering, fetched, http, refused, sending

LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"
READ = {
    "a length that stands there twice": http("200 OK", LENGTH, LENGTH.lower(), body=BODY),
    "a list of one length": http("200 OK", f"{LENGTH}, {len(BODY)}", body=BODY),
    "a line without a colon": http("200 OK", "nonsense", LENGTH, body=BODY),
    "a name with a space": http("200 OK", "X Powered By: a", LENGTH, body=BODY),
    "a space before the colon": http("200 OK", "X-Powered-By : a", LENGTH, body=BODY),
    "a NUL in a header": http("200 OK", "X-A: b\0c", LENGTH, body=BODY),
    "a folded header": http("200 OK", "X-A: b", " c", LENGTH, body=BODY),
    "a header of 60,000 bytes": http("200 OK", f"X-A: {'a' * 60_000}", LENGTH, body=BODY),
    "900 headers": http("200 OK", *(f"X-{n}: a" for n in range(900)), LENGTH, body=BODY),
    "a length beside chunks": http(
        "200 OK", "Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNKED
    ),
    "chunks that are told of twice": http(
        "200 OK", "Transfer-Encoding: chunked", "transfer-encoding: chunked", body=CHUNKED
    ),
    "a coding that stands there twice": http(
        "200 OK", "Content-Encoding: gzip", "Content-Encoding: gzip",
        f"Content-Length: {len(gzip.compress(BODY))}", body=gzip.compress(BODY),
    ),
    "lines that end with a line feed only": http("200 OK", LENGTH).replace(b"\r", b"") + BODY,
    "an early answer before the answer": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    + http("200 OK", LENGTH, body=BODY),
    "x-gzip": http("200 OK", "Content-Encoding: x-gzip", body=gzip.compress(BODY)),
    "gzip that no header tells of": http("200 OK", body=gzip.compress(BODY)),
    "gzip in gzip": http(
        "200 OK", "Content-Encoding: gzip", body=gzip.compress(gzip.compress(BODY))
    ),
    "gzip in several parts, filled up with zeros": http(
        "200 OK", "Content-Encoding: gzip",
        body=gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]) + bytes(20),
    ),
    "a coding that is none": http("200 OK", "Content-Encoding: UTF-8", body=BODY),
}  # fmt: skip


@pytest.mark.parametrize("answer", READ.values(), ids=READ)
async def test_what_browsers_read_is_read(answer: bytes) -> None:
    async with sending(answer) as url:
        found = await fetched(url)
    assert (found.body, found.cut_off) == (BODY, False)


async def test_a_head_may_come_byte_by_byte() -> None:
    head = http("200 OK", "nonsense", LENGTH, LENGTH)
    async with sending(*(bytes([byte]) for byte in head), BODY) as url:
        assert (await fetched(url)).body == BODY


async def test_lengths_that_differ_are_refused_with_what_is_wrong() -> None:
    answer = http("200 OK", LENGTH, "Content-Length: 3", body=BODY)
    async with sending(answer) as url:
        error = await refused(url)
    assert str(error) == "malformed: the answer breaks HTTP: Duplicate Content-Length"


async def test_the_reason_for_another_protocol_quotes_nothing_of_it() -> None:
    reason, answer = BAD_ANSWERS["another protocol"]
    async with sending(answer) as url:
        error = await refused(url)
    assert (error.reason, "SSH" in str(error)) == (reason, False)


async def test_a_cookie_that_a_redirect_sets_is_sent_within_the_fetch() -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.cookies.get("seen") == "1":
            return web.Response(body=BODY)
        return web.Response(status=302, headers={"Location": "/", "Set-Cookie": "seen=1; Path=/"})

    async with answering(handler) as url:
        assert (await fetched(url)).body == BODY


async def test_a_cookie_is_sent_to_no_other_host() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie", ""))
        if request.host.startswith("localhost"):
            return web.Response(body=BODY)
        elsewhere = f"http://localhost:{request.url.port}/"
        return web.Response(status=302, headers={"Location": elsewhere, "Set-Cookie": "seen=1"})

    async with answering(handler) as url:
        await fetched(url)
    assert seen == ["", ""]
