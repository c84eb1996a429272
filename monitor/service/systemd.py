"""Telling systemd how the service is: the sd_notify protocol, see sd_notify(3)."""

from __future__ import annotations

import os
import socket
import time


class Notifier:
    """Sends datagrams to $NOTIFY_SOCKET; without that variable it does nothing."""

    def __init__(self) -> None:
        address = os.environ.get("NOTIFY_SOCKET", "")
        # An address that begins with @ is in Linux's abstract namespace, written with a NUL.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    @property
    def watchdog_interval(self) -> float | None:
        """Return in how many seconds systemd wants a sign of life, or None if it wants none."""
        usec = os.environ.get("WATCHDOG_USEC", "")
        meant_for_us = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return int(usec) / 1e6 if usec.isdecimal() and meant_for_us else None

    def ready(self, status: str) -> None:
        """Say that the service runs."""
        self._send("READY=1", f"STATUS={status}")

    def alive(self, status: str) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that the configuration is read anew; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            try:
                sender.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return  # nobody listens any more; the service itself is well
