"""Starts: the service to its first request, `explain`, and `check` with and without a cache.

    python benchmarks/start.py --config config.yaml --runs 9

The service polls one local feed, with the topics of the configuration and a new database. Prints
medians: seconds by the clock, and of the processor (which tells more on a busy machine). `first`
is a `check` that finds no cache, and so compiles the topics.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Callable

_MONITOR = [sys.executable, "-m", "monitor", "--config"]
_HEADLINE = "North Korea fires an ICBM over the sea"
_Measured = tuple[float, float]  # seconds by the clock, and of the processor


class Feed(BaseHTTPRequestHandler):
    """A feed that is not there; `requested` is set by the first request."""

    requested = threading.Event()

    def do_GET(self) -> None:
        """Answer 404."""
        self.requested.set()
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def service(config: Path, folder: Path) -> _Measured:
    """Return the time from a start of the service to its first request."""
    database = folder / "monitor.db"
    for file in folder.glob("monitor.db*"):
        file.unlink()
    Feed.requested.clear()
    began = time.monotonic()
    command = [*_MONITOR, str(config), "--db", str(database), "run"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        has_begun = Feed.requested.wait(60)
        took = time.monotonic() - began
        if not has_begun:
            running.kill()
            sys.exit(f"no request in {took:.0f} s: try `{' '.join(command)}`")
        fields = Path(f"/proc/{running.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        ticks = sum(map(int, fields.split()[11:13]))  # utime and stime, proc(5)
        running.send_signal(signal.SIGTERM)
    return took, ticks / os.sysconf("SC_CLK_TCK")


def command(config: Path, *words: str, cache: Path | None = None) -> _Measured:
    """Return the time of a command; `cache` is the folder of the cache, None for the usual one."""
    environment = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
    used, began = _children(), time.monotonic()
    asked = [*_MONITOR, str(config), *words]
    subprocess.run(asked, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began, _children() - used


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first(config: Path) -> _Measured:
    """Return the time of a `check` without compiled topics."""
    with tempfile.TemporaryDirectory() as cache:
        return command(config, "check", cache=Path(cache))


def report(name: str, measure: Callable[[], _Measured], runs: int) -> None:
    """Print the medians of some runs, after one that is not counted."""
    measure()
    clock, processor = zip(*(measure() for _ in range(runs)), strict=True)
    medians = statistics.median(clock), statistics.median(processor)
    print(f"{name:8} {medians[0]:5.2f} s by the clock, {medians[1]:5.2f} s of the processor")


def main() -> None:
    """Measure, and print a line for each kind of start."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--config", type=Path, default=Path("config.yaml"))
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yaml = YAML()
        tree = yaml.load(asked.config)
        address = f"http://127.0.0.1:{server.server_port}/feed"
        tree["feeds"] = [{"url": address, "allow_private": True}]
        tree["channels"] = {"screen": {"type": "console"}}
        yaml.dump(tree, folder / "one.yaml")
        explain = ["explain", "--text", _HEADLINE]
        report("service", lambda: service(folder / "one.yaml", folder), asked.runs)
        report("explain", lambda: command(asked.config, *explain), asked.runs)
        report("check", lambda: command(asked.config, "check"), asked.runs)
        report("first", lambda: first(asked.config), max(1, asked.runs // 3))


if __name__ == "__main__":
    main()
