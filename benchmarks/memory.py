"""Memory of the running service: local feeds polled for an hour, PSS each minute.

    python benchmarks/memory.py --minutes 60 --feeds 200 --interval 5s
    python benchmarks/memory.py --minutes 1 --feeds 40 --interval 1h --topics config.yaml

Every feed has 30 entries, answers 304 while it is unchanged, and gets a new entry about once a
minute; one article in fifty hits a topic. Prints the PSS of each process (MB; memory that processes
share is divided among them), and at the end the ratio of the last minute's to that of the tenth.
`--topics` takes the topics of a configuration.
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


def pss_of(pid: int) -> float:
    """Memory of a process in MB, its share of what it shares with others; 0 after its end."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def role_of(pid: int) -> str:
    """What a process of the service is, by its command line and its memory."""
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_text()
        for role in ("forkserver", "resource_tracker"):
            if f"{role} import main" in command:
                server = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
                parent = Path(f"/proc/{server}/cmdline").read_text()
                return "worker" if "forkserver import main" in parent else role
    return "service"


def descendants(pid: int) -> list[int]:
    """Processes that a process started, directly or not."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def configuration(port: int, feeds: int, interval: str, topics: Path | None) -> str:
    """Text of a configuration with `feeds` feeds of the local server, and the topics of a file."""
    rows = "".join(
        f'  - {{url: "http://127.0.0.1:{port}/f{number}", allow_private: true}}\n'
        for number in range(feeds)
    )
    written = "topics:\n  - {id: icbm, title: ICBM, any: [ICBM]}\n"
    if topics:
        written = topics.read_text().partition("\nfeeds:")[0] + "\n"
    return f"{written}polling: {{interval: {interval}}}\nfeeds:\n{rows}"


def main() -> None:
    """Run the service, and print its memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--interval", default="5s")
    parser.add_argument("--topics", type=Path)
    options = parser.parse_args()
    server = Server(("127.0.0.1", 0), Feeds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        port = server.server_address[1]
        config.write_text(configuration(port, options.feeds, options.interval, options.topics))
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
        found = [(role_of(each), pss_of(each)) for each in (pid, *descendants(pid))]
        service.append(found[0][1])
        total.append(sum(pss for _, pss in found))
        each = "  ".join(f"{role} {pss:.1f}" for role, pss in found)
        print(f"minute {minute:3}  in all {total[-1]:6.1f}  {each}", flush=True)
    base = min(10, minutes) - 1
    print(f"service: end / minute {base + 1} = {service[-1] / service[base]:.3f}")
    print(f"in all: end / minute {base + 1} = {total[-1] / total[base]:.3f}")


if __name__ == "__main__":
    main()
