"""How alerts are delivered: what of it is refused, and what it becomes."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from textwrap import dedent

import pytest
from filled import SMALL, move_into_empty_home

from monitor.alerts import Delivery, Route
from monitor.config.load import Config, load
from monitor.errors import ConfigError
from monitor.model import Mode, Severity


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def read(more: str = "", of_topic: str = "") -> Config:
    """Load the small configuration with settings for its topic, and others."""
    path = Path("config.yaml")
    path.write_text(f"{SMALL}{of_topic}{dedent(more)}", encoding="utf-8")
    return load(path)


def mistakes(more: str = "", of_topic: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(more, of_topic)
    return [str(mistake).removeprefix("config.yaml:") for mistake in caught.value.mistakes]


def test_nothing_needs_to_be_said_of_it() -> None:
    config = read()
    assert config.delivery == Delivery()
    [topic] = config.topics
    assert (topic.severity, topic.labels, topic.mode) == (Severity.WARNING, (), Mode.NOW)
    assert (topic.cooldown, topic.repeat_interval) == (600.0, 86_400.0)


def test_what_is_said_is_taken() -> None:
    config = read(
        """\
        delivery:
          group_wait: 2m
          timezone: Asia/Seoul
          digest: ["0 8 * * *", "0 20 * * mon-fri"]
          quiet_hours: 22:00-07:00
          break_through: warning
          per_hour: 5
          surges: false
        routes:
          - {severity: [critical, warning], channels: console}
          - {labels: dprk, topics: icbm, channels: [console], mode: digest}
        """,
        "    labels: [dprk]\n    severity: critical\n    mode: digest\n    digest: 0 9 * * 1\n"
        "    cooldown: 0s\n    repeat_interval: 2d\n",
    )
    assert config.delivery == Delivery(
        group_wait=120.0,
        zone="Asia/Seoul",
        digests=("0 8 * * *", "0 20 * * mon-fri"),
        quiet=(time(22), time(7)),
        break_through=Severity.WARNING,
        per_hour=5,
        surges=False,
        routes=(
            Route(("console",), frozenset({Severity.CRITICAL, Severity.WARNING})),
            Route(("console",), frozenset(), frozenset({"dprk"}), frozenset({"icbm"}), Mode.DIGEST),
        ),
    )
    [topic] = config.topics
    assert (topic.severity, topic.labels, topic.mode) == (
        Severity.CRITICAL,
        ("dprk",),
        Mode.DIGEST,
    )
    assert (topic.digest, topic.cooldown, topic.repeat_interval) == (("0 9 * * 1",), 0.0, 172_800.0)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("delivery: {digest: 8:00}", "7:20: delivery.digest: `8:00` is no time that comes again"),
        ("delivery: {digest: 0 25 * * *}", "7:20: delivery.digest: `0 25 * * *` is no time"),
        ("delivery: {digest: 0 8 31 2 *}", "it never comes"),
        ("delivery: {digest: []}", "7:20: delivery.digest: "),
        (
            "delivery: {quiet_hours: 22-7}",
            "7:25: delivery.quiet_hours: expected two different times",
        ),
        (
            "delivery: {quiet_hours: 07:00-07:00}",
            "expected two different times of day such as 22:00",
        ),
        ("delivery: {timezone: Berlin}", "7:22: delivery.timezone: expected a time zone such as"),
        ("delivery: {break_through: severe}", "7:27: delivery.break_through: expected one of"),
        ("delivery: {per_hour: -1}", "7:22: delivery.per_hour: "),
        ("delivery: {per_our: 3}", "7:12: delivery.per_our: unknown key; did you mean `per_hour`?"),
        ("routes: [{channels: consol}]", "there is no channel `consol`; did you mean `console`?"),
        ("routes: [{channels: console, topics: icbn}]", "there is no topic `icbn`; did you mean"),
        ("routes: [{channels: console, labels: x}]", "there is no topic with the label `x`"),
        ("routes: [{severity: critical}]", "7:10: routes[0].channels: is required"),
        (
            "routes: [{channels: console, severity: grave}]",
            "routes[0].severity[0]: expected one of",
        ),
        ("routes: [{channels: console, sevrity: info}]", "did you mean `severity`?"),
    ],
)
def test_mistakes_are_refused_with_their_place_and_advice(more: str, expected: str) -> None:
    assert any(expected in mistake for mistake in mistakes(more + "\n"))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("severity: severe", "7:15: topics[0].severity: expected one of"),
        ("mode: later", "7:11: topics[0].mode: expected one of"),
        ("digest: daily", "`daily` is no time that comes again"),
        ("cooldown: soon", "expected a duration such as"),
    ],
)
def test_mistakes_in_how_a_topic_is_told_are_refused(setting: str, expected: str) -> None:
    assert any(expected in mistake for mistake in mistakes(of_topic=f"    {setting}\n"))
