"""Reports to systemd: the sd_notify protocol, see sd_notify(3).

One datagram a report. A report that systemd cannot take at once is dropped: the watchdog's next
one follows within seconds, and waiting for a full socket queue would stop the event loop.
"""

from __future__ import annotations

import os
import socket
import time


class Notifier:
    """Sends datagrams to the socket $NOTIFY_SOCKET; does nothing without that variable."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        # An address that begins with @ is in Linux's abstract namespace, written with a NUL.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    @property
    def watchdog_interval(self) -> float | None:
        """Seconds within which systemd expects a heartbeat, None where it expects none."""
        usec = os.environ.get("WATCHDOG_USEC", "")
        own_pid = str(os.getpid())
        meant_for_us = os.environ.get("WATCHDOG_PID", own_pid) == own_pid
        return int(usec) / 1e6 if usec.isdecimal() and meant_for_us else None

    def ready(self, status: str) -> None:
        """Report that the service runs, or that a reload has ended."""
        self._send("READY=1", f"STATUS={status}")

    def alive(self, status: str) -> None:
        """Send the watchdog's heartbeat."""
        self._send("WATCHDOG=1", f"STATUS={status}")

    def waiting(self, status: str, *, alive: bool) -> None:
        """Report what the service waits for; `alive` sends the watchdog's heartbeat too."""
        self._send(f"STATUS={status}", *(["WATCHDOG=1"] if alive else []))

    def reloading(self) -> None:
        """Report that a reload of the configuration begins; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Report that the service is about to end."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        """Send one datagram without waiting; drop it where systemd does not take it."""
        if not self._address:
            return
        datagram = "\n".join(lines).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            try:
                sender.sendto(datagram, socket.MSG_DONTWAIT, self._address)
            except BlockingIOError:
                return  # the socket's queue is full: systemd reads too slowly
            except OSError:
                return  # nobody listens any more; the service itself is well
