"""Memory of the running service: local feeds polled for an hour, RSS each minute.

    python benchmarks/memory.py --minutes 60 --feeds 200 --interval 5s

Every feed has 30 entries, answers 304 while it is unchanged, and gets a new entry about once a
minute; one article in fifty hits a topic. Prints the RSS of the service and of its workers (MB),
and at the end the ratio of the last minute's RSS to that of the tenth minute.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WORDS = [f"word{number}" for number in range(20_000)]
ENTRIES = 30
EVERY = 60.0  # seconds between two new entries of a feed


class Feeds(BaseHTTPRequestHandler):
    """A feed for each path; its entries depend on the time alone."""

    protocol_version = "HTTP/1.1"
    began = time.monotonic()

    def do_GET(self) -> None:
        """Answer with the feed's newest entries, or 304."""
        name = self.path.strip("/")
        newest = int((time.monotonic() - self.began + hash(name) % EVERY) / EVERY) + ENTRIES
        tag = f'"{name}-{newest}"'
        status = 304 if self.headers["If-None-Match"] == tag else 200
        numbers = range(newest, newest - ENTRIES, -1)
        body = b"" if status == 304 else self._rss(name, numbers)  # noqa: PLR2004 - Not Modified
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def _rss(name: str, numbers: range) -> bytes:
        items = []
        for number in numbers:
            chance = random.Random(f"{name}-{number}")  # noqa: S311 - the same text in each poll
            text = " ".join(chance.choices(WORDS, k=60)) + (" ICBM" * (chance.random() < 0.02))  # noqa: PLR2004 - one in fifty
            items.append(
                f"<item><title>{text[:60]}</title><link>https://{name}.example/{number}</link>"
                f"<guid>{name}-{number}</guid><description>{text}</description></item>"
            )
        return (
            f"<rss version='2.0'><channel><title>{name}</title>{''.join(items)}</channel></rss>"
        ).encode()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """A server with a queue for many simultaneous connections."""

    daemon_threads = True
    request_queue_size = 256


def rss_of(pid: int) -> float:
    """Resident memory of a process in MB, 0 after its end."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def descendants(pid: int) -> list[int]:
    """Processes that a process started, directly or not."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def configuration(port: int, feeds: int, interval: str) -> str:
    """Text of a configuration with `feeds` feeds of the local server."""
    rows = "".join(
        f'  - {{url: "http://127.0.0.1:{port}/f{number}", allow_private: true}}\n'
        for number in range(feeds)
    )
    topics = "topics:\n  - {id: icbm, title: ICBM, any: [ICBM]}\n"
    return f"{topics}polling: {{interval: {interval}}}\nfeeds:\n{rows}"


def main() -> None:
    """Run the service, and print its memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--interval", default="5s")
    options = parser.parse_args()
    server = Server(("127.0.0.1", 0), Feeds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(configuration(server.server_address[1], options.feeds, options.interval))
        log = (Path(folder) / "log").open("wb")
        places = ["--config", str(config), "--db", str(Path(folder) / "monitor.db")]
        with (
            log,
            subprocess.Popen(
                [sys.executable, "-m", "monitor", *places, "run", "--verbose"],
                stdout=log,
                stderr=log,
            ) as service,
        ):
            watch(service.pid, options.minutes)
            service.send_signal(signal.SIGTERM)
            service.wait()
        polls = sum(b'"polled"' in line for line in (Path(folder) / "log").open("rb"))
        size = (Path(folder) / "monitor.db").stat().st_size / 1e6
        print(f"{polls} polls logged, database {size:.0f} MB, exit code {service.returncode}")


def watch(pid: int, minutes: int) -> None:
    """Print memory each minute, and the ratio at the end."""
    service: list[float] = []
    total: list[float] = []
    for minute in range(1, minutes + 1):
        time.sleep(60)
        service.append(rss_of(pid))
        total.append(service[-1] + sum(map(rss_of, descendants(pid))))
        line = f"minute {minute:3}  service {service[-1]:6.1f}  with workers {total[-1]:6.1f}"
        print(line, flush=True)
    base = min(10, minutes) - 1
    print(f"service: end / minute {base + 1} = {service[-1] / service[base]:.3f}")
    print(f"with workers: end / minute {base + 1} = {total[-1] / total[base]:.3f}")


if __name__ == "__main__":
    main()
