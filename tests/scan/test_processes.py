"""Processes that are started for work of their own: Ctrl-C is not for them, and leaves none."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from monitor.scan.processes import run_apart


def _write_whether_blocked(path: str) -> None:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    Path(path).write_text(str(signal.SIGINT in blocked), encoding="utf-8")


def _interrupt_the_other(path: str) -> None:
    try:
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)
    finally:
        Path(path).write_text("tidied up", encoding="utf-8")


def test_a_process_apart_never_sees_ctrl_c(tmp_path: Path) -> None:
    run_apart(_write_whether_blocked, str(tmp_path / "found"))
    assert (tmp_path / "found").read_text(encoding="utf-8") == "True"


def test_ctrl_c_ends_a_process_apart_which_tidies_up(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_apart(_interrupt_the_other, str(tmp_path / "found"))
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "found").read_text(encoding="utf-8") == "tidied up"
