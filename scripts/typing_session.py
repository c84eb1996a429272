"""A shell on a terminal of its own: lines are typed into it, and its questions are answered."""

# ruff: noqa: INP001, T201 - for scripts that print
from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_PROMPT = re.compile(r"<(\d+)>> $")
_QUESTION = re.compile(r"[^\n]*: $")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_QUIET = 1.0  # seconds of silence after which a line that ends with `: ` is a question
_PATIENCE = 400.0  # seconds for one line


class Shell:
    """bash, started by `before` in `folder`; what it shows is printed."""

    def __init__(self, before: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._command = [*before, *([str(folder)] if before else [])]
        self._environment = {**environment, "PS1": "<$?>> "}
        self._folder = folder
        self._shown = ""

    def __enter__(self) -> Self:
        """Start the shell, and wait for its prompt."""
        self._terminal, inner = pty.openpty()
        bash = ["bash", "--noprofile", "--norc", "--noediting", "-i"]
        self._process = subprocess.Popen(  # noqa: S603
            [*self._command, *bash],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=self._folder,
            env=self._environment,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - no threads yet
        )
        os.close(inner)
        self._read_until_prompt({})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the shell."""
        os.close(self._terminal)
        self._process.send_signal(signal.SIGHUP)
        self._process.wait(30)

    def type(self, line: str, answers: Mapping[str, str] | None = None) -> int:
        """Type a line, answer what is asked, and return the exit code. Raises TimeoutError."""
        self._send(line)
        return self._read_until_prompt(answers or {})

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._terminal, b"\x03")

    def _send(self, line: str) -> None:
        self._shown = ""
        os.write(self._terminal, f"{line}\n".encode())

    def _read_until_prompt(self, answers: Mapping[str, str]) -> int:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if found := _PROMPT.search(self._shown):
                return int(found[1])
            if not self._read() and (asked := _QUESTION.search(self._shown)):
                wanted = (text for begin, text in answers.items() if begin in asked[0])
                self._send(next(wanted, ""))
        raise TimeoutError(f"no prompt after {_PATIENCE:.0f} s")

    def _read(self) -> bool:
        """Take in and print what was shown; False if nothing was for a second."""
        ready, _, _ = select.select([self._terminal], [], [], _QUIET)
        if ready:
            new = os.read(self._terminal, 65_536).decode("utf-8", "replace")
            print(new.replace("\r\n", "\n"), end="", flush=True)
            self._shown += _ESCAPES.sub("", new).replace("\r\n", "\n")
        return bool(ready)


def _take_terminal() -> None:
    """Make the terminal on stdin that of this session, so that Ctrl-C reaches what runs."""
    import fcntl  # noqa: PLC0415
    import termios  # noqa: PLC0415

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
