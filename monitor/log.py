"""Logs are events with keys, on stderr: for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import sys

import structlog


def configure(level: int) -> None:
    """Log events from `level` on: INFO is every outcome, WARNING what failed."""
    terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.JSONRenderer(default=str)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
