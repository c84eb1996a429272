"""A feed's address becomes its bytes, or a reason; nothing a server does gets past the limits."""

from __future__ import annotations

import gzip
import shutil
import ssl
import subprocess
import sys
import time
import tracemalloc
import zlib
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from fakes import feed
from servers import (
    BAD_ANSWERS,
    BODY,
    MIB,
    NEW,
    NO_NAME,
    answering,
    fetched,
    fetcher,
    http,
    refused,
    sending,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# What comes back


async def test_an_answer_is_the_body_with_its_validators() -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Thu, 31 Oct 2024 17:00:00 GMT",
               "Content-Type": "application/rss+xml"}  # fmt: skip

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=BODY, headers=headers)

    async with answering(handler) as url:
        answer = await fetched(f"{url}/feed")
    assert answer.body == BODY
    assert answer.body_digest
    assert (answer.etag, answer.last_modified, answer.content_type) == tuple(headers.values())


async def test_validators_of_the_last_poll_are_sent_as_conditions() -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(
            (request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since"))
        )
        return web.Response(body=BODY)

    async with answering(handler) as url:
        await fetched(url, replace(NEW, etag='W/"v1"', last_modified="yesterday"))
    assert seen == [('W/"v1"', "yesterday")]


async def test_an_address_is_sent_as_it_is_written() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(body=BODY)

    async with answering(handler) as url:
        await fetched(f"{url}/a%2Fb?u=https%3A%2F%2Fnews.example%2F&q=a+b%20c")
        await fetched(f"{url}/Ñ?q=ї")
    assert seen == [
        "/a%2Fb?u=https%3A%2F%2Fnews.example%2F&q=a+b%20c",
        "/%C3%91?q=%D1%97",
    ]


async def test_a_first_poll_sends_no_conditions() -> None:
    seen: list[set[str]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append({name.lower() for name in request.headers})
        return web.Response(body=BODY)

    async with answering(handler) as url:
        await fetched(url)
    assert not {"if-none-match", "if-modified-since"} & seen[0]


async def test_a_304_has_no_body_and_keeps_the_old_validators() -> None:
    async with sending(http("304 Not Modified")) as url:
        due = replace(NEW, etag='"v1"', last_modified="yesterday", body_digest=b"old")
        answer = await fetched(url, due)
    assert answer.body is None
    assert (answer.etag, answer.last_modified, answer.body_digest) == ('"v1"', "yesterday", b"old")


async def test_the_same_body_again_is_no_body_but_has_its_new_validators() -> None:
    tags = iter(['"v1"', '"v2"'])

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=BODY, headers={"ETag": next(tags)})

    async with answering(handler) as url:
        first = await fetched(url)
        second = await fetched(url, replace(NEW, body_digest=first.body_digest))
    assert (second.body, second.body_digest, second.etag) == (None, first.body_digest, '"v2"')


async def test_a_changed_body_is_a_body_again() -> None:
    bodies = iter([BODY, BODY + b" "])

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=next(bodies))

    async with answering(handler) as url:
        first = await fetched(url)
        second = await fetched(url, replace(NEW, body_digest=first.body_digest))
    assert second.body == BODY + b" "


def raw_deflate(body: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(body) + squeezer.flush()


def brotli(body: bytes) -> bytes:
    return bytes(import_module("brotli").compress(body, quality=1))  # it has no types


def zstandard(body: bytes) -> bytes:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return bytes(import_module(name).compress(body))


COMPRESSED = {
    "gzip": ("gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "deflate without its header": ("deflate", raw_deflate),
    "Brotli": ("br", brotli),
    "Zstandard": ("zstd", zstandard),
}


@pytest.mark.parametrize(("encoding", "compress"), COMPRESSED.values(), ids=COMPRESSED)
async def test_a_compressed_body_is_decompressed(
    encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    body = compress(BODY)
    headers = (f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}")
    async with sending(http("200 OK", *headers, body=body)) as url:
        assert (await fetched(url)).body == BODY


async def test_the_server_learns_who_asks() -> None:
    agents: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        agents.append(request.headers["User-Agent"])
        return web.Response(body=BODY)

    async with answering(handler) as url:
        await fetched(url, user_agent="monitor/1 (+https://desk.example)")
    assert agents == ["monitor/1 (+https://desk.example)"]


async def test_cookies_are_not_kept() -> None:
    cookies: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        cookies.append(request.headers.get("Cookie"))
        return web.Response(body=BODY, headers={"Set-Cookie": "id=reader; Path=/"})

    async with answering(handler) as url, fetcher() as opened:
        by_name = feed(url.replace("127.0.0.1", "localhost"))
        await opened.fetch(by_name, NEW)
        await opened.fetch(by_name, NEW)
    assert cookies == [None, None]


async def test_final_url_is_where_redirects_ended_without_user_and_query() -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/old":
            new = f"http://user:secret@{request.host}/new?key=secret#top"
            raise web.HTTPMovedPermanently(new)
        return web.Response(body=BODY)

    async with answering(handler) as url:
        secret = url.replace("//", "//user:secret@")
        assert (await fetched(f"{secret}/old?key=secret")).final_url == f"{url}/new"


async def test_a_password_is_sent_to_its_own_server_only() -> None:
    logins: list[str | None] = []

    async def last(request: web.Request) -> web.Response:
        logins.append(request.headers.get("Authorization"))
        return web.Response(body=BODY)

    async with answering(last) as other:

        async def first(request: web.Request) -> web.Response:
            logins.append(request.headers.get("Authorization"))
            raise web.HTTPFound(other)

        async with answering(first) as url:
            await fetched(url.replace("//", "//user:secret@"))
    assert logins == ["Basic dXNlcjpzZWNyZXQ=", None]


# What goes wrong


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 429, 451, 500, 503, 599])
async def test_a_status_is_its_reason(status: int) -> None:
    async with sending(http(f"{status} Whatever", "Content-Length: 0")) as url:
        error = await refused(url)
    assert (error.code, error.retry_after) == (f"http-{status}", None)


DATE = "Date: Thu, 31 Oct 2024 18:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 120"], 120.0),
        (["Retry-After: 0"], 0.0),
        (["Retry-After: Thu, 31 Oct 2024 18:05:00 GMT", DATE], 300.0),
        (["Retry-After: Thu, 31 Oct 2024 17:00:00 GMT", DATE], 0.0),
        (["Retry-After: Thu, 31 Oct 2024 18:05:00 GMT"], None),
        (["Retry-After: Thu, 31 Oct 2024 18:05:00 -0000", DATE], 300.0),
        (["Retry-After: soon", DATE], None),
        (["Retry-After: -5", DATE], None),
        ([], None),
    ],
    ids=["seconds", "at once", "a date", "a date in the past", "a date on an unknown clock",
         "a date without a zone", "a word", "negative", "absent"],
)  # fmt: skip
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_retry_after_is_told_in_seconds(
    status: str, headers: list[str], seconds: float | None
) -> None:
    async with sending(http(status, "Content-Length: 0", *headers)) as url:
        assert (await refused(url)).retry_after == seconds


async def test_a_body_may_be_as_long_as_the_limit() -> None:
    async with sending(http("200 OK", "Content-Length: 1000", body=b"x" * 1000)) as url:
        assert (await fetched(url, max_body=1000)).body == b"x" * 1000


async def test_a_body_over_the_limit_is_too_large() -> None:
    async with sending(http("200 OK", "Content-Length: 1001", body=b"x" * 1001)) as url:
        assert (await refused(url, max_body=1000)).reason == "too-large"


async def test_the_server_learns_what_can_be_decompressed() -> None:
    accepted: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        accepted.append(request.headers["Accept-Encoding"])
        return web.Response(body=BODY)

    async with answering(handler) as url:
        await fetched(url)
    assert set(accepted[0].split(", ")) == {"gzip", "deflate", "br", "zstd"}


@pytest.mark.parametrize(("encoding", "compress"), COMPRESSED.values(), ids=COMPRESSED)
async def test_a_bomb_of_any_kind_stops_at_the_limit_in_modest_memory(
    encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    bomb = compress(bytes(32 * MIB))
    headers = (f"Content-Encoding: {encoding}", f"Content-Length: {len(bomb)}")
    async with sending(http("200 OK", *headers, body=bomb)) as url:
        tracemalloc.start()
        try:
            assert (await refused(url, max_body=MIB)).reason == "too-large"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * MIB


async def test_an_endless_body_stops_at_the_limit() -> None:
    pieces = [b"x" * 65_536] * 10_000
    async with sending(http("200 OK"), *pieces) as url:
        assert (await refused(url, max_body=MIB)).reason == "too-large"


@pytest.mark.parametrize(
    ("pieces", "pause"),
    [
        ([], 0.0),
        ([http("200 OK", "Content-Length: 500")], 0.0),
        ([http("200 OK", "Content-Length: 500"), *[b"x"] * 500], 0.02),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X-More: 1\r\n"] * 500], 0.02),
        ([http("200 OK"), *[b"x"] * 500], 0.02),
    ],
    ids=["silence", "headers only", "a dripping body", "dripping headers", "an endless body"],
)
async def test_a_slow_server_ends_at_the_timeout(pieces: list[bytes], pause: float) -> None:
    async with sending(*pieces, pause=pause, hang=True) as url:
        started = time.monotonic()
        error = await refused(url, timeout=0.1)
        assert time.monotonic() - started > 0.09
    assert error.reason == "timeout"


async def test_as_many_redirects_are_followed_as_browsers_follow() -> None:
    async with answering(counting_down) as url:
        assert (await fetched(f"{url}/20")).body == BODY


async def test_more_redirects_are_not() -> None:
    async with answering(counting_down) as url:
        assert (await refused(f"{url}/21")).reason == "redirects"


async def counting_down(request: web.Request) -> web.Response:
    left = int(request.path.strip("/"))
    if left:
        raise web.HTTPFound(f"/{left - 1}")
    return web.Response(body=BODY)


_PACKED = gzip.compress(BODY)
_HALF = len(BODY) // 2
CUT = {
    "shorter than its length": http("200 OK", "Content-Length: 5000", body=BODY[:_HALF]),
    "in a chunk": http("200 OK", "Transfer-Encoding: chunked", body=b"ffff\r\n" + BODY[:_HALF]),
    "before its last chunk": http(
        "200 OK", "Transfer-Encoding: chunked", body=f"{_HALF:x}\r\n".encode() + BODY[:_HALF]
    ),
    "gzip": http("200 OK", "Content-Encoding: gzip", body=_PACKED[:-9]),
    "gzip of the length that it says": http(
        "200 OK", "Content-Encoding: gzip", f"Content-Length: {len(_PACKED) - 9}",
        body=_PACKED[:-9],
    ),
    "gzip in gzip": http("200 OK", "Content-Encoding: gzip", body=gzip.compress(_PACKED[:-9])),
    "raw deflate": http("200 OK", "Content-Encoding: deflate", body=raw_deflate(BODY)[:-9]),
    "brotli": http("200 OK", "Content-Encoding: br", body=brotli(BODY)[:-9]),
}  # fmt: skip


@pytest.mark.parametrize("answer", CUT.values(), ids=CUT)
async def test_an_answer_that_is_cut_off_says_so_and_has_nothing_to_compare_with(
    answer: bytes,
) -> None:
    validators = b'ETag: "v1"\r\nLast-Modified: now\r\nCache-Control: max-age=600\r\n'
    async with sending(answer.replace(b"Connection:", validators + b"Connection:", 1)) as url:
        found = await fetched(url)
    assert found.cut_off
    assert found.body
    assert BODY.startswith(found.body)
    assert (found.etag, found.last_modified, found.body_digest, found.fresh_for) == ("", "", b"", 0)


@pytest.mark.parametrize(("reason", "answer"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_a_bad_answer_is_a_reason(reason: str, answer: bytes) -> None:
    async with sending(answer) as url:
        assert (await refused(url)).code == reason


async def test_a_port_where_nobody_listens_is_a_connection_error() -> None:
    assert (await refused("http://127.0.0.1:1/")).reason == "connection"


async def test_a_name_that_does_not_exist_is_a_dns_error() -> None:
    assert (await refused(f"http://{NO_NAME}/")).reason == "dns"


async def test_a_server_without_tls_is_a_tls_error() -> None:
    async with answering(counting_down) as url:
        assert (await refused(url.replace("http:", "https:"))).reason == "tls"


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")
async def test_a_certificate_that_nobody_vouches_for_is_a_reason_of_its_own(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(  # noqa: ASYNC221 - it takes milliseconds, and nothing else is going on
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    error = await refused(f"https://127.0.0.1:{runner.addresses[0][1]}/")
    await runner.cleanup()
    assert str(error) == "certificate: it is signed by itself"
