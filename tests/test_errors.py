"""Errors: what the operator reads, and what survives a worker process."""

from __future__ import annotations

import pickle

import pytest

from monitor.errors import (
    ConfigError,
    DeliveryError,
    FetchError,
    Mistake,
    MonitorError,
    ParseError,
    PollError,
    PollReason,
    StoreMismatchError,
    StoreMissingError,
)


def test_a_mistake_reads_as_compilers_print_it() -> None:
    mistake = Mistake("config.yaml", 3, 5, "topics[0].id", "Field required")
    assert str(mistake) == "config.yaml:3:5: topics[0].id: Field required"


def test_a_mistake_of_the_whole_file_names_no_field() -> None:
    assert str(Mistake("config.yaml", 1, 1, "", "empty")) == "config.yaml:1:1: empty"


def test_mistakes_are_told_in_the_order_of_the_file() -> None:
    late, early = Mistake("c", 9, 1, "b", "x"), Mistake("c", 2, 7, "a", "y")
    error = ConfigError([late, early])
    assert error.mistakes == [early, late]
    assert str(error) == "c:2:7: a: y\nc:9:1: b: x"


@pytest.mark.parametrize("kind", [PollError, FetchError, ParseError])
def test_a_poll_error_survives_the_way_back_from_a_worker(kind: type[PollError]) -> None:
    back = pickle.loads(pickle.dumps(kind.of_status(503, "busy", 30.0)))  # noqa: S301 - our own bytes
    assert type(back) is kind
    assert (back.reason, back.code, back.detail) == (PollReason.HTTP, "http-503", "busy")
    assert back.retry_after == 30.0


@pytest.mark.parametrize(("detail", "told"), [("", "timeout"), ("30 s", "timeout: 30 s")])
def test_a_poll_error_tells_its_reason_and_its_detail(detail: str, told: str) -> None:
    assert str(PollError(PollReason.TIMEOUT, detail)) == told


def test_a_refused_delivery_is_passing_and_not_in_doubt_unless_said_otherwise() -> None:
    error = DeliveryError("Slack: internal_error")
    assert (error.blame, error.retry_after, error.in_doubt) == ("passing", None, False)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError([]),
        StoreMissingError(),
        StoreMismatchError(),
        ParseError(PollReason.HTML),
        DeliveryError("x"),
    ],
)
def test_one_handler_catches_every_error_of_this_program(error: Exception) -> None:
    assert isinstance(error, MonitorError)
