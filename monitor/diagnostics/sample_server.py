"""A server on loopback for the sample feeds, by which `monitor demo` runs the real path.

The sample is kept in editions, one folder each (`first`, `second`, `third`). Dates in it are
relative to the start, such as `{rfc 2h}`: two hours before, as RFC 822 writes dates (or `iso`).
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

SAMPLE = files("monitor") / "sample"
_AGO = re.compile(r"\{(rfc|iso) (?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?\}")


class SampleServer(ThreadingHTTPServer):
    """Serves the sample feeds, dated relative to `started_at` (UTC); the latest edition first."""

    daemon_threads = True

    def __init__(self, started_at: datetime) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.started_at = started_at
        self.editions = [SAMPLE / "first"]

    @property
    def url(self) -> str:
        """Address of the server, without a trailing slash."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def publish(self, edition: str) -> None:
        """Serve an edition, such as `second`; feeds without a file in the edition do not change."""
        self.editions.insert(0, SAMPLE / edition)

    def document(self, name: str) -> str | None:
        """Text of a feed with its dates filled in; None for an unknown feed."""
        for edition in self.editions:
            path: Traversable = edition / name
            if path.is_file():
                return _AGO.sub(self._date, path.read_text(encoding="utf-8"))
        return None

    def _date(self, found: re.Match[str]) -> str:
        days, hours, minutes = (int(part or 0) for part in found.groups()[1:])
        at = self.started_at - timedelta(days=days, hours=hours, minutes=minutes)
        at = at.replace(microsecond=0)
        return format_datetime(at) if found[1] == "rfc" else at.isoformat()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SampleServer

    def do_GET(self) -> None:
        text = self.server.document(self.path.strip("/"))
        body = (text or "no such feed").encode()
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        status = 404 if text is None else 304 if self.headers["If-None-Match"] == tag else 200
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body) if status != 304 else 0))  # noqa: PLR2004 - Not Modified
        self.end_headers()
        if status != 304:  # noqa: PLR2004 - Not Modified
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@contextmanager
def sample_server(started_at: datetime) -> Iterator[SampleServer]:
    """Run the server inside the context; the sample configuration has its address by variable."""
    with SampleServer(started_at) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        os.environ["MONITOR_DEMO"] = server.url
        try:
            yield server
        finally:
            del os.environ["MONITOR_DEMO"]
            server.shutdown()
            thread.join()
