"""A proxy that answers for the Internet: each publisher with a feed, slack.com with Slack.

Behind a proxy, programs ask for the addresses that people know. So nothing of the configuration has
to differ from what the documents say.
"""

# ruff: noqa: INP001 - for scripts
from __future__ import annotations

import asyncio
import json
import re
import shutil
import ssl
import subprocess
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_CONFIG = Path(__file__).parent.parent / "config.yaml"
_FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{host}</title>
<item><title>{title}</title><link>https://{host}/1</link><pubDate>{date}</pubDate></item>
</channel></rss>"""


class Outside:
    """`messages` are the texts that Slack has taken.

    `news` are headlines by host; other publishers of the shipped configuration have only football.
    `slack` is the address of a Slack, None for one that takes everything.
    """

    def __init__(
        self, folder: Path, news: Mapping[str, str], slack: str | None, token: str
    ) -> None:
        hosts = re.findall(r"https://([\w.-]+)", _CONFIG.read_text(encoding="utf-8"))
        self._hosts = sorted({"slack.com", *news, *hosts})
        self._news, self._slack, self._token = news, slack, token
        self._certificate = folder / "certificate.pem"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._port = 0
        self.messages: list[str] = []

    def __enter__(self) -> Self:
        """Make a certificate for the hosts, and serve."""
        key = self._certificate.with_name("key.pem")
        names = ",".join(f"DNS:{host}" for host in self._hosts)
        openssl = shutil.which("openssl") or "openssl"
        subprocess.run(  # noqa: S603
            [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=outside", "-addext", f"subjectAltName={names}", "-keyout", key, "-out",
             self._certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self._certificate, key)
        self._thread.start()
        serving = asyncio.start_server(self._answer, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and close all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()

    def environment(self) -> dict[str, str]:
        """What leads a program here."""
        proxy = f"http://127.0.0.1:{self._port}"
        return {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "SSL_CERT_FILE": str(self._certificate)}

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _, target, _ = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
            host = target.decode().removeprefix("http://").partition(":")[0].partition("/")[0]
            if target.endswith(b":443"):
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await writer.drain()
                await writer.start_tls(self._tls)
                writer.write(await self._document(host, reader))
            else:
                writer.write(_response(self._feed(host), "application/rss+xml"))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # who asked has gone
        finally:
            writer.close()

    async def _document(self, host: str, reader: asyncio.StreamReader) -> bytes:
        """Read a request, and return the answer to it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(size[1])) if size else b""
        if host != "slack.com":
            return _response(self._feed(host), "application/rss+xml")
        kind = re.search(r"content-type: ([^\r]+)", head, re.IGNORECASE)
        path = head.split(" ", 2)[1]
        answered = await asyncio.to_thread(self._ask_slack, path, body, kind[1] if kind else "")
        return _response(answered, "application/json")

    def _feed(self, host: str) -> bytes:
        """A feed of one entry."""
        date = format_datetime(datetime.now(UTC) - timedelta(minutes=10))
        title = self._news.get(host, f"Football results of {host}")
        return _FEED.format(host=host, title=title, date=date).encode()

    def _ask_slack(self, path: str, body: bytes, kind: str) -> bytes:
        """Slack's answer; a message that it took is kept."""
        if self._slack:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
            request = urllib.request.Request(self._slack + path, body, headers)  # noqa: S310
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                answer: bytes = response.read()
        else:
            answer = json.dumps({"ok": True, "ts": "1.1", "channel": "C1", "channels": []}).encode()
        if path.endswith("chat.postMessage") and json.loads(answer)["ok"]:
            self.messages.append(json.loads(body)["text"])
        return answer


def _response(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
